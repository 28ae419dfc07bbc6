/** The graph of a hypothesis: output on top, inputs at the bottom, cards tinted by cost. */
import { curveMonotoneY, line } from 'd3-shape'
import type { HypothesisReport, NodeReport } from '../../../server/src/protocol/report.ts'
import { table, twin, type Column, type Size } from '../figure.ts'
import { briefWords, drawCard, drawStub, type Outline } from '../graph/card.ts'
import type { Link } from '../graph/cards.ts'
import { MOST_BRANCHES, planned, type Plan, type View } from '../graph/plan.ts'
import type { Placed, Point } from '../graph/placed.ts'
import { placesOf, stubText, unimportantText } from '../graph/unimportant.ts'
import { h, visible, type Child, type Markup } from '../markup.ts'
import { count, plural, share, signedPercent } from '../numbers.ts'
import { largestCost, TINTS } from '../scales.ts'
import { fit, textWidth } from '../text.ts'
import { drawModel } from './model-layer.ts'

/** Around the cards. */
export const MARGIN = 16
/** A graph taller than this is zoomed and panned. */
const TALLEST = 640

/** What a page that answers its reader does itself: it knows what was drawn where, and adds what can be read. */
export interface Live {
  readonly plan: (hypothesis: Outline, size: Size, view: View) => Plan
}

const curve = line<Point>(([x]) => x, ([, y]) => y).curve(curveMonotoneY)
/** The way of a link. */
export const way = (path: readonly Point[]): string => curve(path)!

export function graph(hypothesis: Outline, size: Size, view: View = {}, live?: Live): Markup {
  const { of: { cards, links }, placed, model, listed, drawing, branches } = (live?.plan ?? planned)(hypothesis, size, view)
  const { width } = size
  const brief = drawing.style === 'brief'
  const [w, tall] = [placed.width + 2 * MARGIN, placed.height + 2 * MARGIN]
  // Smaller than the page: as large as it is. Larger: it is fitted, and the page zooms.
  const scale = Math.min(1, width / w, TALLEST / (tall - listed))
  // A list that is opened leaves the rest as large as it was.
  const height = Math.max(160, tall * scale)
  const picture = h(
    'svg',
    { xmlns: 'http://www.w3.org/2000/svg', class: 'picture graph', width: Math.min(width, Math.max(w, 280)), height, viewBox: `0 0 ${Math.ceil(w)} ${Math.ceil(tall)}`, role: 'group', 'aria-label': `graph of ${visible(hypothesis.name)}: ${plural(hypothesis.nodes.length, 'node')}${drawing.tree ? `, every path its own branch` : ''}, the output on top; arrow keys walk along edges` },
    h(
      'g',
      { class: 'zoomed' },
      h(
        'g',
        { transform: `translate(${MARGIN},${MARGIN})` },
        model && drawModel(model),
        h('g', { class: 'links' }, brief ? drawTogether(links, placed.paths) : links.map((link, index) => drawLink(link, placed.paths[index]!))),
        h('g', { class: 'cards' }, cards.map((card) => drawCard(card, placed.at.get(card.id)!, drawing))),
        !brief && h('g', { class: 'stubs' }, cards.map((card) => drawStub(card, placed.at.get(card.id)!, drawing))),
        brief ? h('g', { class: 'words' }, !live && cards.map((card) => card.kind === 'node' && briefWords(card.node, placed.at.get(card.id)!))) : pills(links, placed.paths, placed.width).map(drawPill),
      ),
    ),
  )
  const tooMany = branches !== undefined && !drawing.tree
  return h('div', { class: 'canvas' }, tooMany && h('p', { class: 'note' }, `As a tree this would have ${branches > 1e9 ? 'more than a billion' : count(branches)} branches; up to ${count(MOST_BRANCHES)} are drawn. This is the graph.`), picture)
}

const drawLink = ({ through }: Link, path: readonly Point[]): Child =>
  h('path', { class: `link${through.length > 0 ? ' through' : ''}`, d: way(path) }, through.length > 0 && h('title', {}, `through ${through.join(', ')}`))

/** Many links as one path for each height at which they begin: few enough to be moved, small enough to be left out where they cannot be seen. */
function drawTogether(links: readonly Link[], paths: Placed['paths']): Child {
  const together = new Map<string, string[]>()
  for (const [index, { through }] of links.entries()) {
    const path = paths[index]!
    const key = `${through.length > 0 ? 'link through' : 'link'} ${Math.round(path[0]![1])}`
    if (!together.has(key)) together.set(key, [])
    together.get(key)!.push(`M${path.map((point) => point.map(Math.round).join()).join('L')}`)
  }
  return [...together].map(([key, ways]) => h('path', { class: key.slice(0, key.lastIndexOf(' ')), d: ways.join('') }))
}

interface Pill {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly text: string
  readonly all: string
}

const PILL = 18

/** The components that values pass on their way, each on its edge between the two layers; one for which there is no room is left to the tooltip of the edge and the table. */
function pills(links: readonly Link[], paths: Placed['paths'], right: number): Pill[] {
  const placed: Pill[] = []
  for (const [index, { through }] of links.entries()) {
    if (through.length === 0) continue
    const text = `through ${through.includes('any') ? 'any' : through.length > 2 ? plural(through.length, 'component') : through.join(', ')}`
    const width = Math.min(180, textWidth(text, 11) + 14)
    const [from, to] = betweenLayers(paths[index]!)
    const found = [0.5, 0.75, 0.25].map((part) => ({
      x: Math.max(0, Math.min(right - width, from[0] + (to[0] - from[0]) * part - width / 2)),
      y: from[1] + (to[1] - from[1]) * part - PILL / 2,
    })).find(({ x, y }) => placed.every((other) => x + width < other.x || other.x + other.width < x || Math.abs(y - other.y) > PILL))
    if (found) placed.push({ ...found, width, text, all: `through ${through.join(', ')}` })
  }
  return placed
}

/** The part of a way that leads from its first layer to the next. Before it one may run straight down beside a higher card, and then the number of points is odd. */
const betweenLayers = (path: readonly Point[]): readonly [Point, Point] => [path[path.length % 2]!, path[(path.length % 2) + 1]!]

const drawPill = ({ x, y, width, text, all }: Pill): Markup =>
  h('g', { class: 'pill', transform: `translate(${Math.round(x)},${Math.round(y)})` }, h('title', {}, all), h('rect', { class: 'box', width, height: PILL, rx: 9 }), h('text', { class: 'label', x: width / 2, y: 12.5, 'text-anchor': 'middle' }, fit(text, width - 10, 11)))

/** What the tints mean. */
export function costLegend(hypothesis: HypothesisReport, running = false): Markup {
  const largest = largestCost(hypothesis.nodes)
  if (largest === 0 && running) return h('p', { class: 'note' }, 'What each node costs is computed after the samples.')
  if (largest === 0) return h('p', { class: 'note' }, hypothesis.nodes.some(({ cost }) => cost) ? 'No node costs anything here.' : 'Costs were not computed.')
  const step = 26
  return h(
    'p',
    { class: 'note legend' },
    'cost: 0\u00a0% ',
    h('svg', { width: step * (TINTS + 1), height: 12, role: 'img', 'aria-label': 'the darker, the dearer' }, Array.from({ length: TINTS + 1 }, (_, index) => h('rect', { class: `cell tint-${index}`, x: index * step, y: 0, width: step - 2, height: 12 }))),
    ` ${share(largest)} of what is recovered when the node's claim is switched off; not tinted where the interval holds zero. The strip shows the sizes of the equivalence classes.`,
  )
}

/** Rows of the table that a page holds from the beginning; of more it holds none until the table is opened. */
const ROWS = 200
/** Rows that are added at a time. */
const MORE_ROWS = 500

/** Every node, also those that a folded picture leaves out. */
export function nodesTable(hypothesis: HypothesisReport, live?: Live): Markup {
  const { nodes } = hypothesis
  return twin(`All ${plural(nodes.length, 'node')} as a table`, live && nodes.length > ROWS ? h('div', { class: 'rows' }) : nodeRows(hypothesis, nodes))
}

/** The next rows of the table after the first `from`, and a button for those that are left. */
export function moreNodes(hypothesis: HypothesisReport, from: number): Markup {
  const { nodes } = hypothesis
  const shown = nodes.slice(from, from + MORE_ROWS)
  const left = nodes.length - from - shown.length
  return h('div', { class: 'rows' }, nodeRows(hypothesis, shown), left > 0 && h('button', { type: 'button', class: 'tool', 'data-more': true }, `Show ${count(Math.min(left, MORE_ROWS))} more of ${plural(nodes.length, 'node')}`))
}

const nodeRows = (hypothesis: HypothesisReport, nodes: readonly NodeReport[]): Markup => table(`Nodes of ${hypothesis.name}`, nodes, columns(hypothesis), ({ name }) => ({ 'data-node': name }))

const columns = (hypothesis: HypothesisReport, places = placesOf(hypothesis)): Column<NodeReport>[] => [
  { head: 'node', cell: ({ name }) => name },
  { head: 'cost', cell: ({ cost }) => (cost ? signedPercent(cost) : ''), numeric: true },
  { head: 'feature', cell: ({ feature }) => h('code', {}, feature) },
  { head: 'place', cell: ({ place }) => h('code', {}, place) },
  { head: 'shape', cell: ({ shape }) => shape },
  { head: 'reads', cell: ({ edges, parents }) => (edges.length > 0 ? edges.map(({ parent, through }) => (through.length > 0 ? `${parent} through ${through.join(', ')}` : parent)) : parents).join('; ') },
  { head: 'unimportant', cell: (node) => (node.unimportant.length > 0 ? `${stubText(node.unimportant.length, hypothesis.unimportant)}: ${unimportantText(node, places)}` : '') },
  { head: 'branches', cell: ({ branches }) => count(branches), numeric: true },
  { head: 'classes', cell: ({ classes }) => count(classes), numeric: true },
  { head: 'swapped', cell: ({ swapRate }) => (swapRate === null ? '' : share(swapRate)), numeric: true },
]
