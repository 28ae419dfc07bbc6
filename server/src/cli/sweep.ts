/** `scrub run` of several files, or with `--set`: one run after the other, and one table of all. */
import type { HypothesisReport, Report } from '../protocol/report.ts'
import { count, mean, recoveredColumn, UNDEFINED } from '../language/numbers.ts'
import type { Environment, Output } from './environment.ts'
import { EXIT, exitCodeOf, failedRun, Stop, wrongUsage, type ExitCode } from './exit.ts'
import { requestOf, type RunOptions } from './run-request.ts'
import { choices, type Choice, type Setting } from './settings.ts'
import { showFindings, texts } from './show-findings.ts'
import { outputPath, readSource, reason, shown, writeWhole, type Source } from './source.ts'
import { evaluate } from './start-run.ts'
import { alignedNumbers, table, type Column } from './table.ts'
import { harmless } from './text.ts'

/** One run of it, and what was set. */
export interface SweepRun {
  readonly set: Choice
  readonly report: Report
}

/** A failure of one run does not stop the others; the exit code tells of the worst. */
export async function sweep(paths: readonly string[], hypotheses: readonly string[] | undefined, options: RunOptions, environment: Environment): Promise<ExitCode> {
  const { folder, stderr, stdout } = environment
  requireSweepable(options)
  const all = choices(options.set ?? [])
  const { json, ...own } = options
  const sources = await Promise.all(paths.map((path) => readSource(path, folder)))
  const out = json === undefined || json === '-' ? json : await outputPath('--json', json, folder, sources.map(({ file }) => file))
  const planned: { readonly source: Source; readonly set: Choice; readonly request: Awaited<ReturnType<typeof requestOf>>['request'] }[] = []
  let worst: ExitCode = EXIT.fine
  // All are checked before the first is run.
  for (const source of sources) {
    if ('code' in source) {
      stderr.write(showFindings([source], texts(new Map()), folder, stderr))
      worst = EXIT.findings
    } else for (const set of all) planned.push({ source, set, request: (await requestOf(source, hypotheses, { ...own, ...set } as RunOptions, folder)).request })
  }
  const runs: SweepRun[] = []
  const told = new Set<string>()
  for (const [i, { source, set, request }] of planned.entries()) {
    const title = `${i + 1} of ${planned.length}: ${harmless(shown(source.file, folder))}${Object.entries(set).map(([name, value]) => ` ${name}=${value}`).join('')}`
    const { outcome, interrupted } = await evaluate(request, environment)
    if (interrupted || (outcome.kind === 'report' && outcome.partial)) {
      stderr.write(`Stopped in ${title}\n`)
      worst = EXIT.interrupted
      break
    }
    const findings = outcome.kind === 'report' ? outcome.report.findings : outcome.kind === 'findings' ? outcome.findings : []
    // Settings do not change them.
    if (!told.has(source.file)) stderr.write(showFindings(findings, texts(new Map([[source.file, source.text]])), folder, stderr))
    told.add(source.file)
    if (outcome.kind === 'failed') stderr.write(`${title}: ${failedRun(outcome).message}\n`)
    if (outcome.kind === 'report') runs.push({ set, report: outcome.report })
    const missed = outcome.kind === 'report' && outcome.report.hypotheses.some(({ expectations }) => expectations.some(({ holds }) => !holds))
    const code = outcome.kind === 'failed' || (outcome.kind === 'findings' && exitCodeOf(findings) === EXIT.fine) ? EXIT.failed : missed ? EXIT.findings : exitCodeOf(findings, options.strict)
    worst = Math.max(worst, code) as ExitCode
  }
  const text = `${JSON.stringify({ runs }, null, 2)}\n`
  const problem = out === undefined || out === '-' ? undefined : await writeWhole(out, text).then(() => undefined, (error: unknown) => new Stop(EXIT.failed, `The reports could not be written to ${shown(out, folder)}: ${reason(error)}.`))
  stdout.write(out === '-' ? text : showSweep(runs, options.set ?? [], folder, stdout))
  if (problem) throw problem
  if (out !== undefined && out !== '-') stderr.write(`Wrote ${json}\n`)
  return worst
}

function requireSweepable(options: RunOptions): void {
  const refused: [unknown, string][] = [[options.shard, '--shard'], [options.html, '--html'], [options.samplesOut, '--samples-out'], [options.emit, '--emit'], [options.explain, '--explain'], [options.profile, '--profile']]
  for (const [given, name] of refused) if (given) throw wrongUsage(`${name} is about one run, and this is a sweep of several; name one file, without --set.`)
  for (const { name } of options.set ?? []) if (options[name] !== undefined) throw wrongUsage(`--set ${name} and --${name} both say what ${name === 'samples' ? 'the number of samples' : `the ${name}`} is; leave one out.`)
}

/** A row for each hypothesis of each run. */
export function showSweep(runs: readonly SweepRun[], settings: readonly Setting[], folder: string, output: Output): string {
  const rows = runs.flatMap(({ set, report }) => report.hypotheses.map((hypothesis) => ({ set, report, hypothesis })))
  if (rows.length === 0) return ''
  const left = (head: string, cells: readonly string[]): Column => ({ head, align: 'left', cells })
  const numbers = (head: string, cells: readonly string[]): Column => ({ head, align: 'right', cells: alignedNumbers(cells) })
  const files = new Set(rows.map(({ report }) => report.file.path))
  const columns: Column[] = [
    ...(files.size > 1 ? [left('file', rows.map(({ report }) => harmless(shown(report.file.path, folder))))] : []),
    ...settings.filter(({ name }) => name !== 'samples').map(({ name }) => left(name, rows.map(({ set }) => harmless(String(set[name]))))),
    left('hypothesis', rows.map(({ hypothesis }) => harmless(hypothesis.name))),
    { ...numbers('recovered', recoveredColumn(rows.map(({ hypothesis }) => hypothesis.recovered))), style: output.colours.bold },
    numbers('scrubbed', rows.map(({ hypothesis }) => mean(hypothesis.scrubbed))),
    numbers('model', rows.map(({ hypothesis }) => mean(hypothesis.model))),
    numbers('shuffled', rows.map(({ hypothesis }) => mean(hypothesis.shuffled))),
    { head: 'samples', align: 'right', cells: rows.map(({ hypothesis: { exact, samples } }) => (exact ? 'exact' : count(samples))) },
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
