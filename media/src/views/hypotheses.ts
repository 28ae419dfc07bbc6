/** The forest plot: one row per hypothesis in file order, refinements indented, with the paired difference to what they extend. */
import type { HypothesisReport, Report } from '../../../server/src/protocol/report.ts'
import { picture, table, twin, type Size } from '../figure.ts'
import type { Earlier } from '../messages.ts'
import { h, visible, type Markup } from '../markup.ts'
import { count, nullBand, percent, plural, share, signedPercent, significant } from '../numbers.ts'
import { constantShare, shareScale } from '../scales.ts'
import { fit, textWidth } from '../text.ts'

const ROW = 26
const TOP = 34

/** `history`: earlier runs, shown on the row of the hypothesis that they are of. */
export function hypotheses(report: Report, selected: string, { width }: Size, history: readonly Earlier[] = []): Markup {
  const w = Math.min(width, 960)
  const all = report.hypotheses
  const depth = depths(all)
  // A narrow page has the name above its bar, a wide one beside it.
  const narrow = w < 560
  const values = all.map(({ recovered }) => percent(recovered))
  const valueWidth = Math.max(...values.map((value) => textWidth(value, 12))) + 16
  const nameWidth = narrow ? 0 : Math.min(w * 0.36, Math.max(...all.map(({ name }, index) => textWidth(name, 13) + 16 * depth[index]!)) + 24)
  const differences = all.map(({ difference }) => (difference ? signedPercent(difference) : ''))
  // Beside the values; on a narrow page above them.
  const differenceWidth = narrow ? 0 : Math.max(...differences.map((text) => textWidth(text, 11))) + (differences.some(Boolean) ? 16 : 0)
  const row = narrow ? ROW * 1.7 : ROW
  const x = shareScale(all.flatMap((one) => [one.recovered.low, one.recovered.high, constantShare(one), one.null?.values[0] ?? null, one.null?.values.at(-1) ?? null]).concat(history.map(({ recovered }) => recovered.value)), nameWidth + 12, w - valueWidth - differenceWidth - 12)
  const bottom = TOP + all.length * row
  const lines = [{ at: 0, name: 'shuffled' }, { at: 1, name: 'model' }]
  return h(
    'div',
    {},
    picture(
      'forest', w, bottom + 8, `recovered for ${all.length} hypotheses: ${all.slice(0, 12).map((one) => `${visible(one.name)} ${percent(one.recovered)}`).join('; ')}`,
      // Under the lines, so that the marked row does not cut them.
      all.map(({ name }, index) => h('rect', { class: `back${name === selected ? ' selected' : ''}`, x: 0, y: TOP + index * row, width: w, height: row })),
      lines.map(({ at, name }) => [h('line', { class: `tick ${name}`, x1: x(at), x2: x(at), y1: TOP - 6, y2: bottom }), h('text', { class: 'label muted', x: Math.max(textWidth(`${name} 100 %`, 11) / 2, x(at)), y: TOP - 14, 'text-anchor': 'middle' }, `${name} ${at * 100}\u00a0%`)]),
      all.map((one, index) => {
        const y = TOP + index * row + (narrow ? row * 0.7 : row / 2)
        const { value, low, high } = one.recovered
        const constant = constantShare(one)
        const indent = 16 * depth[index]!
        return h(
          'g',
          { class: `row${one.name === selected ? ' selected' : ''}`, 'data-hypothesis': one.name },
          h('title', {}, `${one.name}: ${percent(one.recovered)}${one.difference ? `, ${signedPercent(one.difference)} against ${one.extends}` : ''}${constant === null ? '' : `; constant ${share(constant)}`}${one.null ? `; null ${nullBand(one.null)}` : ''}`),
          h('rect', { class: 'hit', x: 0, y: TOP + index * row, width: w, height: row }),
          one.name === selected && h('rect', { class: 'marker', x: 0, y: TOP + index * row + 3, width: 3, height: row - 6 }),
          h('text', { class: 'name', x: 8 + indent, y: narrow ? y - 14 : y + 4 }, (indent > 0 ? '↳ ' : '') + fit(one.name, narrow ? w - indent - valueWidth - 30 : nameWidth - indent - 24, 13)),
          history.filter(({ hypothesis, recovered }) => hypothesis === one.name && recovered.value !== null).map(({ recovered }) => h('path', { class: 'earlier', d: `M${x(recovered.value!)},${y - 8}v16` })),
          one.null && h('rect', { class: 'null', x: x(one.null.values[0]!) - 1, y: y - 7, width: x(one.null.values.at(-1)!) - x(one.null.values[0]!) + 2, height: 14, rx: 2 }),
          constant !== null && h('path', { class: 'constant', d: `M${x(constant)},${y - 6}v12` }),
          value === null
            ? null
            : [
                h('line', { class: 'whisker', x1: x(low ?? value), x2: x(high ?? value), y1: y, y2: y }),
                h('line', { class: 'whisker', x1: x(low ?? value), x2: x(low ?? value), y1: y - 4, y2: y + 4 }),
                h('line', { class: 'whisker', x1: x(high ?? value), x2: x(high ?? value), y1: y - 4, y2: y + 4 }),
                h('circle', { class: 'dot', cx: x(value), cy: y, r: 3.5 }),
              ],
          h('text', { class: 'number', x: w - 8, y: y + 4, 'text-anchor': 'end' }, values[index]!),
          differences[index] !== '' && h('text', { class: 'label muted', x: narrow ? w - 8 : w - valueWidth - 6, y: narrow ? y - 14 : y + 4, 'text-anchor': 'end' }, differences[index]!),
        )
      }),
    ),
    h('p', { class: 'note' }, '● recovered with its 95\u00a0% interval; ┆ what the best constant answer would recover.', all.some((one) => one.null) ? ' The bands: what hypotheses of the same shape with permuted features recover.' : '', ' Select a row to see it above.', all.some(({ difference }) => difference) ? ' In grey the paired difference to the hypothesis that it extends.' : ''),
    history.length > 0 && h('p', { class: 'note' }, `The faint ticks are the runs of "${history[0]!.hypothesis}" so far.`),
    history.length > 0 && twin(`${plural(history.length, 'run')} of "${history[0]!.hypothesis}" as a table`, table('Runs, the newest first', history, [
      { head: 'when', cell: ({ time }) => new Date(time).toISOString().slice(0, 16).replace('T', ' ') },
      { head: 'recovered', cell: ({ recovered }) => percent(recovered), numeric: true },
      { head: 'samples', cell: ({ samples }) => count(samples), numeric: true },
      { head: 'seed', cell: ({ seed }) => String(seed), numeric: true },
    ])),
    twin('Hypotheses as a table', table('Hypotheses', all, [
      { head: 'hypothesis', cell: ({ name }) => name },
      { head: 'recovered', cell: ({ recovered }) => percent(recovered), numeric: true },
      { head: 'extends', cell: (one) => one.extends ?? '' },
      { head: 'difference', cell: ({ difference }) => (difference ? signedPercent(difference) : ''), numeric: true },
      ...(all.some((one) => one.null) ? [{ head: 'null', cell: (one: HypothesisReport) => (one.null ? nullBand(one.null) : ''), numeric: true }] : []),
      { head: 'scrubbed', cell: ({ scrubbed }) => significant(scrubbed.mean), numeric: true },
      { head: 'model', cell: ({ model }) => significant(model.mean), numeric: true },
      { head: 'constant', cell: ({ constant }) => significant(constant.mean), numeric: true },
      { head: 'shuffled', cell: ({ shuffled }) => significant(shuffled.mean), numeric: true },
      { head: 'samples', cell: ({ samples, exact, partial }) => `${samples}${exact ? ' (exact)' : partial ? ' (partial)' : ''}`, numeric: true },
    ], ({ name }) => ({ 'data-hypothesis': name }))),
  )
}

/** How far each one is refined, where what it extends stands right above it, or only other refinements of that do between; else it looks like one of another. */
function depths(all: readonly HypothesisReport[]): number[] {
  /** The row above and what it stands under, innermost first. */
  let above: string[] = []
  return all.map((one) => {
    const at = one.extends === null ? -1 : above.indexOf(one.extends)
    above = [one.name, ...(at < 0 ? [] : above.slice(at))]
    return Math.min(6, above.length - 1)
  })
}
