/** The one table of a sweep. */
import type { HypothesisReport } from '../protocol/report.ts'
import { count, mean, nullBand, recoveredColumn, UNDEFINED } from '../language/numbers.ts'
import type { Output } from './environment.ts'
import type { Setting } from './settings.ts'
import { shown } from './source.ts'
import type { SweepFile } from './sweep-file.ts'
import { alignedNumbers, table, type Column } from './table.ts'
import { harmless } from './text.ts'

/** A row for each hypothesis of each run; of a shard as in the table of the whole sweep. */
export function showSweep({ shard, runs }: SweepFile, folder: string, output: Output): string {
  const rows = runs.flatMap(({ set, report }) => report.hypotheses.map((hypothesis) => ({ set, report, hypothesis })))
  if (rows.length === 0) return ''
  const left = (head: string, cells: readonly string[]): Column => ({ head, align: 'left', cells })
  const numbers = (head: string, cells: readonly string[]): Column => ({ head, align: 'right', cells: alignedNumbers(cells) })
  const files = new Set(shard ? shard.planned.map(({ file }) => file) : rows.map(({ report }) => report.file.path))
  const columns: Column[] = [
    ...(files.size > 1 ? [left('file', rows.map(({ report }) => harmless(shown(report.file.path, folder))))] : []),
    ...(Object.keys(rows[0]!.set) as Setting['name'][]).filter((name) => name !== 'samples').map((name) => left(name, rows.map(({ set }) => harmless(String(set[name]))))),
    left('hypothesis', rows.map(({ hypothesis }) => harmless(hypothesis.name))),
    { ...numbers('recovered', recoveredColumn(rows.map(({ hypothesis }) => hypothesis.recovered))), style: output.colours.bold },
    numbers('scrubbed', rows.map(({ hypothesis }) => mean(hypothesis.scrubbed))),
    numbers('model', rows.map(({ hypothesis }) => mean(hypothesis.model))),
    numbers('shuffled', rows.map(({ hypothesis }) => mean(hypothesis.shuffled))),
    { head: 'samples', align: 'right', cells: rows.map(({ hypothesis: { exact, samples } }) => (exact ? 'exact' : count(samples))) },
    ...(rows.some(({ hypothesis }) => hypothesis.null) ? [{ head: 'null', align: 'right' as const, cells: rows.map(({ hypothesis }) => (hypothesis.null ? nullBand(hypothesis.null) : UNDEFINED)) }] : []),
    ...(rows.some(({ hypothesis }) => hypothesis.expectations.length > 0) ? [left('expected', rows.map(({ hypothesis }) => expected(hypothesis)))] : []),
  ]
  return table(columns, output)
}

/** How many of its expectations hold. */
function expected({ expectations }: HypothesisReport): string {
  if (expectations.length === 0) return UNDEFINED
  const hold = expectations.filter(({ holds }) => holds).length
  return hold === expectations.length ? `✓ ${hold}` : `✗ ${hold} of ${expectations.length}`
}
