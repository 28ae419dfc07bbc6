/** What `use transformer` finds in a model: every component by name, layer by layer, and the points that each layer and head has. */
import { byVariation } from '../language/hover-transformer.ts'
import { plural } from '../language/numbers.ts'
import { shapeText } from '../model/describe.ts'
import type { TransformerView } from '../transformer/view.ts'
import type { Output } from './environment.ts'
import { shown } from './source.ts'
import { table } from './table.ts'
import { harmless, wrap } from './text.ts'

export function showTransformer(view: TransformerView, folder: string, output: Output): string {
  const { graph, components, points, layers } = view
  const { bold, dim } = output.colours
  const heads = [...new Set(layers.map((layer) => layer.heads))]
  const mlps = layers.filter(({ mlp }) => mlp).length
  const facts = [
    plural(layers.length, 'layer'), heads.length === 1 ? `${plural(heads[0]!, 'head')} each` : `${layers.map((layer) => layer.heads).join(', ')} heads`,
    mlps === 0 ? 'no MLPs' : plural(mlps, 'MLP'), plural(components.size, 'component'), plural(points.size, 'point'), 'N is the batch axis',
  ]
  const families = familiesOf(view)
  const [moving, still] = byVariation(graph, components)
  const stream = graph.tensors.get([...components.values()][0] ?? '')
  return [
    `${bold(harmless(shown(graph.path, folder)))}\n`,
    dim(`${facts.join(' · ')}\n`),
    '\n',
    bold(`components${stream ? ` ${harmless(shapeText(stream.type))}` : ''}\n`),
    ...byLayer(moving).map((names) => `  ${names.join('  ')}\n`),
    ...(still.length === 0 ? [] : ['\n', `${bold('the same for every datum')}\n`, ...wrap(still, output.columns - 2, '  ').map((line) => `  ${line}\n`)]),
    '\n',
    table(
      [
        { head: 'points', align: 'left', cells: families.map(({ first, last }) => (first === last ? first : `${first} … ${last}`)) },
        { head: 'shape', align: 'left', cells: families.map(({ shape }) => harmless(shape)) },
      ],
      output,
    ),
  ].join('')
}

/** Names of one layer together; those of no layer first. */
function byLayer(names: Iterable<string>): string[][] {
  const found = new Map<string, string[]>()
  for (const name of names) {
    const layer = /^[am](\d+)/.exec(name)?.[1] ?? ''
    found.set(layer, [...(found.get(layer) ?? []), name])
  }
  return [...found.values()]
}

interface Family {
  readonly first: string
  readonly last: string
  readonly shape: string
}

/** Points that differ in layer and head only: the first and the last. */
function familiesOf({ graph, points }: TransformerView): Family[] {
  const found = new Map<string, Family>()
  for (const [name, tensor] of points) {
    const shape = shapeText(graph.tensors.get(tensor)!.type)
    const key = `${name.replace(/^([am])\d+/, '$1').replace(/\.h\d+$/, '.h')} ${shape}`
    found.set(key, { first: found.get(key)?.first ?? name, last: name, shape })
  }
  return [...found.values()]
}
