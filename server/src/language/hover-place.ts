/** Hover on a place: the tensor, what makes it, who reads it, whether it blocks, and which nodes stand there. */
import type { BoundFile, Place } from '../hypothesis/bound.ts'
import { code, paragraphs, some } from './markdown.ts'
import { placeType } from '../hypothesis/place-type.ts'

const MOST = 6

/** `places` are those of one reference: several in a family. */
export function placesMarkdown(bound: BoundFile, places: readonly Place[], title?: string): string | undefined {
  const [first] = places
  if (!first) return undefined
  return paragraphs(
    title,
    places.length > 1 && `${places.length} places, one for each index: ${some(places.map(({ text }) => code(text)), MOST)}. The first:`,
    placeMarkdown(bound, first),
  )
}

function placeMarkdown(bound: BoundFile, place: Place): string {
  const { graph } = bound
  const info = graph.tensors.get(place.tensor)
  const op = info?.producer === undefined ? undefined : graph.ops[info.producer]
  const written = place.text === place.tensor || place.text === JSON.stringify(place.tensor) ? '' : `, tensor ${code(place.tensor)}`
  const modulePath = op && moduleOf(op.name === '' ? place.tensor : op.name)
  const reads = (op?.inputs ?? []).filter((name) => name !== '').map((name) => `${code(name)}${graph.tensors.has(name) ? '' : ' (weight)'}`)
  const readers = (info?.consumers ?? []).map((index) => `${code(graph.ops[index]?.outputs[0] ?? '')} (${code(graph.ops[index]?.opType ?? '')})`)
  return paragraphs(
    `${code(place.text)}: ${code(placeType(graph, place))} per datum${written}`,
    roleOf(bound, place.tensor),
    op ? `Made by ${code(op.opType)}${modulePath === undefined ? '' : ` in module ${code(modulePath)}`} from ${reads.length === 0 ? 'nothing' : some(reads, MOST)}.` : 'An input of the model.',
    readers.length > 0 && `Read by ${some(readers, MOST)}.`,
    nodesAt(bound, place.tensor),
  )
}

function roleOf({ components, points, graph, blocking }: BoundFile, tensor: string): string {
  const named = (names: ReadonlyMap<string, string>) => [...names].find(([, at]) => at === tensor)?.[0]
  const component = named(components)
  const point = named(points)
  if (component !== undefined) return `Component ${code(component)}: it blocks, so an edge runs through it only where \`through\` names it.`
  if (graph.inputs.includes(tensor)) return 'A model input: it blocks, like a component.'
  if (graph.outputs.includes(tensor)) return blocking.has(tensor) ? 'An output that the metric reads: it blocks, like a component.' : 'An output of the model.'
  return point === undefined ? 'No component: paths run through it.' : `Point ${code(point)}: paths run through it.`
}

function nodesAt({ hypotheses }: BoundFile, tensor: string): string | false {
  const here = hypotheses.flatMap(({ name, nodes }) => nodes.filter(({ place }) => place.tensor === tensor).map((node) => `${code(node.name)} of ${code(name)}`))
  return here.length > 0 && `Nodes here: ${some(here, MOST)}.`
}

/** `blocks.1.attn` of `/blocks.1/attn/MatMul`: exporters name operators by the module that they come from. */
function moduleOf(name: string): string | undefined {
  const segments = name.split('/').filter((segment) => segment !== '').slice(0, -1)
  return segments.length === 0 ? undefined : segments.join('.')
}
