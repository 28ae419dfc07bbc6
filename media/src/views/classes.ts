/** The equivalence classes of the selected node, and how much the features of a hypothesis say about one another. */
import { max } from 'd3-array'
import { interpolateCividis } from 'd3-scale-chromatic'
import type { HypothesisReport, NodeReport } from '../../../server/src/protocol/report.ts'
import { brief } from '../datum.ts'
import { picture, table, twin, type Size } from '../figure.ts'
import { h, visible, type Child, type Markup } from '../markup.ts'
import { count, effective, plural, share, significant } from '../numbers.ts'
import { fit, textWidth } from '../text.ts'

/** Above this two features make the same classes, near enough. */
const SAME = 0.98

/** `selected` is a node, `value` that of one of its classes. */
export function classes(hypothesis: HypothesisReport, selected: string | undefined, size: Size, value?: string): Markup {
  const node = classNode(hypothesis, selected)
  return h(
    'div',
    { class: 'columns' },
    node ? classesOf(hypothesis, node, size, node.name === selected ? value : undefined) : h('p', { class: 'empty' }, 'This hypothesis has no nodes.'),
    matrix(hypothesis, size),
  )
}

/** The selected node, otherwise the first that has classes to show. */
const classNode = ({ nodes }: HypothesisReport, selected: string | undefined): NodeReport | undefined => nodes.find(({ name }) => name === selected) ?? nodes.find(({ largest }) => largest.length > 0) ?? nodes[0]

function classesOf(hypothesis: HypothesisReport, node: NodeReport, { width }: Size, value: string | undefined): Markup {
  const { others } = node
  const data = node.largest.reduce((all, one) => all + one.count, others?.count ?? 0)
  // An older report does not tell of the classes that it does not list.
  const listed = !others && node.largest.length < node.classes
  const facts = [
    plural(node.classes, 'class', 'classes'),
    `effectively ${effective(node.effectiveClasses)}`,
    `${share(node.singletons)} of data alone in their class`,
    ...(node.swapRate === null ? [] : [`drawn datum differs in ${share(node.swapRate)} of draws`]),
    ...(node.largest.length < node.classes && node.largest.length > 0 ? [`the largest ${count(node.largest.length)} are shown`] : []),
  ]
  const example = (row: number): Child => h('code', { title: `row ${row}` }, fit(brief(hypothesis.texts[row] ?? `row ${row}`), width < 640 ? 180 : 260, 12, 'mono'))
  return h(
    'div',
    {},
    h('label', { class: 'note' }, 'Classes of ', nodeMenu(hypothesis.nodes, node)),
    h('p', {}, h('code', {}, node.feature), ` at ${visible(node.place)}`),
    h('ul', { class: 'facts' }, facts.map((fact) => h('li', {}, fact))),
    node.largest.length === 0
      ? h('p', { class: 'empty' }, node.feature === 'any' ? 'any: all data are one class.' : 'exact: every value is its own class.')
      : [
          bars(node, Math.min(width, 460), data, listed, value),
          others && h('p', { class: 'note' }, `… and ${plural(others.classes, 'smaller class', 'smaller classes')}: ${count(others.count)} data (${share(others.count / data)})${others.model === null || others.scrubbed === null ? '' : `, mean ${significant(others.model)} → ${significant(others.scrubbed)}`}.`),
          twin('Classes as a table', table(`Classes of ${node.name}`, node.largest, [
            { head: 'value', cell: ({ value }) => h('code', {}, fit(value, 240, 12, 'mono')) },
            { head: 'data', cell: (one) => count(one.count), numeric: true },
            ...(listed ? [] : [{ head: 'share', cell: (one: NodeReport['largest'][number]) => share(one.count / data), numeric: true }]),
            { head: 'model', cell: ({ model }) => (model === null ? '' : significant(model)), numeric: true },
            { head: 'scrubbed', cell: ({ scrubbed }) => (scrubbed === null ? '' : significant(scrubbed)), numeric: true },
            { head: 'examples', cell: ({ examples }) => examples.map((row, index) => [index > 0 && h('br'), example(row)]) },
          ], (one) => ({ 'data-class': one.value, 'data-of': node.name }))),
        ],
  )
}

/** Menus of more nodes hold the shown one alone until somebody opens them: their options take longer to make than all the rest. */
const MOST_OPTIONS = 200

const nodeMenu = (nodes: readonly NodeReport[], shown: NodeReport): Markup => h('select', { id: 'choose-node', 'data-all': nodes.length > MOST_OPTIONS }, nodeOptions(nodes.length > MOST_OPTIONS ? [shown] : nodes, shown.name))

export const nodeOptions = (nodes: readonly NodeReport[], shown: string): Child => nodes.map(({ name }) => h('option', { value: name, selected: name === shown }, name))

/** Size of each class as a bar; beside it how much the metric changes there. */
function bars(node: NodeReport, w: number, data: number, listed: boolean, selected: string | undefined): Markup {
  const row = 20
  const nameWidth = Math.min(w * 0.36, Math.max(...node.largest.map(({ value }) => textWidth(value, 11, 'mono'))) + 14)
  const changes = node.largest.map(({ model, scrubbed }) => (model === null || scrubbed === null ? null : scrubbed - model))
  const largestChange = max(changes, (change) => Math.abs(change ?? 0)) || 1
  const sizes = node.largest.map((one) => `${count(one.count)}${listed ? '' : ` (${share(one.count / data)})`}`)
  const sizeWidth = Math.max(...sizes.map((text) => textWidth(text, 11))) + 8
  const room = w - nameWidth - sizeWidth - 12
  const half = room * 0.5
  const most = Math.max(1, ...node.largest.map((one) => one.count))
  const middle = w - room * 0.21
  const top = 18
  return picture(
    'classes', w, top + row * node.largest.length + 4, `classes of ${visible(node.name)}, largest first: ${node.largest.slice(0, 8).map(({ value, count: size }) => `${visible(value)} ${size}`).join(', ')}`,
    h('text', { class: 'label muted', x: nameWidth, y: 11 }, 'data'),
    h('text', { class: 'label muted', x: w, y: 11, 'text-anchor': 'end' }, fit('scrubbed \u2212 model', room * 0.5, 11)),
    h('line', { class: 'rule', x1: middle, x2: middle, y1: top - 2, y2: top + row * node.largest.length }),
    node.largest.map((one, index) => {
      const y = top + index * row
      const change = changes[index]!
      const length = change === null ? 0 : (Math.abs(change) / largestChange) * room * 0.2
      return h(
        'g',
        { class: `row${one.value === selected ? ' selected' : ''}`, 'data-class': one.value, 'data-of': node.name },
        h('rect', { class: one.value === selected ? 'back selected' : 'back', x: 0, y, width: w, height: row }),
        one.value === selected && h('rect', { class: 'marker', x: 0, y, width: 3, height: row }),
        h('title', {}, `${one.value}: ${sizes[index]} data${change === null ? '' : `, model ${significant(one.model!)}, scrubbed ${significant(one.scrubbed!)}`}`),
        h('text', { class: 'mono', x: nameWidth - 8, y: y + 13, 'text-anchor': 'end' }, fit(one.value, nameWidth - 8, 11, 'mono')),
        h('rect', { class: 'class', x: nameWidth, y: y + 4, width: Math.max(1, (one.count / most) * half), height: 12 }),
        h('text', { class: 'label muted', x: nameWidth + Math.max(1, (one.count / most) * half) + 5, y: y + 13 }, sizes[index]!),
        change !== null && h('rect', { class: change >= 0 ? 'more' : 'less', x: change >= 0 ? middle : middle - length, y: y + 4, width: Math.max(1, length), height: 12 }),
      )
    }),
  )
}

const MOST_FEATURES = 24

/** Adjusted mutual information: every cell has its number, so that colour only helps. */
function matrix({ information: { nodes, values } }: HypothesisReport, { width }: Size): Markup | null {
  if (nodes.length < 2) return null
  const shown = nodes.slice(0, MOST_FEATURES)
  const nameWidth = Math.min(120, Math.max(...shown.map((name) => textWidth(name, 11))) + 8)
  const cell = Math.max(16, Math.min(44, (Math.min(width, 440) - nameWidth) / shown.length))
  const top = nameWidth
  const w = nameWidth + cell * shown.length + 2
  const same = shown.flatMap((a, i) => shown.slice(0, i).flatMap((b, j) => ((values[i]?.[j] ?? 0) > SAME ? [`${visible(b)} and ${visible(a)}`] : [])))
  return h(
    'div',
    {},
    h('h3', {}, 'What the features say about one another'),
    picture(
      'matrix', w, top + cell * shown.length + 2, `adjusted mutual information of ${shown.length} features; ${same.length > 0 ? `nearly the same: ${same.join(', ')}` : 'no two are nearly the same'}`,
      shown.map((name, index) => [
        h('text', { class: 'label', x: nameWidth - 6, y: top + (index + 0.5) * cell + 4, 'text-anchor': 'end' }, fit(name, nameWidth - 8, 11)),
        h('text', { class: 'label', transform: `translate(${Math.round(nameWidth + (index + 0.5) * cell + 4)},${Math.round(top - 6)}) rotate(-90)` }, fit(name, top - 8, 11)),
      ]),
      shown.flatMap((a, i) =>
        shown.map((b, j) => {
          const value = values[i]?.[j] ?? null
          const [x, y] = [nameWidth + j * cell, top + i * cell]
          return h(
            'g',
            {},
            h('title', {}, `${a} and ${b}: ${value === null ? 'not known' : significant(value, 3)}`),
            h('rect', { class: 'unknown', x, y, width: cell - 1, height: cell - 1, ...(value === null ? {} : { class: 'heat', fill: interpolateCividis(Math.max(0, Math.min(1, value))) }) }),
            i !== j && value !== null && value > SAME && h('rect', { class: 'same', x: x + 1.5, y: y + 1.5, width: cell - 4, height: cell - 4 }),
            cell >= 28 && h('text', { class: 'label', x: x + (cell - 1) / 2, y: y + cell / 2 + 4, 'text-anchor': 'middle', ...(value === null ? {} : { class: value > 0.5 ? 'on-light label' : 'on-dark label' }) }, value === null ? '–' : twoPlaces(value)),
          )
        }),
      ),
    ),
    h('p', { class: 'note' }, `Adjusted mutual information: 0 as by chance, 1 the same classes; framed above ${SAME}.${nodes.length > shown.length ? ` The first ${shown.length} features; the table has ${nodes.length}.` : ''}`),
    twin('Information as a table', table('Adjusted mutual information', nodes.map((name, index) => ({ name, index })), [
      { head: 'feature', cell: ({ name }) => name },
      ...nodes.map((name, j) => ({ head: name, cell: ({ index }: { index: number }) => (typeof values[index]?.[j] === 'number' ? twoPlaces(values[index][j]) : ''), numeric: true })),
    ])),
  )
}

/** Without a sign on what rounds to zero. */
const twoPlaces = (value: number): string => (Math.abs(value) < 0.005 ? '0.00' : value.toFixed(2))
