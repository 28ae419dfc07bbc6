/** In one sentence: how much is lost, and which claims lose it. */
import type { HypothesisReport } from '../../../server/src/protocol/report.ts'
import { h, type Markup } from '../markup.ts'
import { percent, plural, share } from '../numbers.ts'

/** Nodes that are named. */
const MOST = 3

/** Null where there is nothing to recover, or the costs of nodes are not known yet. */
export function lost({ recovered, nodes, exact }: HypothesisReport): Markup | null {
  const known = nodes.flatMap(({ name, cost, feature, unimportant }) => (cost ? [{ name, cost, what: feature === 'exact' && unimportant.length > 0 ? ` (${plural(unimportant.length, 'unimportant input')})` : '' }] : []))
  if (recovered.value === null || known.length === 0) return null
  const all = share(Math.max(0, 1 - recovered.value))
  // Those that the samples can tell from nothing; an enumeration tells all.
  const costly = known.filter(({ cost }) => (exact ? (cost.value ?? 0) > 1e-9 : (cost.low ?? 0) > 0)).sort((a, b) => b.cost.value! - a.cost.value!)
  if (recovered.high !== null && recovered.high >= 1 && costly.length === 0) return h('p', { class: 'lost' }, 'Nothing that these samples can show is lost.')
  if (costly.length === 0) return h('p', { class: 'lost' }, `${all} is lost; no node gives a part of it back when its claim alone is switched off.`)
  const named = costly.slice(0, MOST)
  const more = costly.length - named.length
  return h('p', { class: 'lost' },
    `${all} is lost. With its claim off, `,
    named.map(({ name, cost, what }, i) => [i === 0 ? '' : i === named.length - 1 && more === 0 ? ' or ' : ', ', h('button', { type: 'button', class: 'link', 'data-node': name, title: `${name}: ${percent(cost)}` }, name), `${what} ${i === 0 ? 'gives back ' : ''}${share(cost.value!)}`]),
    more > 0 ? ` (and ${more} more ${more === 1 ? 'gives' : 'give'} back less)` : '', '.',
  )
}
