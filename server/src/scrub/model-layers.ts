/** The components of a model in layers: the background of the picture of a hypothesis. */
import type { BoundFile } from '../hypothesis/bound.ts'
import { tensorGraph } from '../hypothesis/tensor-graph.ts'
import type { ComponentReport } from '../protocol/report.ts'

/** From the inputs upwards, in a layer as declared. The layer of a component is the largest number of components that lie one behind the other on the way from an input to it. */
export function modelLayers({ graph, components }: Pick<BoundFile, 'graph' | 'components'>): ComponentReport[] {
  const { id, names, up } = tensorGraph(graph)
  const counted = new Set([...components.values()].map((tensor) => id.get(tensor)!))
  const layers = new Int32Array(names.length).fill(-1)
  const open: number[] = [...counted]
  while (open.length > 0) {
    const at = open.at(-1)!
    const unknown = layers[at]! >= 0 ? [] : up[at]!.filter((next) => layers[next]! < 0)
    if (unknown.length > 0) open.push(...unknown)
    else {
      open.pop()
      layers[at] = up[at]!.reduce((most, next) => Math.max(most, layers[next]! + (counted.has(next) ? 1 : 0)), 0)
    }
  }
  return [...components].map(([name, tensor]) => ({ name, tensor, layer: layers[id.get(tensor)!]! })).sort((a, b) => a.layer - b.layer)
}
