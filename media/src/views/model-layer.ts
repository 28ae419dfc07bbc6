/** The model's components behind the graph, faint, and the table that says the same. */
import type { ComponentReport, HypothesisReport } from '../../../server/src/protocol/report.ts'
import { table, twin } from '../figure.ts'
import { CELL_HEIGHT, type Cell, type Joint, type ModelLayer } from '../graph/model-layer.ts'
import { h, type Child, type Markup } from '../markup.ts'
import { plural } from '../numbers.ts'
import { fit } from '../text.ts'

function way({ from: [x, y], to: [a, b], side }: Joint): string {
  const [far, high] = [(a - x) / 2, Math.min(60, Math.abs(b - y) / 2)]
  const before = side === 'left' ? [a - far, b] : [a, side === 'top' ? b - high : b + high]
  return `M${[[x, y], [x + far, y], before, [a, b]].map((point) => point.map(Math.round).join()).join(' ').replace(' ', 'C')}`
}

const role = (nodes: readonly string[], passed: boolean): string =>
  [...(nodes.length > 0 ? [`where ${nodes.join(', ')} ${nodes.length === 1 ? 'stands' : 'stand'}`] : []), ...(passed ? ['passed by values on their way'] : [])].join('; ') || 'in no claim'

export function drawModel({ cells, joints, stream, height }: ModelLayer): Markup {
  const rows = [...new Set(cells.map(({ at: [, y] }) => y))]
  const reach = (y: number): number => Math.max(...cells.filter(({ at }) => at[1] === y).map(({ at, width }) => at[0] + width / 2))
  return h(
    'g',
    { class: 'model-layer' },
    h('path', { class: 'stream', d: `M${stream},${height}V0${rows.map((y) => `M${stream},${Math.round(y)}H${Math.round(reach(y))}`).join('')}` }, h('title', {}, 'what every component reads and adds to')),
    joints.map((one) => h('path', { class: 'joint', d: way(one) })),
    cells.map(drawCell),
  )
}

function drawCell({ name, at: [x, y], width, nodes, passed }: Cell): Child {
  const kind = nodes.length > 0 ? 'mapped' : passed ? 'passed' : 'free'
  const attributes = nodes.length > 0 ? { 'data-node': nodes[0]! } : {}
  return h(
    'g',
    { class: `component ${kind}`, ...attributes },
    h('title', {}, `${name}: ${role(nodes, passed)}`),
    h('rect', { class: 'box', x: x - width / 2, y: y - CELL_HEIGHT / 2, width, height: CELL_HEIGHT, rx: 3 }),
    width > 24 && h('text', { class: 'mono', x, y: y + 4, 'text-anchor': 'middle' }, fit(name, width - 6, 11, 'mono')),
  )
}

/** Every component, from the output down, with what the hypothesis says of it. */
export function componentsTable(components: readonly ComponentReport[], { name, nodes }: Pick<HypothesisReport, 'name' | 'nodes'>): Markup {
  const through = new Set(nodes.flatMap(({ edges }) => edges.flatMap((edge) => edge.through)))
  const at = new Map<string, string[]>()
  for (const node of nodes) at.set(node.tensor, [...(at.get(node.tensor) ?? []), node.name])
  const says = (one: ComponentReport): string => role(at.get(one.tensor) ?? [], through.has(one.name) || through.has('any'))
  return twin(`${plural(components.length, 'component')} of the model as a table`, table(`Components, for ${name}`, components.toReversed(), [
    { head: 'component', cell: (one) => one.name },
    { head: 'layer', cell: (one) => one.layer, numeric: true },
    { head: 'tensor', cell: (one) => h('code', {}, one.tensor) },
    { head: 'in the hypothesis', cell: says },
  ]))
}
