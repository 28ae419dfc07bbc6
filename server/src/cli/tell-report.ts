/** Writes and shows a report, and gives the exit code that it stands for. */
import type { Report } from '../protocol/report.ts'
import type { Unwritten } from '../protocol/runner.ts'
import { count } from '../language/numbers.ts'
import type { Environment } from './environment.ts'
import { EXIT, exitCodeOf, Stop, type ExitCode } from './exit.ts'
import { showFindings, texts } from './show-findings.ts'
import { showReport } from './show-report.ts'
import { reason, shown, writeWhole } from './source.ts'
import { harmless } from './text.ts'

export interface TellOptions {
  /** As they were written on the command line. */
  readonly json?: string
  readonly html?: string
  /** Other files that were to be written, and those of them that could not be. */
  readonly also: readonly (string | undefined)[]
  readonly unwritten?: readonly Unwritten[]
  readonly nodes?: boolean
  readonly strict?: boolean
  readonly exact?: boolean
}

/** `json` is `-` for standard output, else they are checked paths; `sources` are the texts that findings quote, by path. */
export async function tellReport(report: Report, { json, page }: { readonly json?: string; readonly page?: string }, sources: ReadonlyMap<string, string>, options: TellOptions, { stdout, stderr, folder }: Environment): Promise<ExitCode> {
  const text = `${JSON.stringify(report, null, 2)}\n`
  // Written first: whoever reads the tables may stop reading. Shown in any case: the run may have taken hours.
  const problems = (options.unwritten ?? []).map(({ path, what, reason }) => unwritten(what, path, reason, folder))
  if (json !== undefined && json !== '-') await written(json, async () => text, folder, problems)
  if (page !== undefined) await written(page, async () => (await import('./report.ts')).htmlOf(report), folder, problems)
  stderr.write(showFindings(report.findings, texts(sources), folder, stderr))
  stdout.write(json === '-' ? text : showReport(report, { nodes: options.nodes ?? false, folder }, stdout))
  if (problems.length > 0) throw new Stop(EXIT.failed, problems.join(' '))
  const sampled = options.exact ? report.hypotheses.filter(({ exact }) => !exact).map(({ name }) => JSON.stringify(name)) : []
  if (sampled.length > 0) stderr.write(`Too many draws to enumerate, so sampled instead: ${sampled.join(', ')}\n`)
  for (const file of [json === '-' ? undefined : options.json, options.html, ...options.also]) {
    if (file !== undefined) stderr.write(`Wrote ${harmless(file)}\n`)
  }
  if (report.shard) stderr.write(`${shardLine(report)}\n`)
  const failed = report.hypotheses.some((hypothesis) => hypothesis.expectations.some((expectation) => !expectation.holds))
  return failed ? EXIT.findings : exitCodeOf(report.findings, options.strict)
}

/** A part is not to be taken for the whole. */
function shardLine({ shard, hypotheses }: Report): string {
  const [one] = hypotheses
  const which = one?.shard && hypotheses.length === 1 && one.samples > 0 ? `, samples ${count(one.shard.first)} to ${count(one.shard.first + one.samples - 1)} of ${count(one.shard.total)}` : ''
  return `This is shard ${shard!.index} of ${shard!.of}${which}: \`scrub merge\` makes the report of the whole run from all of them${shard!.expectations.length > 0 ? ' and tests what the file expects' : ''}.`
}

async function written(file: string, text: () => Promise<string>, folder: string, problems: string[]): Promise<void> {
  try {
    await writeWhole(file, await text())
  } catch (error) {
    problems.push(error instanceof Stop ? error.message : unwritten('The report', file, reason(error), folder))
  }
}

const unwritten = (what: string, path: string, why: string, folder: string): string => `${what} could not be written to ${shown(path, folder)}: ${why}.`
