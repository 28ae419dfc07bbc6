/** The tree of data of one sample as a picture, to be exported: the page has it as a list, which wraps and is read aloud. */
import type { HypothesisReport, SampleReport } from '../../../server/src/protocol/report.ts'
import { brief, runs } from '../datum.ts'
import { picture, type Size } from '../figure.ts'
import { h, type Child, type Markup } from '../markup.ts'
import { significant } from '../numbers.ts'
import { fit, textWidth } from '../text.ts'
import { branches, marksOf, said, swatch, type Branch } from './draws.ts'
import { own } from '../own.ts'

const LINE = 40
const INDENT = 22
const LEFT = 24

export function drawTreePicture({ name: hypothesis, texts, nodes }: HypothesisReport, sample: SampleReport, { width }: Size): Markup {
  const marks = marksOf(sample)
  const features = new Map(nodes.map(({ name, feature }) => [name, feature]))
  const text = (row: number): string => texts[row] ?? `row ${row}`
  const reference = text(sample.reference)
  const { roots, left } = branches(sample)
  const rows: Child[] = []
  const line = (depth: number, mark: number | undefined, title: string, note: string, datum: Child, from: number | undefined): number => {
    const [x, y] = [LEFT + depth * INDENT, 20 + rows.length * LINE]
    rows.push(h('g', {},
      from !== undefined && h('path', { class: 'link', d: `M${x - INDENT},${from + 24}V${y - 4}H${x - 8}` }),
      mark !== undefined && h('g', { transform: `translate(${x},${y - 4})` }, swatch(mark)),
      h('text', { class: 'title', x: x + 12, y }, fit(title, width / 2, 13)),
      h('text', { class: 'label muted', x: x + 20 + Math.min(width / 2, textWidth(title, 13) * 1.06), y }, note),
      h('text', { class: 'mono', x: x + 12, y: y + 16 }, datum),
    ))
    return y
  }
  const below = (depth: number, of: readonly Branch[], from: number): void => {
    for (const branch of of) {
      const { name, title, unimportant } = said(branch)
      const feature = unimportant ? undefined : features.get(name)
      const value = own(sample.values, branch.path)
      const note = feature === undefined ? '' : feature === 'exact' ? 'exact: the same value' : value === undefined ? feature : `${feature} = ${value}`
      const room = width - LEFT - depth * INDENT - 100
      const y = line(depth, marks.get(branch.row), title, fit(note, room - textWidth(title, 13), 11), [datum(text(branch.row), reference, room), h('tspan', { class: 'muted' }, ` row ${branch.row}`)], from)
      below(depth + 1, branch.below, y)
    }
  }
  const top = line(0, marks.get(sample.reference), 'reference', `row ${sample.reference} · model ${significant(sample.model, 3)} · scrubbed ${significant(sample.scrubbed, 3)}`, fit(brief(reference), width - LEFT - 20, 11, 'mono'), undefined)
  below(1, roots, top)
  const height = rows.length * LINE + (left > 0 ? 28 : 8)
  return picture('tree', width, height, `the data that ${sample.kind} sample ${sample.sample} of ${hypothesis} was drawn with`, rows, left > 0 && h('text', { class: 'label muted', x: LEFT, y: height - 8 }, `${left} more branches`))
}

/** A datum with what differs from the reference underlined, cut where there is no more room. */
function datum(text: string, reference: string, width: number): Child {
  let left = Math.floor(width / textWidth('x', 11, 'mono'))
  return runs(text, reference).map((run) => {
    if (left <= 0) return null
    const characters = [...run.text]
    const shown = characters.length > left ? `${characters.slice(0, left).join('')}…` : run.text
    left -= characters.length
    return run.differs ? h('tspan', { 'text-decoration': 'underline' }, shown) : h('tspan', {}, shown)
  })
}
