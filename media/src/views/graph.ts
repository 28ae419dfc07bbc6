/** The graph of a hypothesis: output on top, inputs at the bottom, cards tinted by cost. */
import { curveMonotoneY, line } from 'd3-shape'
import type { HypothesisReport, NodeReport } from '../../../server/src/protocol/report.ts'
import { table, twin, type Size } from '../figure.ts'
import { cardSize, drawCard, stubText } from '../graph/card.ts'
import { cardsOf, type Link } from '../graph/cards.ts'
import { layout } from '../graph/layout.ts'
import { h, visible, type Child, type Markup } from '../markup.ts'
import { count, plural, share, signedPercent } from '../numbers.ts'
import { largestCost, TINTS } from '../scales.ts'
import { textWidth } from '../text.ts'

const MARGIN = 16
/** A graph taller than this is zoomed and panned. */
const TALLEST = 640

const curve = line<readonly [number, number]>(([x]) => x, ([, y]) => y).curve(curveMonotoneY)

export function graph(hypothesis: HypothesisReport, { width }: Size, open: ReadonlySet<string> = new Set()): Markup {
  const narrow = width < 640
  const { cards, links } = cardsOf(hypothesis, open)
  const byId = new Map(cards.map((card) => [card.id, card]))
  const placed = layout({ cards, links }, (id) => cardSize(byId.get(id)!, narrow))
  const largest = largestCost(hypothesis.nodes)
  const [w, tall] = [placed.width + 2 * MARGIN, placed.height + 2 * MARGIN]
  // Smaller than the page: as large as it is. Larger: it is fitted, and the page zooms.
  const scale = Math.min(1, width / w)
  const height = Math.max(160, Math.min(TALLEST, tall * scale))
  return h(
    'svg',
    { xmlns: 'http://www.w3.org/2000/svg', class: 'picture graph', width: Math.min(width, Math.max(w, 280)), height, viewBox: `0 0 ${Math.ceil(w)} ${Math.ceil(tall)}`, role: 'group', 'aria-label': `graph of ${visible(hypothesis.name)}: ${plural(hypothesis.nodes.length, 'node')}, the output on top; arrow keys walk along edges` },
    h(
      'g',
      { class: 'zoomed' },
      h(
        'g',
        { transform: `translate(${MARGIN},${MARGIN})` },
        links.map((link, index) => drawLink(link, placed.paths[index]!)),
        cards.map((card) => drawCard(card, placed.at.get(card.id)!, { hypothesis, largest, narrow })),
        links.map((link, index) => throughPill(link, placed.paths[index]!)),
      ),
    ),
  )
}

const drawLink = (link: Link, path: readonly (readonly [number, number])[]): Child =>
  h('path', { class: `link${link.through.length > 0 ? ' through' : ''}`, d: curve(path), 'data-child': link.child, 'data-parent': link.parent })

/** The components that the value passes on its way, on the edge. */
function throughPill({ through }: Link, path: readonly (readonly [number, number])[]): Child {
  if (through.length === 0) return null
  const all = through.includes('any')
  const text = all ? 'through any' : `through ${through.length > 2 ? plural(through.length, 'component') : through.join(', ')}`
  const [from, to] = [path[0]!, path.at(-1)!]
  const [x, y] = path.length > 2 ? path[Math.floor(path.length / 2)]! : [(from[0] + to[0]) / 2, (from[1] + to[1]) / 2]
  const width = Math.min(180, textWidth(text, 11) + 14)
  return h('g', { class: 'pill', transform: `translate(${Math.round(x - width / 2)},${Math.round(y - 9)})` }, h('title', {}, `through ${through.join(', ')}`), h('rect', { class: 'box', width, height: 18, rx: 9 }), h('text', { class: 'label', x: width / 2, y: 12.5, 'text-anchor': 'middle' }, text))
}

/** What the tints mean. */
export function costLegend(hypothesis: HypothesisReport): Markup {
  const largest = largestCost(hypothesis.nodes)
  if (largest === 0) return h('p', { class: 'note' }, 'No node costs anything here, or costs were not computed.')
  const step = 26
  return h(
    'p',
    { class: 'note legend' },
    'cost: 0\u00a0% ',
    h('svg', { width: step * (TINTS + 1), height: 12, role: 'img', 'aria-label': 'the darker, the dearer' }, Array.from({ length: TINTS + 1 }, (_, index) => h('rect', { class: `cell tint-${index}`, x: index * step, y: 0, width: step - 2, height: 12 }))),
    ` ${share(largest)} of what is recovered when the node's claim is switched off; not tinted where the interval holds zero. The strip shows the sizes of the equivalence classes.`,
  )
}

/** Every node, also those that a folded picture leaves out. */
export function nodesTable(hypothesis: HypothesisReport): Markup {
  return twin(`All ${plural(hypothesis.nodes.length, 'node')} as a table`, table(`Nodes of ${hypothesis.name}`, hypothesis.nodes, [
    { head: 'node', cell: ({ name }) => name },
    { head: 'cost', cell: ({ cost }) => (cost ? signedPercent(cost) : ''), numeric: true },
    { head: 'feature', cell: ({ feature }) => h('code', {}, feature) },
    { head: 'place', cell: ({ place }) => h('code', {}, place) },
    { head: 'shape', cell: ({ shape }) => shape },
    { head: 'reads', cell: ({ edges, parents }) => (edges.length > 0 ? edges.map(({ parent, through }) => (through.length > 0 ? `${parent} through ${through.join(', ')}` : parent)) : parents).join('; ') },
    { head: 'unimportant', cell: ({ unimportant }: NodeReport) => (unimportant.length > 0 ? h('span', { title: unimportant.join(', ') }, stubText(unimportant.length, hypothesis.unimportant)) : '') },
    { head: 'branches', cell: ({ branches }) => count(branches), numeric: true },
    { head: 'classes', cell: ({ classes }) => count(classes), numeric: true },
    { head: 'swapped', cell: ({ swapRate }) => (swapRate === null ? '' : share(swapRate)), numeric: true },
  ], ({ name }) => ({ 'data-node': name })))
}

