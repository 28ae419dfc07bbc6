/** Where the metric lies for model, scrubbed and shuffled, and what every sample gains or loses. */
import { extent } from 'd3-array'
import { scaleLinear } from 'd3-scale'
import { area } from 'd3-shape'
import type { HypothesisReport, Losses, Report, Shift } from '../../../server/src/protocol/report.ts'
import { picture, table, twin, type Size } from '../figure.ts'
import { h, type Child, type Markup } from '../markup.ts'
import { share, significant } from '../numbers.ts'
import { byClass } from './by-class.ts'
import { chosenSample, sampleMarks } from './loss-samples.ts'
import { axis, isWide, metricScale, STRIPS, type Scale } from './metric-axis.ts'

const STRIP = 46
const LEFT = 76
const RIGHT = 16

/** `selected` is a node, and the value of one of its classes; `sample` an index into `sampled`. */
export function losses(report: Report, hypothesis: HypothesisReport, { width }: Size, selected?: string, value?: string, sample?: number): Markup {
  const { losses: all } = hypothesis
  const w = Math.min(width, 860)
  if (STRIPS.every((name) => all[name].length === 0)) return h('p', { class: 'empty' }, 'This report holds no distributions; evaluate again with this version of Scrub.')
  const { name, sense } = report.metric
  return h(
    'div',
    {},
    h('h3', {}, `${name} per sample`),
    strips(all, hypothesis, name, w),
    h('p', { class: 'note' }, `Each dot is one per cent of the samples${isWide(all) ? ', on a logarithmic axis that is linear around zero' : ''}; the bar is the mean.`),
    h('h3', {}, 'scrubbed \u2212 model, sample by sample'),
    difference(hypothesis, sense, w, sample),
    quantileTable(all),
    byClass(hypothesis, name, w, selected, value),
  )
}

/** Three strips of quantile dots, one above the other on one axis. */
function strips(all: Losses, hypothesis: HypothesisReport, metric: string, w: number): Markup {
  const x = metricScale(all, LEFT, w - RIGHT)
  const bottom = STRIPS.length * STRIP
  const means = { model: hypothesis.model.mean, scrubbed: hypothesis.scrubbed.mean, shuffled: hypothesis.shuffled.mean }
  return picture(
    'strips', w, bottom + 24, `${metric} per sample: ${STRIPS.map((name) => `${name} ${describe(all[name])}`).join('; ')}`,
    axis(x, bottom, w, isWide(all)),
    STRIPS.map((name, index) => {
      const base = (index + 1) * STRIP - 6
      return [
        h('line', { class: 'rule', x1: LEFT, x2: w - RIGHT, y1: base + 0.5, y2: base + 0.5 }),
        h('text', { class: 'name', x: 0, y: base - 10 }, name),
        dots(all[name].slice(1).map((value, at) => (value + all[name][at]!) / 2), x, base, name),
        h('line', { class: `mean ${name}`, x1: x(means[name]), x2: x(means[name]), y1: base - STRIP + 16, y2: base + 5 }, h('title', {}, `mean ${significant(means[name])}`)),
      ]
    }),
  )
}

/** One dot per per cent, stacked where they would overlap. */
function dots(values: readonly number[], x: Scale, base: number, name: string): Child {
  const radius = 2
  const columns = new Map<number, number>()
  for (const value of values) {
    const column = Math.round(x(value) / (2 * radius))
    columns.set(column, (columns.get(column) ?? 0) + 1)
  }
  const room = STRIP - 14
  const tallest = Math.max(1, ...columns.values())
  // Dots that would leave the strip move together: their number stays what is drawn.
  const step = Math.min(2 * radius, room / tallest)
  return [...columns].flatMap(([column, count]) => Array.from({ length: count }, (_, index) => h('circle', { class: `quantile ${name}`, cx: column * 2 * radius, cy: base - radius - index * step, r: radius })))
}

/** Sorted gains and losses: what cancels in the mean is area on both sides of zero. */
function difference(hypothesis: HypothesisReport, sense: Report['metric']['sense'], w: number, sample: number | undefined): Markup {
  const { losses: { difference: values }, better, worse } = hypothesis
  const height = 120
  const [low = 0, high = 0] = extent([0, ...values])
  const x = scaleLinear([0, Math.max(1, values.length - 1)], [LEFT, w - RIGHT])
  const y = scaleLinear([low, high > low ? high : low + 1], [height - 8, 8])
  const shape = (keep: (value: number) => number) => area<number>((_, index) => x(index), y(0), (value) => y(keep(value)))(values) ?? ''
  const [loses, gains] = sense === 'score' ? ['below', 'above'] : ['above', 'below']
  return h(
    'div',
    {},
    picture(
      'difference', w, height + 22, `scrubbed minus model: ${share(better.share)} of samples better, ${share(worse.share)} worse; ${describe(values)}`,
      h('path', { class: 'more', d: shape((value) => Math.max(0, value)) }),
      h('path', { class: 'less', d: shape((value) => Math.min(0, value)) }),
      h('line', { class: 'tick model', x1: LEFT, x2: w - RIGHT, y1: y(0), y2: y(0) }),
      sampleMarks(hypothesis, x, height, sample),
      // The zero label stays; the ends give way to it.
      [{ at: 0, text: '0' }, ...[high, low].filter((end) => Math.abs(y(end) - y(0)) > 14).map((end) => ({ at: end, text: significant(end, 3) }))].map(({ at, text }) => h('text', { class: 'label muted', x: LEFT - 8, y: y(at) + 4, 'text-anchor': 'end' }, text)),
      ['0 %', '50 %', '100 %'].map((text, index) => h('text', { class: 'label muted', x: x((index * (values.length - 1)) / 2), y: height + 14, 'text-anchor': index === 0 ? 'start' : index === 1 ? 'middle' : 'end' }, text)),
    ),
    h('p', { class: 'note' }, `Samples sorted by difference; ${loses} the line scrubbing loses, ${gains} it gains. Better on ${shift(better)}, worse on ${shift(worse)}.${hypothesis.sampled.length > 0 ? ' Select a place on the curve to see a sample that lies there.' : ''}`),
    sample === undefined ? null : chosenSample(hypothesis, sample),
  )
}

const shift = ({ share: part, mean }: Shift): string => `${share(part)} of samples${part > 0 ? ` (by ${significant(Math.abs(mean), 2)} on average)` : ''}`

const describe = (values: readonly number[]): string => (values.length === 0 ? 'not known' : `from ${significant(values[0]!, 3)} to ${significant(values.at(-1)!, 3)}, median ${significant(values[Math.floor(values.length / 2)]!, 3)}`)

const SHOWN = [0, 1, 5, 10, 25, 50, 75, 90, 95, 99, 100]

const quantileTable = (all: Losses): Markup =>
  twin('Quantiles as a table', table('Quantiles of the metric', SHOWN.filter((at) => at < all.scrubbed.length), [
    { head: 'of samples below', cell: (at) => `${at} %` },
    ...([...STRIPS, 'difference'] as const).map((name) => ({ head: name, cell: (at: number) => (all[name][at] === undefined ? '' : significant(all[name][at])), numeric: true })),
  ]))
