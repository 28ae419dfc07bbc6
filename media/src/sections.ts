/** The page: every view of one hypothesis, below one another. Pure, so that Node writes it and the browser renews it. */
import type { ComponentReport, HypothesisReport, Report, Structure } from '../../server/src/protocol/report.ts'
import type { Size } from './figure.ts'
import { h, type Child, type Markup } from './markup.ts'
import type { Earlier } from './messages.ts'
import { percent } from './numbers.ts'
import { classes } from './views/classes.ts'
import { comparison, type Compared } from './views/comparison.ts'
import { costLegend, graph, nodesTable, type Live } from './views/graph.ts'
import { header } from './views/header.ts'
import { hypotheses } from './views/hypotheses.ts'
import { losses } from './views/losses.ts'
import { componentsTable } from './views/model-layer.ts'
import { samples } from './views/samples.ts'

/** What is chosen: the views are linked by it. */
export interface Choice {
  readonly hypothesis: string
  readonly node?: string
  /** Value of a class of the node. */
  readonly klass?: string
  /** Index into `sampled`. */
  readonly sample?: number
  /** Families that are shown member by member. */
  readonly open?: ReadonlySet<string>
  /** Cards of the graph, by id, whose unimportant inputs are listed. */
  readonly listed?: ReadonlySet<string>
  /** The graph as a tree: every path its own branch. */
  readonly tree?: boolean
  /** The model's components behind the graph. */
  readonly model?: boolean
}

/** What an editor knows besides the report. */
export interface Beside {
  /** Earlier runs of the hypothesis. */
  readonly history?: readonly Earlier[]
  readonly compare?: Compared
  /** Costs that are not known will be. */
  readonly running?: boolean
  /** There is somebody who keeps the results on disk. */
  readonly attached?: boolean
}

export interface Section {
  readonly id: string
  readonly title: string
  /** What of the choice it depends on: the page draws it anew only where this changes. */
  readonly key: string
  /** Buttons beside its title. */
  readonly tools?: Child
  readonly body: () => Markup
}

/** The hypothesis that is shown: the chosen one, or the first. */
export const chosen = (report: Report, name: string | undefined): HypothesisReport | undefined => report.hypotheses.find((one) => one.name === name) ?? report.hypotheses[0]

/** `live` is given by a page that answers its reader. */
export function sections(report: Report, choice: Choice, size: Size, { history = [], compare, running = false, attached = false }: Beside = {}, live?: Live): Section[] {
  const hypothesis = chosen(report, choice.hypothesis)
  if (!hypothesis) return [{ id: 'header', title: 'Nothing yet', key: '', body: () => h('p', { class: 'empty' }, 'This report holds no hypothesis. Evaluate one and open its report.') }]
  const { open = new Set<string>(), listed = new Set<string>(), tree = false } = choice
  const components = shownOf(report.model, choice)
  const part = (id: string, title: string, body: () => Markup, ...of: unknown[]): Section => ({ id, title, key: JSON.stringify([hypothesis.name, size.width, ...of]), body })
  return [
    { ...part('header', hypothesis.name, () => header(report, hypothesis, size)), tools: attached && h('button', { type: 'button', class: 'tool', 'data-act': 'python', title: 'Copy lines that read these results into pandas' }, 'Copy as Python') },
    ...(compare ? [part('comparison', 'Comparison', () => comparison(report, hypothesis, compare, size), compare.label)] : []),
    { ...part('graph', 'Graph', () => h('div', {}, graph(hypothesis, size, { open, listed, tree, components, queued: running }, live), folds(open), costLegend(hypothesis, running), nodesTable(hypothesis, live), components.length > 0 && componentsTable(components, hypothesis)), [...open], [...listed], tree, components.length, running), tools: graphTools(report.model, choice) },
    part('hypotheses', 'Hypotheses', () => hypotheses(report, hypothesis.name, size, history), history.map(({ time }) => time)),
    part('losses', 'Losses', () => losses(report, hypothesis, size, choice.node, choice.klass, choice.sample), choice.node, choice.klass, choice.sample),
    part('samples', 'Samples', () => samples(hypothesis, choice, size), choice.sample, choice.klass === undefined ? undefined : [choice.node, choice.klass]),
    part('classes', 'Classes', () => classes(hypothesis, choice.node, size, choice.klass), choice.node, choice.klass),
  ]
}

/** What is known of a hypothesis before it is evaluated: its graph. */
export function outline(name: string, structure: Structure, choice: Choice, size: Size, live?: Live): Section[] {
  const { open = new Set<string>(), listed = new Set<string>(), tree = false } = choice
  const components = shownOf(structure, choice)
  const hypothesis = { ...structure, name }
  return [
    { id: 'header', title: name, key: name, body: () => h('p', { class: 'note' }, 'No numbers yet: activations are being computed. Classes are those of the features on the data.') },
    { id: 'graph', title: 'Graph', key: JSON.stringify([name, size.width, 'structure', [...open], [...listed], tree, components.length]), tools: graphTools(structure, choice), body: () => h('div', {}, graph(hypothesis, size, { open, listed, tree, components, queued: true }, live), folds(open)) },
  ]
}

/** The components that are drawn behind the graph. */
const shownOf = ({ components = [] }: Pick<Structure, 'components'>, { model = false }: Choice): readonly ComponentReport[] => (model ? components : [])

/** Families that are shown member by member can be one card again. */
const folds = (open: ReadonlySet<string>): Child =>
  open.size > 0 && h('p', { class: 'note tools' }, [...open].map((family) => h('button', { type: 'button', class: 'tool', 'data-fold': family }, `Fold ${family}`)))

/** One section with its heading. The header's heading is the menu of hypotheses. */
export function sectionMarkup(report: Report | null, { id, title, tools, body }: Section): Markup {
  return h('section', { id, 'aria-labelledby': `${id}-title` }, id === 'header' ? heading(report, title, tools) : h('div', { class: 'bar' }, h('h2', { id: `${id}-title` }, title), h('span', { class: 'tools' }, tools, report && exportButtons(id))), h('div', { class: 'body', id: `${id}-body` }, body()))
}

function heading(report: Report | null, title: string, tools: Child): Markup {
  const all = report?.hypotheses ?? []
  return h(
    'div',
    { class: 'bar' },
    h('h1', { id: 'header-title' }, title),
    h('span', { class: 'tools' }, tools, all.length > 1 && h('select', { id: 'choose', 'aria-label': 'Hypothesis' }, all.map((each) => h('option', { value: each.name, selected: each.name === title }, `${each.name} (${percent(each.recovered)})`)))),
  )
}

const EXPORTS = ['SVG', 'PNG', 'CSV', 'JSON']

const exportButtons = (id: string): Child =>
  EXPORTS.map((kind) => h('button', { type: 'button', class: 'tool', 'data-export': kind.toLowerCase(), 'data-view': id, 'aria-label': `Export ${id} as ${kind}` }, kind))

const graphTools = ({ components = [] }: Pick<Structure, 'components'>, { tree = false, model = false }: Choice): Child => [
  components.length > 0 && h('button', { type: 'button', class: 'tool', 'data-model': true, 'aria-pressed': String(model), title: 'The components of the model behind the graph' }, 'Model'),
  h('button', { type: 'button', class: 'tool', 'data-tree': true, 'aria-pressed': String(tree), title: 'Every path its own branch, with draws of its own' }, 'Tree'),
  h('input', { type: 'search', id: 'find', placeholder: 'find a node', 'aria-label': 'Find a node' }),
  h('button', { type: 'button', class: 'tool', 'data-zoom': 'in', 'aria-label': 'Zoom in' }, '+'),
  h('button', { type: 'button', class: 'tool', 'data-zoom': 'out', 'aria-label': 'Zoom out' }, '\u2212'),
  h('button', { type: 'button', class: 'tool', 'data-zoom': 'fit' }, 'Fit'),
]

export const navigation = (all: readonly Section[]): Markup => h('nav', { 'aria-label': 'Views' }, all.slice(1).map(({ id, title }) => h('a', { href: `#${id}` }, title)))

/** The whole content of `main`. */
export function pageMarkup(report: Report, choice: Choice, size: Size): Markup {
  const all = sections(report, choice, size)
  return {
    markup: [
      navigation(all),
      ...all.map((section) => sectionMarkup(report, section)),
    ].map(({ markup }) => markup).join('\n'),
  }
}
