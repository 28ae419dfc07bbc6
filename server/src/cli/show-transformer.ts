/** What `use transformer` finds in a model, as a table: one line for parts that differ in layer and head only. */
import { plural } from '../language/numbers.ts'
import { shapeText } from '../model/describe.ts'
import type { TransformerView } from '../transformer/view.ts'
import type { Output } from './environment.ts'
import { shown } from './source.ts'
import { table } from './table.ts'
import { harmless } from './text.ts'

interface Family {
  readonly sort: 'component' | 'point'
  readonly pattern: string
  readonly shape: string
  readonly layers: Set<number>
  readonly heads: Set<number>
  readonly first: string
  count: number
}

export function showTransformer({ graph, components, points, layers }: TransformerView, folder: string, output: Output): string {
  const { bold, dim } = output.colours
  const families = [...familiesOf(graph, components, 'component'), ...familiesOf(graph, points, 'point')]
  const heads = new Set(layers.map((layer) => layer.heads))
  const mlps = layers.filter(({ mlp }) => mlp).length
  const facts = [
    plural(layers.length, 'layer'), `${heads.size === 1 ? plural([...heads][0]!, 'head') : `${layers.map((layer) => layer.heads).join(', ')} heads`} each`,
    mlps === 0 ? 'no MLPs' : plural(mlps, 'MLP'), `${plural(components.size, 'component')}`, plural(points.size, 'point'), 'N is the batch axis',
  ]
  return [
    `${bold(harmless(shown(graph.path, folder)))}\n`,
    dim(`${facts.join(' · ')}\n`),
    '\n',
    table(
      [
        { head: 'name', align: 'left', cells: families.map(({ pattern }) => pattern) },
        { head: 'where', align: 'left', cells: families.map(whereOf) },
        { head: 'is', align: 'left', cells: families.map(({ sort }) => sort) },
        { head: 'shape', align: 'left', cells: families.map(({ shape }) => harmless(shape)) },
        { head: 'tensor', align: 'left', cells: families.map(({ first, count }) => (count === 1 ? harmless(first) : `${harmless(first)} …`)) },
      ],
      output,
    ),
  ].join('')
}

/** Names by what they are without the numbers of layer and head. */
function familiesOf(graph: TransformerView['graph'], names: ReadonlyMap<string, string>, sort: Family['sort']): Family[] {
  const found = new Map<string, Family>()
  for (const [name, tensor] of names) {
    const [, block, layer, rest = ''] = /^([am])(\d+)(.*)$/.exec(name) ?? [undefined, undefined, undefined, undefined]
    const head = /^(.*\.)?h(\d+)$/.exec(rest)
    const pattern = block === undefined ? name : `${block}{l}${head ? `${head[1] ?? ''}h{h}` : rest}`
    const shape = shapeText(graph.tensors.get(tensor)!.type)
    const key = `${pattern} ${shape}`
    const family = found.get(key) ?? { sort, pattern, shape, layers: new Set(), heads: new Set(), first: tensor, count: 0 }
    found.set(key, family)
    family.count++
    if (layer !== undefined) family.layers.add(Number(layer))
    if (head) family.heads.add(Number(head[2]))
  }
  return [...found.values()]
}

const whereOf = ({ layers, heads }: Family): string =>
  [...(layers.size > 0 ? [`l = ${range(layers)}`] : []), ...(heads.size > 0 ? [`h = ${range(heads)}`] : [])].join(', ')

/** `0 … 11`, or the numbers one by one. */
function range(numbers: ReadonlySet<number>): string {
  const sorted = [...numbers].sort((a, b) => a - b)
  const [first, last] = [sorted[0]!, sorted.at(-1)!]
  return sorted.length > 2 && last - first === sorted.length - 1 ? `${first} … ${last}` : sorted.join(', ')
}
