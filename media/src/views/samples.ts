/** Samples, the worst first, and the tree of data that one of them was drawn with: the figure by which the method is explained. */
import type { HypothesisReport, SampleReport } from '../../../server/src/protocol/report.ts'
import { brief, runs } from '../datum.ts'
import { table, twin, type Size } from '../figure.ts'
import { h, type Child, type Markup } from '../markup.ts'
import { significant } from '../numbers.ts'
import { fit } from '../text.ts'
import { branches, marksOf, said, swatch, type Branch } from './draws.ts'
import { own } from '../own.ts'

/** Rows of the list; the table twin holds all. */
const LISTED = 12

/** What of the samples is looked at. */
export interface SampleChoice {
  /** Index into `sampled`. */
  readonly sample?: number
  /** Only samples whose reference lies in the class of this node that has the value `klass`. */
  readonly node?: string
  readonly klass?: string
}

export function samples(hypothesis: HypothesisReport, { sample: chosen, node, klass }: SampleChoice, { width }: Size): Markup {
  const { sampled, texts } = hypothesis
  if (sampled.length === 0) return h('p', { class: 'empty' }, 'This report keeps no samples.')
  const within = node !== undefined && klass !== undefined && sampled.every(({ features }) => features)
  const keyed = sampled.map((one, index) => ({ ...one, index })).filter(({ features }) => !within || features![node] === klass)
  const chip = within && h('p', { class: 'note tools' }, 'Only samples whose reference has ', h('code', {}, `${node}: ${klass}`), h('button', { type: 'button', class: 'tool', 'data-act': 'all-classes' }, 'All samples'))
  if (keyed.length === 0) return h('div', {}, chip, h('p', { class: 'empty' }, 'None of the samples that the report keeps lies in this class.'))
  const sample = keyed.find(({ index }) => index === chosen) ?? keyed[0]!
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
    chip,
    table('Worst, best and random samples', kinds, columns(width < 640 ? 140 : 420), key),
    h('h3', {}, `${sample.kind} sample ${sample.sample}: what was swapped in`),
    drawTree(hypothesis, sample),
    h('p', { class: 'note' }, 'On every branch the datum that was drawn, the value of the feature that it must share with the datum of its node above, and underlined what differs from the reference. The same mark is the same datum.'),
    twin(`All ${keyed.length} samples as a table`, table('Samples', keyed, columns(420), key)),
    twin('Draws as a table', table(`Draws of sample ${sample.sample}`, Object.entries(sample.draws), [
      { head: 'path', cell: ([path]) => path },
      { head: 'row', cell: ([, row]) => row, numeric: true },
      { head: 'value', cell: ([path]) => own(sample.values, path) ?? '' },
      { head: 'datum', cell: ([, row]) => h('code', {}, text(row)) },
    ])),
  )
}

type Keyed = SampleReport & { readonly index: number }

const signed = (value: number): string => (value > 0 ? `+${significant(value, 3)}` : significant(value, 3))

function drawTree({ texts, nodes }: HypothesisReport, sample: SampleReport): Markup {
  const marks = marksOf(sample)
  const text = (row: number) => texts[row] ?? `row ${row}`
  const features = new Map(nodes.map(({ name, feature }) => [name, feature]))
  const item = (branch: Branch): Child => {
    const { path, row, below } = branch
    const { name, title, unimportant } = said(branch)
    const feature = features.get(name)
    const value = own(sample.values, path)
    return h(
      'li',
      {},
      h(
        'div',
        { class: `draw${unimportant ? ' unimportant' : ''}`, ...(unimportant || !features.has(name) ? {} : { 'data-node': name }) },
        mark(marks.get(row)),
        h('strong', {}, title),
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

function mark(index: number | undefined): Child {
  if (index === undefined) return null
  return [h('svg', { class: 'swatch', width: 14, height: 14, viewBox: '-7 -7 14 14', 'aria-hidden': 'true' }, swatch(index)), ' ']
}

/** A datum with what differs from the reference underlined. */
const changed = (text: string, reference: string): Child => runs(text, reference).map((run) => (run.differs ? h('span', { class: 'changed' }, run.text) : run.text))
