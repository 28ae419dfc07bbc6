/** Where the time of a run went: seconds by phase, of what hypotheses share and of each, and how much of it passed in ONNX Runtime. */
import type { Profile, Spent } from '../protocol/runner.ts'
import type { Output } from './environment.ts'
import { table } from './table.ts'

/** In the order of a run; others follow. What is in no phase comes last: little things between them. */
const ORDER = ['open', 'features', 'compile', 'cache', 'disk', 'baseline', 'device', 'session', 'draw', 'model', 'shuffled', 'check', 'enumerate', 'run', 'costs', 'costs, disk', 'null', 'sensitivity', 'estimate']
const OTHER = 'other'

export function showProfile({ total, phases, batch, cached }: Profile, output: Output): string {
  const names = Object.keys(phases).sort((a, b) => Number(a !== '') - Number(b !== ''))
  const found = new Set(names.flatMap((name) => Object.keys(phases[name]!)))
  const rows = [...ORDER.filter((phase) => found.has(phase)), ...[...found].filter((phase) => !ORDER.includes(phase))]
  const sum = (phase: string, part: keyof Spent): number => names.reduce((all, name) => all + (phases[name]![phase]?.[part] ?? 0), 0)
  const known = rows.reduce((all, phase) => all + sum(phase, 'seconds'), 0)
  const inside = rows.reduce((all, phase) => all + sum(phase, 'inside'), 0)
  const all = [...rows.map((phase) => sum(phase, 'seconds')), total - known, total]
  const blank = (value: number | undefined): string => (value === undefined ? '' : value.toFixed(3))
  const columns = table(
    [
      { head: 'seconds', align: 'left', cells: [...rows, OTHER, 'total'] },
      { head: 'all', align: 'right', cells: all.map(blank) },
      { head: '%', align: 'right', cells: all.map((seconds) => percent(seconds / total)) },
      { head: 'in ONNX Runtime', align: 'right', cells: [...rows.map((phase) => sum(phase, 'inside')), 0, inside].map((seconds) => (seconds > 0 ? blank(seconds) : '')) },
      ...(names.length > 2 ? names.map((name) => ({ head: name || 'shared', align: 'right' as const, cells: [...rows.map((phase) => blank(phases[name]![phase]?.seconds)), '', ''] })) : []),
    ],
    output,
  )
  const batches = [...new Set(Object.values(batch))].map((samples) => samples.toLocaleString('en'))
  const calls = batches.length === 0 ? '' : ` ${batches.join(' or ')} samples a call.`
  return `${columns}${percent(inside / total)} % of the time passed in calls of ONNX Runtime, by the clock around them.${calls} ${(cached / 2 ** 20).toFixed(1)} MB of activations are in memory.\n`
}

const percent = (share: number): string => (100 * share).toFixed(1)
