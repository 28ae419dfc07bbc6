/** The graph of a hypothesis: output on top, inputs at the bottom, cards tinted by cost. */
import { curveMonotoneY, line } from 'd3-shape'
import type { HypothesisReport, NodeReport } from '../../../server/src/protocol/report.ts'
import { table, twin, type Size } from '../figure.ts'
import { cardSize, drawCard, stubText } from '../graph/card.ts'
import { cardsOf, type Link } from '../graph/cards.ts'
import { layout, type Placed } from '../graph/layout.ts'
import { h, visible, type Child, type Markup } from '../markup.ts'
import { count, plural, share, signedPercent } from '../numbers.ts'
import { largestCost, TINTS } from '../scales.ts'
import { fit, textWidth } from '../text.ts'

const MARGIN = 16
/** Beyond this the cards say only name and cost: nobody reads more of so many, and the page stays quick. */
const MOST_DETAILED = 300
/** A graph taller than this is zoomed and panned. */
const TALLEST = 640

const curve = line<readonly [number, number]>(([x]) => x, ([, y]) => y).curve(curveMonotoneY)

export function graph(hypothesis: HypothesisReport, { width }: Size, open: ReadonlySet<string> = new Set()): Markup {
  const { cards, links } = cardsOf(hypothesis, open)
  const style = cards.length > MOST_DETAILED ? 'brief' : width < 640 ? 'narrow' : 'wide'
  const byId = new Map(cards.map((card) => [card.id, card]))
  const placed = layout({ cards, links }, (id) => cardSize(byId.get(id)!, style))
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
        cards.map((card) => drawCard(card, placed.at.get(card.id)!, { hypothesis, largest, style })),
        pills(links, placed.paths, placed.width).map(drawPill),
      ),
    ),
  )
}

const drawLink = (link: Link, path: readonly (readonly [number, number])[]): Child =>
  h('path', { class: `link${link.through.length > 0 ? ' through' : ''}`, d: curve(path), 'data-child': link.child, 'data-parent': link.parent }, link.through.length > 0 && h('title', {}, `through ${link.through.join(', ')}`))

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
    const [from, to] = [paths[index]![0]!, paths[index]![1]!]
    const found = [0.5, 0.75, 0.25].map((part) => ({
      x: Math.max(0, Math.min(right - width, from[0] + (to[0] - from[0]) * part - width / 2)),
      y: from[1] + (to[1] - from[1]) * part - PILL / 2,
    })).find(({ x, y }) => placed.every((other) => x + width < other.x || other.x + other.width < x || Math.abs(y - other.y) > PILL))
    if (found) placed.push({ ...found, width, text, all: `through ${through.join(', ')}` })
  }
  return placed
}

const drawPill = ({ x, y, width, text, all }: Pill): Markup =>
  h('g', { class: 'pill', transform: `translate(${Math.round(x)},${Math.round(y)})` }, h('title', {}, all), h('rect', { class: 'box', width, height: PILL, rx: 9 }), h('text', { class: 'label', x: width / 2, y: 12.5, 'text-anchor': 'middle' }, fit(text, width - 10, 11)))

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

