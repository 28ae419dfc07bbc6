/** One card of the graph: name, feature, place, its equivalence classes as a strip, its cost as a bar with a whisker. */
import { sum } from 'd3-array'
import { scaleLinear } from 'd3-scale'
import type { HypothesisReport, NodeReport } from '../../../server/src/protocol/report.ts'
import { h, type Child, type Markup } from '../markup.ts'
import { count, effective, plural, share, signedPercent } from '../numbers.ts'
import { tint } from '../scales.ts'
import { fit, textWidth, wrap } from '../text.ts'
import type { Card } from './cards.ts'
import type { Point } from './placed.ts'
import { instead, stubText, unimportantOf, unimportantText, type Places } from './unimportant.ts'

/** Narrower on a narrow page, so that three cards beside one another can still be read; brief where there are hundreds. */
export type Style = 'wide' | 'narrow' | 'brief'
const WIDTHS: Record<Style, number> = { wide: 228, narrow: 160, brief: 140 }
const BRIEF_HEIGHT = 42
const PAD = 10
const NODE_HEIGHT = 106
const STUB = 18
const LINE = 15
/** Unimportant inputs that are listed on a card; the table holds all. */
const MOST_LISTED = 24

/** What a graph is drawn from: a report, or what is known before there is one. */
export type Outline = Pick<HypothesisReport, 'name' | 'nodes' | 'unimportant'>

export interface Drawing {
  readonly hypothesis: Outline
  /** Costs that are not known will be. */
  readonly queued: boolean
  /** The cost that fills a bar. */
  readonly largest: number
  readonly style: Style
  /** Every path is its own branch. */
  readonly tree: boolean
  /** Where the nodes stand. */
  readonly places: Places
  /** Ids of the cards whose unimportant inputs are listed. */
  readonly listed: ReadonlySet<string>
}

/** Width and height of a card with its stub; small where it says little. */
export function cardSize(card: Card, { style, listed }: Pick<Drawing, 'style' | 'listed'>): Point {
  const width = WIDTHS[style]
  switch (card.kind) {
    case 'node': return style === 'brief' ? [width, BRIEF_HEIGHT] : [width, NODE_HEIGHT + (card.node.unimportant.length > 0 ? 6 + stubHeight(card.node, listed.has(card.id)) : 0)]
    case 'family': return [width, 84]
    case 'input': return [132, 28]
    case 'rest': return [width, 40]
  }
}

/** Drawn around its centre. */
export function drawCard(card: Card, [x, y]: Point, drawing: Drawing): Markup {
  const [width, height] = cardSize(card, drawing)
  const [left, top] = [Math.round(x - width / 2), Math.round(y - height / 2)]
  const place = `translate(${left},${top})`
  const branch = drawing.tree ? { 'data-branch': card.id } : {}
  switch (card.kind) {
    case 'node': {
      const button = { role: 'button', tabindex: -1, ...branch, 'data-node': card.node.name, 'aria-pressed': 'false' }
      // A shape alone, without a transform of its own: thousands of those are slow to zoom.
      if (drawing.style === 'brief') return h('rect', { class: `card brief box tint-${tint(card.node.cost, drawing.largest)}`, ...button, 'aria-label': card.node.name, x: left, y: top, width, height, rx: 4 })
      return h('g', { class: 'card node', transform: place, ...button }, nodeCard(card.node, drawing, width))
    }
    case 'family': return h('g', { class: 'card family', transform: place, role: 'button', tabindex: -1, ...branch, 'data-family': card.family }, familyCard(card.family, card.members, drawing, width, height))
    case 'input': return h('g', { class: 'card input', transform: place }, h('title', {}, `input ${card.name}`), h('rect', { class: 'box', width, height, rx: 14 }), h('text', { class: 'mono', x: width / 2, y: 18, 'text-anchor': 'middle' }, fit(card.name, width - 20, 11, 'mono')))
    case 'rest': return h('g', { class: 'card rest', transform: place }, h('rect', { class: 'box dashed', width, height, rx: 4 }), h('text', { class: 'label', x: width / 2, y: 24, 'text-anchor': 'middle' }, `${count(card.nodes.length)} more nodes: in the table`))
  }
}

/** All of it in words: what the pointer shows and a screen reader says. */
export const spoken = (node: NodeReport): string =>
  [`${node.name} = ${node.feature}`, `at ${node.place}, ${node.shape}`, `${plural(node.classes, 'class', 'classes')}, effectively ${effective(node.effectiveClasses)}`, ...(node.cost ? [`cost ${signedPercent(node.cost)}`] : [])].join('\n')

/** What stands on a brief card with this middle. */
export const briefWords = (node: NodeReport, [x, y]: Point): Markup => {
  const left = Math.round(x - WIDTHS.brief / 2 + PAD)
  return h('g', {}, h('text', { class: 'title', x: left, y: Math.round(y) - 3 }, fit(node.name, (WIDTHS.brief - 2 * PAD) * 0.94, 13)), h('text', { class: 'number small', x: left, y: Math.round(y) + 13 }, node.cost ? signedPercent(node.cost) : ''))
}

function nodeCard(node: NodeReport, { largest, queued, tree }: Drawing, width: number): Child {
  const branches = tree ? 1 : node.branches
  const inside = width - 2 * PAD
  const feature = wrap(node.feature, inside, 11, 2, 'mono')
  return [
    h('title', {}, spoken(node)),
    h('rect', { class: 'box', width: width, height: NODE_HEIGHT, rx: 4 }),
    h('rect', { class: `tint tint-${tint(node.cost, largest)}`, width: width, height: NODE_HEIGHT, rx: 4 }),
    h('text', { class: 'title', x: PAD, y: 18 }, fit(node.name, (inside - (branches > 1 ? 40 : 0)) * 0.94, 13)),
    branches > 1 && h('text', { class: 'label muted', x: width - PAD, y: 18, 'text-anchor': 'end' }, `×\u00a0${count(branches)}`),
    feature.map((line, index) => h('text', { class: 'mono', x: PAD, y: 34 + 14 * index }, line)),
    h('text', { class: 'label muted', x: PAD, y: 63 }, fit(`${node.place} · ${node.shape}`, inside, 11)),
    classStrip(node, PAD, 70, inside),
    costBar(node, largest, queued, PAD, 84, inside),
  ]
}

const stubHeight = ({ unimportant }: NodeReport, open: boolean): number => STUB + (open ? LINE * (1 + Math.min(unimportant.length, MOST_LISTED + 1)) + 4 : 0)

/** The unimportant inputs under a card: one line, or a list. Beside the card and not in it, since both are pressed. */
export function drawStub(card: Card, [x, y]: Point, { hypothesis, style, listed, places }: Drawing): Markup | null {
  if (card.kind !== 'node' || style === 'brief' || card.node.unimportant.length === 0) return null
  const { node, id } = card
  const [width, height] = cardSize(card, { style, listed })
  const inside = width - 2 * PAD
  const open = listed.has(id)
  const inputs = unimportantOf(node, places)
  const shown = inputs.slice(0, inputs.length > MOST_LISTED ? MOST_LISTED : undefined)
  const left = inputs.length - shown.length
  const brief = [plural(inputs.length, 'unimportant input'), `${inputs.length} unimportant`]
  const text = open ? brief : [`unimportant: ${node.unimportant.join(', ')}`, stubText(inputs.length, hypothesis.unimportant), ...brief]
  const datum = instead(inputs.length, hypothesis.unimportant)
  const line = (index: number): number => 19 + LINE * index
  return h(
    'g',
    { class: 'stub', transform: `translate(${Math.round(x - width / 2 + PAD)},${Math.round(y - height / 2 + NODE_HEIGHT)})`, role: 'button', tabindex: -1, 'data-stub': id, 'aria-expanded': String(open) },
    h('title', {}, `${stubText(inputs.length, hypothesis.unimportant)} of ${node.name}\n${unimportantText(node, places)}`),
    h('line', { class: 'link', x1: 12, x2: 12, y1: 0, y2: 6 }),
    h('rect', { class: 'box dashed', x: 0, y: 6, width: inside, height: stubHeight(node, open), rx: 3 }),
    h('text', { class: 'label muted', x: 6, y: 19 }, `${open ? '▾' : '▸'} ${shortest(text, inside - 28)}`),
    open && [
      h('text', { class: 'label muted', x: 18, y: line(1) }, shortest([`${inputs.length === 1 ? 'gets' : 'get'} ${datum}`, datum], inside - 24)),
      shown.map(({ name, part }, index) => {
        const short = fit(part, inside / 2, 11)
        const room = part === '' ? 0 : textWidth(short, 11) + 8
        return [
          h('text', { class: 'mono', x: 18, y: line(index + 2) }, fit(name, inside - 24 - room, 11, 'mono')),
          part !== '' && h('text', { class: 'label muted', x: inside - 6, y: line(index + 2), 'text-anchor': 'end' }, short),
        ]
      }),
      left > 0 && h('text', { class: 'label muted', x: 18, y: line(shown.length + 2) }, `${count(left)} more: in the table`),
    ],
  )
}

/** The first that fits. */
const shortest = (texts: readonly string[], width: number): string => texts.find((text) => textWidth(text, 11) <= width) ?? fit(texts.at(-1)!, width, 11)

/** Sizes of the classes side by side, largest first; those too small to see become one hatched rest. */
function classStrip({ sizes, classes }: NodeReport, x: number, y: number, width: number): Child {
  const data = sum(sizes)
  if (data === 0 || classes <= 1) return h('rect', { class: 'class only', x, y, width, height: 7 })
  const cells: Child[] = []
  let used = 0
  for (const size of sizes) {
    const wide = (size / data) * width
    if (wide < 2 || classes > sizes.length) break
    cells.push(h('rect', { class: 'class', x: x + used, y, width: wide - 1, height: 7 }))
    used += wide
  }
  if (width - used > 0.5) cells.push(h('rect', { class: 'class many', x: x + used, y, width: width - used, height: 7 }))
  return cells
}

function costBar({ cost }: NodeReport, largest: number, queued: boolean, x: number, y: number, width: number): Child {
  if (!cost || cost.value === null) return h('text', { class: 'label muted', x, y: y + 12 }, cost ? 'cost not defined' : queued ? 'cost: queued' : 'cost not computed')
  const label = signedPercent(cost)
  const bar = Math.max(20, width - textWidth(label, 11) - 14)
  const negative = (cost.low ?? cost.value) < 0 && cost.value < 0
  // Costs are seldom below zero; where one is, its bar starts from the middle.
  const scale = scaleLinear(negative ? [-largest, largest] : [0, largest || 1], [x, x + bar]).clamp(true)
  const [zero, value, low, high] = [scale(0), scale(cost.value), scale(cost.low ?? cost.value), scale(cost.high ?? cost.value)]
  return [
    h('line', { class: 'rule', x1: zero, x2: zero, y1: y, y2: y + 14 }),
    h('rect', { class: 'cost', x: Math.min(zero, value), y: y + 3, width: Math.abs(value - zero), height: 8 }),
    h('line', { class: 'whisker', x1: low, x2: high, y1: y + 7, y2: y + 7 }),
    h('text', { class: 'number small', x: x + width, y: y + 11, 'text-anchor': 'end' }, label),
  ]
}

/** One cell per member, tinted by cost, with the dearest one in words. */
function familyCard(family: string, members: readonly NodeReport[], { largest, queued }: Drawing, width: number, height: number): Child {
  const inside = width - 2 * PAD
  const perRow = Math.min(members.length, 14)
  const rows = Math.min(2, Math.ceil(members.length / perRow))
  const cell = inside / perRow
  const dearest = members.reduce((best, one) => (Math.abs(one.cost?.value ?? 0) > Math.abs(best.cost?.value ?? 0) ? one : best))
  const shownCells = members.slice(0, perRow * rows)
  return [
    h('title', {}, `${family}: ${plural(members.length, 'node')}\n${dearest.name} costs most: ${dearest.cost ? signedPercent(dearest.cost) : 'not computed'}\nEnter opens it`),
    h('rect', { class: 'box behind', x: 4, y: 4, width: width, height, rx: 4 }),
    h('rect', { class: 'box', width: width, height, rx: 4 }),
    h('text', { class: 'title', x: PAD, y: 18 }, fit(`${family}[…]`, inside - 60, 13)),
    h('text', { class: 'label muted', x: width - PAD, y: 18, 'text-anchor': 'end' }, `▸ ${plural(members.length, 'node')}`),
    shownCells.map((member, index) => h('rect', { class: `cell tint-${tint(member.cost, largest)}`, x: PAD + (index % perRow) * cell, y: 28 + Math.floor(index / perRow) * 14, width: cell - 1.5, height: 12 })),
    h('text', { class: 'label muted', x: PAD, y: 74 }, fit(dearest.cost?.value ? `dearest ${dearest.name}: ${share(dearest.cost.value)}` : members.length > shownCells.length ? `${members.length - shownCells.length} more` : queued ? 'costs: queued' : 'costs not computed', inside, 11)),
  ]
}
