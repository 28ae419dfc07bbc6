/** Whether reports are the shards of one run, and all of them. */
import type { HypothesisReport, Report, Shard } from '../protocol/report.ts'
import { BadInput } from './failures.ts'

/** A report with the name of its file, for people. */
export interface NamedReport {
  readonly name: string
  readonly report: Report
}

/** In the order of their samples. Throws BadInput with a sentence that names what is wrong. */
export function requireWhole(given: readonly NamedReport[]): NamedReport[] {
  for (const { name, report } of given) {
    const { shard } = report
    if (!shard) throw new BadInput(`${name} is the report of a whole run, not of a shard of one; name what \`scrub run --shard i/n --json\` wrote.`)
    if (shard.stopped || report.hypotheses.some(({ partial }) => partial)) throw new BadInput(`${name} was stopped before it was done; run shard ${shard.index}/${shard.of} again.`)
  }
  const [first, ...rest] = given as [NamedReport, ...NamedReport[]]
  for (const other of rest) requireSame(first, other)
  const ordered = requireEach(given.map(({ name, report }) => ({ name, shard: report.shard!, report })))
  requireInOrder(ordered)
  return ordered
}

/** In order; all are parts of equally many. Throws BadInput with a sentence that names those that are missing, or there twice. */
export function requireEach<T extends { readonly name: string; readonly shard: Shard }>(given: readonly T[]): T[] {
  const { of } = given[0]!.shard
  const byIndex = new Map<number, T>()
  for (const one of given) {
    const { index } = one.shard
    const twin = byIndex.get(index)
    if (twin) throw new BadInput(`${twin.name} and ${one.name} are both shard ${index} of ${of}; name each shard once.`)
    byIndex.set(index, one)
  }
  const missing = Array.from({ length: of }, (_, i) => i + 1).filter((index) => !byIndex.has(index))
  if (missing.length > 0) throw new BadInput(`${missing.length === 1 ? 'Shard' : 'Shards'} ${ranges(missing)} of ${of} ${missing.length === 1 ? 'is' : 'are'} missing: run ${missing.length === 1 ? 'it' : 'each'} with \`scrub run --shard ${missing.length === 1 ? missing[0] : 'i'}/${of}\`, and name ${missing.length === 1 ? 'its report' : 'their reports'} too.`)
  return [...byIndex].sort(([a], [b]) => a - b).map(([, one]) => one)
}

/** Numbers that follow each other, as the first and the last of them. */
export function runsOf(numbers: readonly number[]): [first: number, last: number][] {
  const found: [number, number][] = []
  for (const number of numbers) {
    const last = found.at(-1)
    if (last && last[1] === number - 1) last[1] = number
    else found.push([number, number])
  }
  return found
}

/** `1 to 3, 7 and 9`. */
export function ranges(numbers: readonly number[]): string {
  const texts = runsOf(numbers).map(([from, to]) => (from === to ? `${from}` : to === from + 1 ? `${from}, ${to}` : `${from} to ${to}`))
  return texts.length < 2 ? texts.join('') : `${texts.slice(0, -1).join(', ')} and ${texts.at(-1)}`
}

/** What must be the same in two shards: in words, and as it is. */
const SAME: readonly [string, (report: Report) => unknown][] = [
  ['versions of Scrub', ({ scrub }) => scrub],
  ['versions of ONNX Runtime', ({ versions }) => versions.onnxruntime],
  ['hypothesis files', ({ file }) => file],
  ['models', ({ model: { path, sha256 } }) => ({ path, sha256 })],
  ['data', ({ data: { path, sha256 } }) => ({ path, sha256 })],
  ['numbers of data', ({ data }) => data.rows],
  ['metrics', ({ metric }) => `${metric.sense} ${metric.name}`],
  ['seeds', ({ seed }) => seed],
  ['devices', ({ device }) => device],
  ['numbers of shards', ({ shard }) => shard!.of],
  ['hypotheses', ({ hypotheses }) => hypotheses.map(({ name }) => JSON.stringify(name)).join(', ') || 'none'],
]

/** The same of each hypothesis. */
const SAME_HYPOTHESIS: readonly [string, (hypothesis: HypothesisReport) => unknown][] = [
  ['seeds', ({ seed }) => seed],
  ['ways to evaluate', ({ exact }) => (exact ? 'enumerated' : 'sampled')],
  ['numbers of samples', ({ shard }) => shard?.total],
  ['ways to a smaller error', ({ reduced }) => reduced?.ways.join(', ') ?? 'none'],
  ['control variates', ({ reduced }) => reduced?.controls ?? 0],
  ['sizes of pools', ({ pool }) => pool?.size ?? 'none'],
  ['baselines', ({ model }) => `over the ${model.over}`],
  ['costs of nodes', ({ shard }) => (shard?.costs === null ? 'left out' : 'measured')],
  ['null bands', ({ besides }) => (besides?.null ? `${besides.null.sums.length} hypotheses at ${besides.null.samples} samples` : 'left out')],
  ['sensitivities', ({ sensitivity, besides }) => (sensitivity ? Object.keys(besides?.sensitivity?.values ?? {}).map((way) => `${way} sampled`).join(', ') || 'enumerated' : 'left out')],
  ['texts', ({ sha256 }) => sha256.slice(0, 12)],
]

function requireSame(a: NamedReport, b: NamedReport): void {
  for (const [what, of] of SAME) requireEqual(a.name, b.name, what, of(a.report), of(b.report))
  for (const [i, one] of a.report.hypotheses.entries()) {
    for (const [what, of] of SAME_HYPOTHESIS) requireEqual(a.name, b.name, `${what} for "${one.name}"`, of(one), of(b.report.hypotheses[i]!))
  }
}

function requireEqual(a: string, b: string, what: string, x: unknown, y: unknown): void {
  if (isFile(x) && isFile(y) ? x.sha256 === y.sha256 : x === y) return
  throw new BadInput(`${a} and ${b} are not shards of one run, they have other ${what}: ${texted(x)} and ${texted(y)}; merge what one command line made.`)
}

/** A file is told by its content: on another machine it may lie elsewhere. */
const isFile = (value: unknown): value is { path: string; sha256: string } => typeof value === 'object' && value !== null && 'sha256' in value
const texted = (value: unknown): string => (isFile(value) ? `${value.path} (SHA-256 ${value.sha256.slice(0, 12)}…)` : String(value))

/** Each shard goes on where the one before it ended, and the last one ends the run. */
function requireInOrder(parts: readonly NamedReport[]): void {
  for (const [i, { name: hypothesis, exact }] of parts[0]!.report.hypotheses.entries()) {
    if (exact) continue // All of them do all of it.
    let next = 0
    for (const { name, report } of parts) {
      const { shard, samples } = report.hypotheses[i]!
      if (shard?.first !== next) throw new BadInput(`${name} is damaged: its samples of "${hypothesis}" begin with ${shard?.first ?? 'none'}, not with ${next}; run that shard again.`)
      next += samples
    }
    const { total } = parts[0]!.report.hypotheses[i]!.shard!
    if (next !== total) throw new BadInput(`${parts.at(-1)!.name} is damaged: its samples of "${hypothesis}" end with ${next}, not with ${total}; run that shard again.`)
  }
}
