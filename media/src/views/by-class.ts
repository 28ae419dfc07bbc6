/** The metric split by the classes of the selected node: where among its data the hypothesis loses. */
import { extent } from 'd3-array'
import { scaleLinear } from 'd3-scale'
import type { ClassReport, HypothesisReport } from '../../../server/src/protocol/report.ts'
import { picture, table, twin } from '../figure.ts'
import { h, visible, type Child, type Markup } from '../markup.ts'
import { count, significant } from '../numbers.ts'
import { fit, textWidth } from '../text.ts'
import { axis, isWide, metricScale, type Scale } from './metric-axis.ts'

const RIGHT = 16
/** Means alone; with a box for the model and one for scrubbed. */
const ROW = { means: 20, boxes: 32 }

type Listed = ClassReport & { model: number; scrubbed: number }

/** `selected` is a node, `value` that of one of its classes. Null where no node is selected. */
export function byClass({ nodes, losses }: HypothesisReport, metric: string, w: number, selected: string | undefined, value: string | undefined): Markup | null {
  const node = nodes.find(({ name }) => name === selected)
  if (!node) return null
  const rows = node.largest.filter((one): one is Listed => one.model !== null && one.scrubbed !== null)
  const title = h('h3', {}, `${metric} by class of ${node.name}`)
  if (rows.length === 0) return h('div', {}, title, h('p', { class: 'empty' }, node.largest.length === 0 ? `${node.feature} has no classes to split by.` : 'No sample lies in a class that the report lists.'))
  const nameWidth = Math.min(w * 0.36, Math.max(...rows.map((one) => textWidth(one.value, 11, 'mono')), textWidth('model', 11)) + 12)
  const boxes = rows.every(({ spread }) => spread)
  const [low = 0, high = 0] = extent([0, ...rows.flatMap(({ model, scrubbed }) => [model, scrubbed])])
  // Where values are told and not only means, they stand on the axis of the strips above.
  const x = boxes ? metricScale(losses, nameWidth + 6, w - RIGHT) : scaleLinear([low, high > low ? high : low + 1], [nameWidth + 6, w - RIGHT]).nice()
  const row = boxes ? ROW.boxes : ROW.means
  const bottom = rows.length * row + 4
  return h(
    'div',
    {},
    title,
    picture(
      'by-class', w, bottom + 22, `${metric} by class of ${visible(node.name)}: ${rows.slice(0, 8).map((one) => `${visible(one.value)} model ${significant(one.model, 3)}, scrubbed ${significant(one.scrubbed, 3)}`).join('; ')}`,
      axis(x, bottom, w, boxes && isWide(losses)),
      rows.map((one, index) => {
        const y = index * row + row / 2 + 2
        return h(
          'g',
          { class: `row${one.value === value ? ' selected' : ''}`, 'data-class': one.value, 'data-of': node.name },
          h('title', {}, `${one.value}: ${count(one.count)} data, model ${significant(one.model)}, scrubbed ${significant(one.scrubbed)}`),
          h('rect', { class: one.value === value ? 'back selected' : 'back', x: 0, y: y - row / 2, width: w, height: row }),
          one.value === value && h('rect', { class: 'marker', x: 0, y: y - row / 2, width: 3, height: row }),
          h('text', { class: 'mono', x: nameWidth - 6, y: y + 4, 'text-anchor': 'end' }, fit(one.value, nameWidth - 10, 11, 'mono')),
          one.spread
            ? [box(one.spread.model, one.model, x, y - 7, 'model'), box(one.spread.scrubbed, one.scrubbed, x, y + 7, 'scrubbed')]
            : [h('line', { class: 'whisker', x1: x(one.model), x2: x(one.scrubbed), y1: y, y2: y }), h('circle', { class: 'hollow', cx: x(one.model), cy: y, r: 4 }), h('circle', { class: 'dot', cx: x(one.scrubbed), cy: y, r: 4 })],
        )
      }),
    ),
    h('p', { class: 'note' }, `Samples whose reference datum lies in the class${boxes ? ': above the model, below scrubbed. The line reaches from 5 to 95 % of them, the box from 25 to 75 %; ○ and ● are the means' : ': the means of ○ model and ● scrubbed'}.${rows.length < node.classes ? ` Shown are ${count(rows.length)} of ${count(node.classes)} classes: the largest, where samples lie in them.` : ''}`),
    twin('By class as a table', table(`${metric} by class of ${node.name}`, rows, [
      { head: 'class', cell: (one) => h('code', {}, fit(one.value, 240, 12, 'mono')) },
      { head: 'data', cell: (one) => count(one.count), numeric: true },
      { head: 'model', cell: ({ model }) => significant(model), numeric: true },
      { head: 'scrubbed', cell: ({ scrubbed }) => significant(scrubbed), numeric: true },
      { head: 'scrubbed \u2212 model', cell: ({ model, scrubbed }) => significant(scrubbed - model), numeric: true },
      ...(boxes ? (['model', 'scrubbed'] as const).map((of) => ({ head: `${of}: 5, 25, 50, 75, 95 %`, cell: ({ spread }: Listed) => spread![of].slice(1, -1).map((quantile) => significant(quantile, 3)).join(' · '), numeric: true })) : []),
    ], (one) => ({ 'data-class': one.value, 'data-of': node.name }))),
  )
}

/** Of the smallest value, the 5, 25, 50, 75 and 95 % quantile and the largest. */
function box([, low, lower, middle, upper, high]: readonly number[], mean: number, x: Scale, y: number, of: 'model' | 'scrubbed'): Child {
  return [
    h('line', { class: `reach ${of}`, x1: x(low!), x2: x(high!), y1: y, y2: y }),
    h('rect', { class: `half ${of}`, x: x(lower!), y: y - 4, width: Math.max(1.5, x(upper!) - x(lower!)), height: 8 }),
    h('line', { class: `reach middle ${of}`, x1: x(middle!), x2: x(middle!), y1: y - 5, y2: y + 5 }),
    h('circle', { class: of === 'model' ? 'hollow' : 'dot', cx: x(mean), cy: y, r: 3 }),
  ]
}
