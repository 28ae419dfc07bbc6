/** The model's components behind the graph, faint, and the table that says the same. */
import type { ComponentReport, HypothesisReport } from '../../../server/src/protocol/report.ts'
import { table, twin } from '../figure.ts'
import { CELL_HEIGHT, claims, type Cell, type Claim, type Joint, type ModelLayer } from '../graph/model-layer.ts'
import { h, type Child, type Markup } from '../markup.ts'
import { count, plural } from '../numbers.ts'
import { fit } from '../text.ts'

function way({ from: [x, y], to: [a, b], side }: Joint): string {
  const [far, high] = [(a - x) / 2, Math.min(60, Math.abs(b - y) / 2)]
  const before = side === 'left' ? [a - far, b] : [a, side === 'top' ? b - high : b + high]
  return `M${[[x, y], [x + far, y], before, [a, b]].map((point) => point.map(Math.round).join()).join(' ').replace(' ', 'C')}`
}

/** Names in a sentence; the table of nodes tells the place of each. */
const MOST_NAMES = 12
/** More joints than this are a veil over the graph. */
const MOST_JOINTS = 400

const some = (names: readonly string[]): string => names.slice(0, MOST_NAMES).join(', ') + (names.length > MOST_NAMES ? ` and ${count(names.length - MOST_NAMES)} more` : '')

const role = ({ nodes, passed }: Claim): string =>
  [...(nodes.length > 0 ? [`where ${some(nodes)} ${nodes.length === 1 ? 'stands' : 'stand'}`] : []), ...(passed ? ['passed by values on their way'] : [])].join('; ') || 'in no claim'

export function drawModel({ cells, joints, stream, height }: ModelLayer): Markup {
  const rows = [...new Set(cells.map(({ at: [, y] }) => y))]
  const reach = (y: number): number => Math.max(...cells.filter(({ at }) => at[1] === y).map(({ at, width }) => at[0] + width / 2))
  return h(
    'g',
    { class: 'model-layer' },
    h('path', { class: 'stream', d: `M${stream},${height}V0${rows.map((y) => `M${stream},${Math.round(y)}H${Math.round(reach(y))}`).join('')}` }, h('title', {}, 'what every component reads and adds to')),
    joints.length <= MOST_JOINTS && h('path', { class: 'joint', d: joints.map(way).join('') }),
    cells.map(drawCell),
  )
}

function drawCell(cell: Cell): Child {
  const { name, at: [x, y], width, nodes, passed } = cell
  const kind = nodes.length > 0 ? 'mapped' : passed ? 'passed' : 'free'
  // Not `data-node`, by which the page finds the card that had the focus.
  const attributes = nodes.length > 0 ? { 'data-stands': nodes[0]! } : {}
  return h(
    'g',
    { class: `component ${kind}`, ...attributes },
    h('title', {}, `${name}: ${role(cell)}`),
    h('rect', { class: 'box', x: x - width / 2, y: y - CELL_HEIGHT / 2, width, height: CELL_HEIGHT, rx: 3 }),
    width > 24 && h('text', { class: 'mono', x, y: y + 4, 'text-anchor': 'middle' }, fit(name, width - 6, 11, 'mono')),
  )
}

/** Every component, from the output down, with what the hypothesis says of it. */
export function componentsTable(components: readonly ComponentReport[], { name, nodes }: Pick<HypothesisReport, 'name' | 'nodes'>): Markup {
  const claimOf = claims(nodes)
  return twin(`${plural(components.length, 'component')} of the model as a table`, table(`Components, for ${name}`, components.toReversed(), [
    { head: 'component', cell: (one) => one.name },
    { head: 'layer', cell: (one) => one.layer, numeric: true },
    { head: 'tensor', cell: (one) => h('code', {}, one.tensor) },
    { head: 'in the hypothesis', cell: (one) => role(claimOf(one)) },
  ]))
}
