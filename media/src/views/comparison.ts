/** Two runs side by side: what is recovered, what each node costs, and what else is not the same. */
import type { HypothesisReport, Interval, NodeReport, Report } from '../../../server/src/protocol/report.ts'
import { picture, table, twin, type Size } from '../figure.ts'
import { h, visible, type Child, type Markup } from '../markup.ts'
import { count, percent, signedPercent, significant } from '../numbers.ts'
import { shareScale } from '../scales.ts'
import { fit, textWidth } from '../text.ts'
import { fileName } from './header.ts'

/** A run to compare with. */
export interface Compared {
  /** What it is called: hypothesis and time. */
  readonly label: string
  /** The hypothesis of the report that is meant. */
  readonly hypothesis: string
  readonly report: Report
}

interface Row {
  readonly name: string
  readonly now: Interval | null
  readonly then: Interval | null
  /** In what the node is not the same; empty where nothing is. */
  readonly changed: string
}

const ROW = 24
const TOP = 26
/** Beyond this the picture shows those that differ most; the table has all. */
const MOST_ROWS = 40

export function comparison(report: Report, hypothesis: HypothesisReport, { label, hypothesis: name, report: other }: Compared, { width }: Size): Markup {
  const before = other.hypotheses.find((one) => one.name === name)
  if (!before) return h('p', { class: 'empty' }, `The run "${label}" holds no hypothesis "${name}".`)
  const gap = difference(hypothesis.recovered, before.recovered)
  const rows: Row[] = [{ name: 'recovered', now: hypothesis.recovered, then: before.recovered, changed: '' }, ...nodesOf(hypothesis, before)]
  return h(
    'div',
    {},
    h('p', {}, h('strong', {}, hypothesis.name), ` recovers ${percent(hypothesis.recovered)}, `, h('strong', {}, label), ` ${percent(before.recovered)}: ${gap ? `a difference of ${signedPercent(gap)}` : 'no difference can be told'}.`),
    dumbbells(rows, label, Math.min(width, 860)),
    h('p', { class: 'note' }, `● this run; ○ ${label}. The interval of the difference is that of two runs drawn independently of each other; where both have the same seed and data it is wider than it need be.`),
    table('Costs side by side', rows, [
      { head: 'node', cell: (row) => row.name },
      { head: 'this run', cell: ({ now }) => (now ? percent(now) : '–'), numeric: true },
      { head: 'compared', cell: ({ then }) => (then ? percent(then) : '–'), numeric: true },
      { head: 'difference', cell: ({ now, then }) => signed(difference(now, then)), numeric: true },
      { head: 'what changed', cell: ({ changed }) => changed },
    ]),
    twin('What else differs between the runs', table('The runs', circumstances(report, hypothesis, other, before), [
      { head: 'of the run', cell: ([what]) => what },
      { head: 'this run', cell: ([, now]) => now },
      { head: 'compared', cell: ([, , then]) => then },
      { head: 'same?', cell: ([, now, then]) => (now === then ? '' : 'differs') },
    ])),
    h('p', {}, h('button', { type: 'button', class: 'tool', 'data-act': 'compare' }, 'Stop comparing')),
  )
}

const signed = (interval: Interval | null): Child => (interval ? signedPercent(interval) : '')

/** Of two independent estimates: the half-widths of the intervals add in squares. */
export function difference(now: Interval | null, then: Interval | null): Interval | null {
  if (now?.value == null || then?.value == null) return null
  const value = now.value - then.value
  const half = (a: number, b: number): number => Math.sqrt(a * a + b * b)
  const { low: low1, high: high1 } = { low: now.low ?? now.value, high: now.high ?? now.value }
  const { low: low2, high: high2 } = { low: then.low ?? then.value, high: then.high ?? then.value }
  return { value, low: value - half(now.value - low1, high2 - then.value), high: value + half(high1 - now.value, then.value - low2) }
}

/** Those of this run in its order, then those that only the other one has. */
function nodesOf(now: HypothesisReport, then: HypothesisReport): Row[] {
  const earlier = new Map(then.nodes.map((node) => [node.name, node]))
  const names = new Set(now.nodes.map(({ name }) => name))
  return [
    ...now.nodes.map((node): Row => {
      const other = earlier.get(node.name)
      return { name: node.name, now: node.cost, then: other?.cost ?? null, changed: other ? changes(node, other) : 'only in this run' }
    }),
    ...then.nodes.filter(({ name }) => !names.has(name)).map((node): Row => ({ name: node.name, now: null, then: node.cost, changed: 'only in the compared run' })),
  ]
}

function changes(now: NodeReport, then: NodeReport): string {
  const edges = ({ edges: all }: NodeReport): string => all.map(({ parent, through }) => (through.length > 0 ? `${parent} through ${through.join(', ')}` : parent)).join('; ')
  return [
    now.feature === then.feature ? '' : `feature: was ${then.feature}`,
    now.place === then.place ? '' : `place: was ${then.place}`,
    edges(now) === edges(then) ? '' : `reads: was ${edges(then) || 'nothing'}`,
  ].filter(Boolean).join('; ')
}

function circumstances(report: Report, now: HypothesisReport, other: Report, then: HypothesisReport): [string, string, string][] {
  const of = (one: Report, hypothesis: HypothesisReport): [string, string][] => [
    ['hypothesis', hypothesis.name], ['time', one.time], ['seed', String(hypothesis.seed)], ['samples', `${count(hypothesis.samples)}${hypothesis.exact ? ' (exact)' : hypothesis.partial ? ' (partial)' : ''}`],
    ['unimportant', hypothesis.unimportant], ['metric', one.metric.name], ['scrubbed', significant(hypothesis.scrubbed.mean)], ['model', significant(hypothesis.model.mean)], ['shuffled', significant(hypothesis.shuffled.mean)],
    ['model file', `${fileName(one.model.path)}, SHA-256 ${one.model.sha256.slice(0, 12)}`], ['data', `${fileName(one.data.path)}, ${count(one.data.rows)} rows, SHA-256 ${one.data.sha256.slice(0, 12)}`],
    ['device', one.device], ['Scrub', one.scrub],
  ]
  const compared = of(other, then)
  return of(report, now).map(([what, value], i) => [what, value, compared[i]![1]])
}

function dumbbells(all: readonly Row[], label: string, w: number): Markup {
  const size = (row: Row): number => Math.abs(difference(row.now, row.then)?.value ?? 0)
  const [first, ...nodes] = all
  const rows = [first!, ...(all.length > MOST_ROWS ? [...nodes].sort((a, b) => size(b) - size(a)).slice(0, MOST_ROWS - 1) : nodes)]
  const left = Math.min(w * 0.36, Math.max(...rows.map(({ name }) => textWidth(name, 13))) + 20)
  const right = Math.max(...rows.map((row) => textWidth(String(signed(difference(row.now, row.then))), 12))) + 16
  const x = shareScale(rows.flatMap(({ now, then }) => [now?.value ?? null, then?.value ?? null]), left + 12, w - right - 12)
  const bottom = TOP + rows.length * ROW
  return picture(
    'dumbbells', w, bottom + 8, `this run and ${visible(label)}: ${rows.slice(0, 12).map(({ name, now, then }) => `${visible(name)} ${now ? percent(now) : 'not there'} and ${then ? percent(then) : 'not there'}`).join('; ')}`,
    [0, 1].map((at) => [
      h('line', { class: 'tick', x1: x(at), x2: x(at), y1: TOP - 6, y2: bottom }),
      h('text', { class: 'label muted', x: x(at), y: TOP - 12, 'text-anchor': 'middle' }, `${at * 100}\u00a0%`),
    ]),
    rows.map(({ name, now, then }, index) => {
      const y = TOP + index * ROW + ROW / 2
      const [a, b] = [now?.value ?? null, then?.value ?? null]
      return h(
        'g',
        { class: 'row' },
        h('title', {}, `${name}: ${now ? percent(now) : 'not in this run'}; compared ${then ? percent(then) : 'not there'}`),
        h('text', { class: 'name', x: 0, y: y + 4 }, fit(name, left - 8, 13)),
        a !== null && b !== null && h('line', { class: 'whisker', x1: x(a), x2: x(b), y1: y, y2: y }),
        b !== null && h('circle', { class: 'hollow', cx: x(b), cy: y, r: 4 }),
        a !== null && h('circle', { class: 'dot', cx: x(a), cy: y, r: 3.5 }),
        h('text', { class: 'number', x: w - 4, y: y + 4, 'text-anchor': 'end' }, signed(difference(now, then))),
      )
    }),
  )
}
