/** Hover on `use transformer`: what was found. */
import type { TransformerView } from '../transformer/view.ts'
import { code, paragraphs, some } from './markdown.ts'
import { plural } from './numbers.ts'

const MOST = 8

export function transformerMarkdown({ graph, components, points, layers }: TransformerView): string {
  const stream = graph.tensors.get(points.get('final.in') ?? '')?.type.shape
  const heads = [...new Set(layers.map((layer) => layer.heads))]
  const model = graph.path.slice(graph.path.lastIndexOf('/') + 1)
  return paragraphs(
    `Found in ${code(model)}: ${plural(layers.length, 'layer')} of ${heads.length === 1 ? plural(heads[0]!, 'head') : `${layers.map((layer) => layer.heads).join(', ')} heads`}, ${plural(layers.filter(({ mlp }) => mlp).length, 'MLP')}${stream === undefined ? '' : `; the residual stream is ${code(`[${stream.slice(1).join(', ')}]`)} per datum`}.`,
    `Components: ${some([...components.keys()].map(code), MOST)}`,
    `Points: ${some([...points.keys()].map(code), MOST)}`,
  )
}
