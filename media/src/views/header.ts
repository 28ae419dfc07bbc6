/** The header: how much is recovered, on one axis from shuffled to model, and what was run on what. */
import type { HypothesisReport, NullReport, Report } from '../../../server/src/protocol/report.ts'
import { deviceText } from '../../../server/src/language/device-text.ts'
import { halfText } from '../../../server/src/language/half-text.ts'
import { picture, table, twin, type Size } from '../figure.ts'
import { h, visible, type Markup } from '../markup.ts'
import { count, duration, nullBand, percent, plural, poolText, reducedText, share, significant } from '../numbers.ts'
import { constantShare, shareScale } from '../scales.ts'
import { textWidth } from '../text.ts'
import { lost } from './lost.ts'

export function header(report: Report, hypothesis: HypothesisReport, { width }: Size): Markup {
  const { recovered, scrubbed, model, shuffled, constant } = hypothesis
  const rows = [
    { what: 'model', mean: model.mean, se: model.se, recovered: '100\u00a0%' },
    { what: 'scrubbed', mean: scrubbed.mean, se: scrubbed.se, recovered: percent(recovered) },
    { what: `constant (${constant.method})`, mean: constant.mean, se: null, recovered: constantShare(hypothesis) === null ? 'not defined' : share(constantShare(hypothesis)!) },
    { what: 'shuffled', mean: shuffled.mean, se: shuffled.se, recovered: '0\u00a0%' },
    ...(hypothesis.null ? [{ what: `null (${permutedHypotheses(hypothesis.null)})`, mean: null, se: null, recovered: nullBand(hypothesis.null) }] : []),
    ...ways(hypothesis).map(({ way, interval }) => ({ what: `unimportant inputs ${way}`, mean: null, se: null, recovered: percent(interval) })),
  ]
  return h(
    'div',
    { class: 'header' },
    h('p', { class: 'figure' }, h('span', { class: 'large' }, percent(recovered)), h('span', { class: 'unit' }, ' recovered')),
    recovered.value === null ? h('p', { class: 'note' }, 'Model and shuffled have the same mean here, so there is nothing to recover.') : recoveredAxis(hypothesis, width),
    hypothesis.null && h('p', { class: 'note' }, `The band is what ${permutedHypotheses(hypothesis.null)} recover: ${nullBand(hypothesis.null)}.`),
    hypothesis.sensitivity && h('p', { class: 'note' }, `With unimportant inputs ${ways(hypothesis).map(({ way, interval }) => `${way} ${percent(interval)}`).join(', ')}.`),
    lost(hypothesis),
    twin('Means as a table', table(`${visible(report.metric.name)}: means`, rows, [
      { head: 'of', cell: ({ what }) => what },
      { head: 'mean', cell: ({ mean }) => (mean === null ? '' : significant(mean)), numeric: true },
      { head: 'standard error', cell: ({ se }) => (se === null ? '' : significant(se, 2)), numeric: true },
      { head: 'recovered', cell: ({ recovered: value }) => value, numeric: true },
    ])),
    h('ul', { class: 'facts' }, facts(report, hypothesis).map((fact) => h('li', {}, fact))),
    expectations(hypothesis),
  )
}

const permutedHypotheses = ({ values }: NullReport): string => `${plural(values.length, 'hypothesis', 'hypotheses')} of the same shape with permuted features`

/** `recovered` with unimportant inputs drawn in each way; none where it was not asked for. */
const ways = ({ sensitivity }: HypothesisReport) => (sensitivity ? (['together', 'separate', 'shared'] as const).map((way) => ({ way, interval: sensitivity[way] })) : [])

/** What was run on what: enough to cite. */
export function facts(report: Report, hypothesis: HypothesisReport): string[] {
  const { better, worse } = hypothesis
  return [
    `${report.metric.sense} ${report.metric.name}`,
    hypothesis.exact ? `all ${count(hypothesis.samples)} draws enumerated` : plural(hypothesis.samples, 'sample'),
    ...(hypothesis.pool ? [`pools of ${poolText(hypothesis.pool)}`] : []),
    ...(hypothesis.reduced ? [reducedText(hypothesis.reduced)] : []),
    duration(hypothesis.seconds + hypothesis.costSeconds),
    report.device,
    `seed ${hypothesis.seed}`,
    `model ${fileName(report.model.path)}`,
    `data ${fileName(report.data.path)}, ${plural(report.data.rows, 'row')}`,
    `better on ${share(better.share)} of samples, worse on ${share(worse.share)}`,
    `Scrub ${report.scrub}, ONNX Runtime ${report.versions.onnxruntime}`,
    ...[...deviceText(report, [hypothesis]), ...halfText([hypothesis]), ...(report.notes ?? [])].map((sentence) => sentence.replace(/\.$/, '')),
  ]
}

export const fileName = (path: string): string => path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1)

function expectations({ expectations: all }: HypothesisReport): Markup | null {
  if (all.length === 0) return null
  return h('ul', { class: 'expectations' }, all.map(({ text, holds, uncertain }) =>
    h('li', { class: holds ? 'holds' : 'fails' }, h('span', { class: 'mark' }, holds ? '✓ holds' : '✗ fails'), ' ', h('code', {}, text.replaceAll(/\s+/g, ' ')), uncertain ? ' (the interval straddles the bound)' : ''),
  ))
}

/** One axis: shuffled, constant and model as ticks, the value with its interval on it. */
function recoveredAxis(hypothesis: HypothesisReport, width: number): Markup {
  const { recovered } = hypothesis
  const constant = constantShare(hypothesis)
  const w = Math.min(width, 720)
  const margin = 40
  const y = 22
  const [least, most] = [hypothesis.null?.values[0] ?? null, hypothesis.null?.values.at(-1) ?? null]
  const x = shareScale([recovered.low, recovered.high, constant, least, most], margin, w - margin)
  const ticks = [
    { at: 0, label: '0\u00a0%', name: 'shuffled', rank: 0 },
    { at: 1, label: '100\u00a0%', name: 'model', rank: 0 },
    ...(constant === null ? [] : [{ at: constant, label: share(constant), name: 'constant', rank: 1 }]),
  ]
  const band = least === null || most === null ? [] : [{ at: (least + most) / 2, label: nullBand(hypothesis.null!), name: 'null', rank: 2 }]
  const [low, high] = [x(recovered.low ?? recovered.value!), x(recovered.high ?? recovered.value!)]
  return picture(
    'axis', w, 62,
    `recovered ${percent(recovered)} on an axis from shuffled (0 %) to model (100 %)${constant === null ? '' : `, constant at ${share(constant)}`}${hypothesis.null ? `, null from ${share(least!)} to ${share(most!)}` : ''}`,
    least !== null && most !== null && h('rect', { class: 'null', x: x(least) - 1, y: y - 9, width: x(most) - x(least) + 2, height: 18, rx: 2 }, h('title', {}, `null: ${nullBand(hypothesis.null!)}`)),
    h('line', { class: 'rule', x1: x.range()[0], x2: x.range()[1], y1: y, y2: y }),
    ticks.map(({ at, name }) => h('line', { class: `tick ${name}`, x1: x(at), x2: x(at), y1: y - 7, y2: y + 7 })),
    h('rect', { class: 'interval', x: low - 1.5, y: y - 5, width: Math.max(3, high - low + 3), height: 10, rx: 2 }),
    h('path', { class: 'value', d: `M${x(recovered.value!)},${y - 6}l5,-9h-10z` }),
    placedLabels([...ticks, ...band].map((tick) => ({ ...tick, x: x(tick.at) })), w).map((tick) => [
      h('text', { class: 'label', x: tick.x, y: y + 20, 'text-anchor': 'middle' }, tick.name),
      h('text', { class: 'label muted', x: tick.x, y: y + 33, 'text-anchor': 'middle' }, tick.label),
    ]),
  )
}

interface Label {
  readonly x: number
  readonly name: string
  readonly label: string
  /** Lower ones stay. */
  readonly rank: number
}

/** Labels moved into the picture; of two that would overlap, the one of higher rank moves beside the other, or goes where there is no room. */
function placedLabels(labels: readonly Label[], width: number): Label[] {
  const placed: Label[] = []
  for (const label of labels.toSorted((a, b) => a.rank - b.rank)) {
    const half = halfWidth(label)
    const inside = (x: number) => Math.max(half, Math.min(width - half, x))
    const free = (x: number) => placed.every((other) => Math.abs(other.x - x) >= half + halfWidth(other) + 4)
    const beside = placed.flatMap((other) => [-1, 1].map((side) => inside(other.x + side * (half + halfWidth(other) + 5))))
    const x = [inside(label.x), ...beside.toSorted((a, b) => Math.abs(a - label.x) - Math.abs(b - label.x))].find(free)
    if (x !== undefined) placed.push({ ...label, x })
  }
  return placed
}

const halfWidth = ({ name, label }: Label): number => Math.max(textWidth(name, 11), textWidth(label, 11)) / 2
