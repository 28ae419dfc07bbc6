/** The components of a model in layers: the background of the picture of a hypothesis. */
import type { BoundFile } from '../hypothesis/bound.ts'
import { tensorGraph, varies } from '../hypothesis/tensor-graph.ts'
import type { ComponentReport, Report } from '../protocol/report.ts'

/** From the inputs upwards, in a layer as declared. The layer of a component is the largest number of components that lie one behind the other on the way from an input to it. */
export function modelLayers({ graph, components }: Pick<BoundFile, 'graph' | 'components'>): ComponentReport[] {
  const { id, names, up } = tensorGraph(graph)
  const counted = new Set([...components.values()].map((tensor) => id.get(tensor)!))
  const layers = new Int32Array(names.length)
  // Operators are in topological order.
  for (const { outputs } of graph.ops) {
    for (const output of outputs) {
      const at = id.get(output)
      if (at !== undefined) layers[at] = up[at]!.reduce((most, next) => Math.max(most, layers[next]! + (counted.has(next) ? 1 : 0)), 0)
    }
  }
  return [...components].map(([name, tensor]) => ({ name, tensor, layer: layers[id.get(tensor)!]! })).sort((a, b) => a.layer - b.layer)
}

/** As a report tells them: nothing where the file declares none, and none that all data have alike, such as embeddings of positions. */
export function componentsOf(file: BoundFile): Pick<Report['model'], 'components'> {
  return file.components.size === 0 ? {} : { components: modelLayers(file).filter(({ tensor }) => varies(file.graph, tensor)) }
}
