/** Where the metric lies for model, scrubbed and shuffled, and what every sample gains or loses. */
import { extent } from 'd3-array'
import { format } from 'd3-format'
import { scaleLinear, scaleSymlog, type ScaleContinuousNumeric } from 'd3-scale'
import { area } from 'd3-shape'
import type { ClassReport, HypothesisReport, Losses, Report, Shift } from '../../../server/src/protocol/report.ts'
import { picture, table, twin, type Size } from '../figure.ts'
import { h, visible, type Child, type Markup } from '../markup.ts'
import { count, share, significant } from '../numbers.ts'
import { fit, textWidth } from '../text.ts'

const STRIPS = ['model', 'scrubbed', 'shuffled'] as const
const STRIP = 46
const LEFT = 76
const RIGHT = 16

export function losses(report: Report, hypothesis: HypothesisReport, { width }: Size, selected?: string): Markup {
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
    difference(hypothesis, sense, w),
    quantileTable(all),
    byClass(hypothesis, selected, name, w),
  )
}

/** Values spread over more than two decades, so that a linear axis would hide most of them. */
function isWide(all: Losses): boolean {
  const sizes = STRIPS.flatMap((name) => all[name].map(Math.abs)).filter((size) => size > 0).sort((a, b) => a - b)
  return sizes.length > 0 && sizes.at(-1)! > 100 * sizes[Math.floor(sizes.length / 4)]!
}

type Scale = ScaleContinuousNumeric<number, number>

function metricScale(all: Losses, right: number): Scale {
  const values = STRIPS.flatMap((name) => all[name])
  const [low = 0, high = 1] = extent(values)
  const domain = [Math.min(0, low), high > low ? high : low + 1]
  if (!isWide(all)) return scaleLinear(domain, [LEFT, right]).nice()
  // Linear below the size that a quarter of the values stay under, logarithmic beyond.
  const sizes = values.map(Math.abs).filter((size) => size > 0).sort((a, b) => a - b)
  return scaleSymlog(domain, [LEFT, right]).constant(sizes[Math.floor(sizes.length / 4)]!)
}

/** Three strips of quantile dots, one above the other on one axis. */
function strips(all: Losses, hypothesis: HypothesisReport, metric: string, w: number): Markup {
  const x = metricScale(all, w - RIGHT)
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

function axis(x: Scale, bottom: number, w: number, wide: boolean): Child {
  let last = -Infinity
  return (wide ? decades(x.domain()) : x.ticks(Math.max(3, Math.floor(w / 110)))).map((tick) => {
    const text = tickText(tick)
    const half = textWidth(text, 11) / 2
    const at = Math.min(w - half, x(tick))
    if (at - half < last + 8) return null
    last = at + half
    return [h('line', { class: 'grid', x1: x(tick), x2: x(tick), y1: 4, y2: bottom }), h('text', { class: 'label muted', x: at, y: bottom + 14, 'text-anchor': 'middle' }, text)]
  })
}

/** Zero and the powers of ten on both sides of it; labels that would overlap are left out. */
function decades([low = 0, high = 1]: number[]): number[] {
  const powers = Array.from({ length: 25 }, (_, index) => 10 ** (index - 16))
  return [...powers.map((power) => -power).reverse(), 0, ...powers].filter((tick) => tick >= low && tick <= high)
}

const [plain, small] = [format('~g'), format('~e')]
const tickText = (tick: number): string => (tick !== 0 && Math.abs(tick) < 1e-3 ? small : plain)(tick).replace('\u2212', '-')

/** Sorted gains and losses: what cancels in the mean is area on both sides of zero. */
function difference({ losses: { difference: values }, better, worse }: HypothesisReport, sense: Report['metric']['sense'], w: number): Markup {
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
      // The zero label stays; the ends give way to it.
      [{ at: 0, text: '0' }, ...[high, low].filter((end) => Math.abs(y(end) - y(0)) > 14).map((end) => ({ at: end, text: significant(end, 3) }))].map(({ at, text }) => h('text', { class: 'label muted', x: LEFT - 8, y: y(at) + 4, 'text-anchor': 'end' }, text)),
      ['0 %', '50 %', '100 %'].map((text, index) => h('text', { class: 'label muted', x: x((index * (values.length - 1)) / 2), y: height + 14, 'text-anchor': index === 0 ? 'start' : index === 1 ? 'middle' : 'end' }, text)),
    ),
    h('p', { class: 'note' }, `Samples sorted by difference; ${loses} the line scrubbing loses, ${gains} it gains. Better on ${shift(better)}, worse on ${shift(worse)}.`),
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

const CLASS_ROW = 20

/** The means split by the classes of the selected node: where among its data the hypothesis loses. */
function byClass({ nodes }: HypothesisReport, selected: string | undefined, metric: string, w: number): Markup | null {
  const node = nodes.find(({ name }) => name === selected)
  if (!node) return null
  const rows = node.largest.filter((one): one is ClassReport & { model: number; scrubbed: number } => one.model !== null && one.scrubbed !== null)
  const title = h('h3', {}, `${metric} by class of ${node.name}`)
  if (rows.length === 0) return h('div', {}, title, h('p', { class: 'empty' }, node.largest.length === 0 ? `${node.feature} has no classes to split by.` : 'No sample lies in a class that the report lists.'))
  const nameWidth = Math.min(w * 0.36, Math.max(...rows.map(({ value }) => textWidth(value, 11, 'mono')), textWidth('model', 11)) + 12)
  const [low = 0, high = 0] = extent([0, ...rows.flatMap(({ model, scrubbed }) => [model, scrubbed])])
  const x = scaleLinear([low, high > low ? high : low + 1], [nameWidth + 6, w - RIGHT]).nice()
  const bottom = rows.length * CLASS_ROW + 4
  let last = -Infinity
  return h(
    'div',
    {},
    title,
    picture(
      'by-class', w, bottom + 22, `mean ${metric} by class of ${visible(node.name)}: ${rows.slice(0, 8).map(({ value, model, scrubbed }) => `${visible(value)} model ${significant(model, 3)}, scrubbed ${significant(scrubbed, 3)}`).join('; ')}`,
      x.ticks(Math.max(2, Math.floor((w - nameWidth) / 110))).map((tick) => {
        const half = textWidth(tickText(tick), 11) / 2
        const at = Math.min(w - half, x(tick))
        if (at - half < last + 8) return h('line', { class: 'grid', x1: x(tick), x2: x(tick), y1: 0, y2: bottom })
        last = at + half
        return [h('line', { class: 'grid', x1: x(tick), x2: x(tick), y1: 0, y2: bottom }), h('text', { class: 'label muted', x: at, y: bottom + 14, 'text-anchor': 'middle' }, tickText(tick))]
      }),
      rows.map(({ value, count: size, model, scrubbed }, index) => {
        const y = index * CLASS_ROW + CLASS_ROW / 2 + 2
        return h(
          'g',
          {},
          h('title', {}, `${value}: ${count(size)} data, model ${significant(model)}, scrubbed ${significant(scrubbed)}`),
          h('text', { class: 'mono', x: nameWidth - 6, y: y + 4, 'text-anchor': 'end' }, fit(value, nameWidth - 8, 11, 'mono')),
          h('line', { class: 'whisker', x1: x(model), x2: x(scrubbed), y1: y, y2: y }),
          h('circle', { class: 'hollow', cx: x(model), cy: y, r: 4 }),
          h('circle', { class: 'dot', cx: x(scrubbed), cy: y, r: 4 }),
        )
      }),
    ),
    h('p', { class: 'note' }, `Mean over the samples whose reference datum lies in the class: ○ model, ● scrubbed.${rows.length < node.classes ? ` Shown are ${count(rows.length)} of ${count(node.classes)} classes: the largest, where samples lie in them.` : ''}`),
    twin('Means by class as a table', table(`Mean ${metric} by class of ${node.name}`, rows, [
      { head: 'class', cell: ({ value }) => h('code', {}, fit(value, 240, 12, 'mono')) },
      { head: 'data', cell: (one) => count(one.count), numeric: true },
      { head: 'model', cell: ({ model }) => significant(model), numeric: true },
      { head: 'scrubbed', cell: ({ scrubbed }) => significant(scrubbed), numeric: true },
      { head: 'scrubbed \u2212 model', cell: ({ model, scrubbed }) => significant(scrubbed - model), numeric: true },
    ])),
  )
}
