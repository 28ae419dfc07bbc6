/** The unimportant inputs of a node one by one, and what of them is not unimportant. */
import type { HypothesisReport, NodeReport } from '../../../server/src/protocol/report.ts'
import { plural } from '../numbers.ts'

/** What the unimportant inputs get instead of their own values. */
export const instead = (inputs: number, how: HypothesisReport['unimportant']): string =>
  ({ together: 'one random datum', separate: inputs === 1 ? 'a random datum' : 'a random datum each', shared: 'the shared random datum' })[how]

/** "9 unimportant inputs, one random datum". */
export const stubText = (inputs: number, how: HypothesisReport['unimportant']): string => `${plural(inputs, 'unimportant input')}, ${instead(inputs, how)}`

export interface Unimportant {
  readonly name: string
  /** Empty where all of it is unimportant. */
  readonly part: string
}

/** Where each node stands, by name. */
export type Places = ReadonlyMap<string, string>

export const placesOf = ({ nodes }: Pick<HypothesisReport, 'nodes'>): Places => new Map(nodes.map(({ name, place }) => [name, place]))

/** An input stands in the list also where a parent stands for a part of it, or for all of it but only on some of the paths. */
export function unimportantOf(node: NodeReport, places: Places): Unimportant[] {
  const read = node.parents.map((parent) => places.get(parent) ?? parent)
  return node.unimportant.map((name) => {
    const slices = read.filter((place) => place.startsWith(`${name}[`)).map((place) => place.slice(name.length))
    return { name, part: slices.length > 0 ? `all but ${slices.join(', ')}` : read.includes(name) ? 'on some paths' : '' }
  })
}

/** `a0, a1 (all but [3]), m0`. */
export const unimportantText = (node: NodeReport, places: Places): string =>
  unimportantOf(node, places).map(({ name, part }) => (part === '' ? name : `${name} (${part})`)).join(', ')
