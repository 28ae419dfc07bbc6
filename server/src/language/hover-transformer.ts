/** Hover on `use transformer`: what was found. */
import { varies } from '../hypothesis/tensor-graph.ts'
import type { ModelGraph } from '../model/graph.ts'
import type { TransformerView } from '../transformer/view.ts'
import { code, paragraphs, some } from './markdown.ts'
import { plural } from './numbers.ts'

const MOST = 8

export function transformerMarkdown({ graph, components, points, layers }: TransformerView): string {
  const stream = graph.tensors.get(points.get('final.in') ?? '')?.type.shape
  const heads = [...new Set(layers.map((layer) => layer.heads))]
  const model = graph.path.slice(graph.path.lastIndexOf('/') + 1)
  const [moving, still] = byVariation(graph, components)
  return paragraphs(
    `Found in ${code(model)}: ${plural(layers.length, 'layer')} of ${heads.length === 1 ? plural(heads[0]!, 'head') : `${layers.map((layer) => layer.heads).join(', ')} heads`}, ${plural(layers.filter(({ mlp }) => mlp).length, 'MLP')}${stream === undefined ? '' : `; the residual stream is ${code(`[${stream.slice(1).join(', ')}]`)} per datum`}.`,
    `Components: ${some(moving.map((name) => code(name)), MOST)}`,
    still.length > 0 && `The same for every datum: ${some(still.map((name) => code(name)), MOST)}`,
    `Points: ${some([...points.keys()].map((name) => code(name)), MOST)}`,
  )
}

/** Names of components of which data can have different values, and those of biases and the like, about which there is nothing to claim. */
export function byVariation(graph: ModelGraph, components: ReadonlyMap<string, string>): readonly [string[], string[]] {
  const names = (kind: boolean): string[] => [...components].flatMap(([name, tensor]) => (varies(graph, tensor) === kind ? [name] : []))
  return [names(true), names(false)]
}
