/** Samples, the worst first, and the tree of data that one of them was drawn with: the figure by which the method is explained. */
import { schemeTableau10 } from 'd3-scale-chromatic'
import type { HypothesisReport, SampleReport } from '../../../server/src/protocol/report.ts'
import { brief, runs } from '../datum.ts'
import { table, twin, type Size } from '../figure.ts'
import { h, type Child, type Markup } from '../markup.ts'
import { significant } from '../numbers.ts'
import { fit } from '../text.ts'

/** Rows of the list; the table twin holds all. */
const LISTED = 12
/** Branches drawn; a treeified hypothesis may have thousands. */
const MOST_BRANCHES = 200

export function samples(hypothesis: HypothesisReport, chosen: number | undefined, { width }: Size): Markup {
  const { sampled, texts } = hypothesis
  if (sampled.length === 0) return h('p', { class: 'empty' }, 'This report keeps no samples.')
  const sample = sampled[chosen ?? 0] ?? sampled[0]!
  const keyed = sampled.map((one, index) => ({ ...one, index }))
  const kinds = (['worst', 'best', 'random'] as const).flatMap((kind) => keyed.filter((one) => one.kind === kind).slice(0, kind === 'worst' ? LISTED - 4 : 2))
  const text = (row: number) => texts[row] ?? `row ${row}`
  const columns = (wide: number) => [
    { head: 'sample', cell: (one: Keyed) => `${one.kind} ${one.sample}` },
    { head: 'reference', cell: (one: Keyed) => h('code', {}, fit(brief(text(one.reference)), wide, 12, 'mono')) },
    { head: 'model', cell: (one: Keyed) => significant(one.model, 3), numeric: true },
    { head: 'scrubbed', cell: (one: Keyed) => significant(one.scrubbed, 3), numeric: true },
    { head: 'change', cell: (one: Keyed) => signed(one.scrubbed - one.model), numeric: true },
  ]
  const key = ({ index }: Keyed) => ({ 'data-sample': String(index) })
  return h(
    'div',
    {},
    table('Worst, best and random samples', kinds, columns(width < 640 ? 140 : 420), key),
    h('h3', {}, `${sample.kind} sample ${sample.sample}: what was swapped in`),
    drawTree(hypothesis, sample),
    h('p', { class: 'note' }, 'On every branch the datum that was drawn, the value of the feature that it must share with the datum of its node above, and underlined what differs from the reference. The same mark is the same datum.'),
    twin(`All ${sampled.length} samples as a table`, table('Samples', keyed, columns(420), key)),
    twin('Draws as a table', table(`Draws of sample ${sample.sample}`, Object.entries(sample.draws), [
      { head: 'path', cell: ([path]) => path },
      { head: 'row', cell: ([, row]) => row, numeric: true },
      { head: 'value', cell: ([path]) => sample.values[path] ?? '' },
      { head: 'datum', cell: ([, row]) => h('code', {}, text(row)) },
    ])),
  )
}

type Keyed = SampleReport & { readonly index: number }

const signed = (value: number): string => (value > 0 ? `+${significant(value, 3)}` : significant(value, 3))

interface Branch {
  readonly path: string
  readonly row: number
  readonly below: Branch[]
}

function drawTree({ texts, nodes }: HypothesisReport, sample: SampleReport): Markup {
  const marks = marksOf(sample)
  const text = (row: number) => texts[row] ?? `row ${row}`
  const features = new Map(nodes.map(({ name, feature }) => [name, feature]))
  const item = ({ path, row, below }: Branch): Child => {
    const name = path.slice(path.lastIndexOf('/') + 1)
    const unimportant = path.split('/').includes('~')
    const feature = features.get(name)
    const value = sample.values[path]
    return h(
      'li',
      {},
      h(
        'div',
        { class: `draw${unimportant ? ' unimportant' : ''}`, ...(unimportant || !features.has(name) ? {} : { 'data-node': name }) },
        mark(marks.get(row)),
        h('strong', {}, unimportant ? (name === '~' ? 'unimportant inputs' : `unimportant: ${name}`) : name),
        ' ',
        feature !== undefined && !unimportant && h('span', { class: 'note' }, feature === 'exact' ? 'exact: the same value' : value === undefined ? feature : [h('code', {}, feature), ' = ', h('code', { class: 'kept' }, value)]),
        h('br'),
        h('code', {}, changed(text(row), text(sample.reference))),
        h('span', { class: 'note' }, ` row ${row}`),
      ),
      below.length > 0 && h('ul', {}, below.map(item)),
    )
  }
  const { roots, left } = branches(sample)
  return h(
    'div',
    {},
    h('div', { class: 'draw reference' }, mark(marks.get(sample.reference)), h('strong', {}, 'reference'), h('br'), h('code', {}, brief(text(sample.reference))), h('span', { class: 'note' }, ` row ${sample.reference} · model ${significant(sample.model, 3)} · scrubbed ${significant(sample.scrubbed, 3)}`)),
    h('ul', { class: 'draws' }, roots.map(item)),
    left > 0 && h('p', { class: 'note' }, `${left} more branches: in the table.`),
  )
}

/** The paths as a tree; `left` counts those beyond what is drawn. */
function branches({ draws }: SampleReport): { roots: Branch[]; left: number } {
  const paths = Object.keys(draws)
  const byPath = new Map<string, Branch>()
  const roots: Branch[] = []
  for (const path of paths.toSorted((a, b) => a.split('/').length - b.split('/').length).slice(0, MOST_BRANCHES)) {
    const branch = { path, row: draws[path]!, below: [] }
    byPath.set(path, branch)
    // `out/~/TENSOR` hangs from `out`, and tensors have slashes in their names.
    const above = ancestors(path).find((one) => byPath.has(one))
    ;(above === undefined ? roots : byPath.get(above)!.below).push(branch)
  }
  return { roots, left: Math.max(0, paths.length - MOST_BRANCHES) }
}

const ancestors = (path: string): string[] => {
  const parts = path.split('/')
  return parts.slice(1).map((_, index) => parts.slice(0, parts.length - 1 - index).join('/'))
}

const SHAPES = ['M0,-5L5,5L-5,5Z', 'M-4.5,-4.5H4.5V4.5H-4.5Z', 'M0,-6L6,0L0,6L-6,0Z', 'M-5,0A5,5 0 1,0 5,0A5,5 0 1,0 -5,0Z', 'M-2,-6H2V-2H6V2H2V6H-2V2H-6V-2H-2Z']

/** A colour and a shape for every datum that stands in more than one place; the reference has the first. */
function marksOf({ reference, draws }: SampleReport): Map<number, number> {
  const often = new Map<number, number>()
  for (const row of [reference, ...Object.values(draws)]) often.set(row, (often.get(row) ?? 0) + 1)
  return new Map([...often.keys()].filter((row) => row === reference || often.get(row)! > 1).map((row, index) => [row, index]))
}

function mark(index: number | undefined): Child {
  if (index === undefined) return null
  const shape = SHAPES[index % SHAPES.length]!
  return [h('svg', { class: 'swatch', width: 14, height: 14, viewBox: '-7 -7 14 14', 'aria-hidden': 'true' }, h('path', { d: shape, fill: schemeTableau10[index % 10], class: 'swatch-shape' })), ' ']
}

/** A datum with what differs from the reference underlined. */
const changed = (text: string, reference: string): Child => runs(text, reference).map((run) => (run.differs ? h('span', { class: 'changed' }, run.text) : run.text))
