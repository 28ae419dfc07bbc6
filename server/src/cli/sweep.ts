/** `scrub run` of several files, or with `--set`: one run after the other, and one table of all. */
import type { FileFinding } from '../protocol/findings.ts'
import type { Report } from '../protocol/report.ts'
import { plural } from '../language/numbers.ts'
import type { Environment } from './environment.ts'
import { EXIT, exitCodeOf, failedRun, Stop, wrongUsage, type ExitCode } from './exit.ts'
import { requestOf, type RunOptions } from './run-request.ts'
import { choices, choiceText } from './settings.ts'
import { showFindings, texts } from './show-findings.ts'
import { showSweep } from './show-sweep.ts'
import { outputPath, readSource, reason, shown, writeWhole, type Source } from './source.ts'
import { evaluate } from './start-run.ts'
import { sweepText, type SweepFile, type SweepRun } from './sweep-file.ts'
import { sharesOf, type Share } from './sweep-shares.ts'
import { harmless } from './text.ts'

/** A failure of one run does not stop the others; the exit code tells of the worst. */
export async function sweep(paths: readonly string[], hypotheses: readonly string[] | undefined, options: RunOptions, environment: Environment): Promise<ExitCode> {
  const { folder, stderr } = environment
  requireSweepable(options)
  const { json, shard } = options
  const sources = await Promise.all(paths.map((path) => readSource(path, folder)))
  const out = json === undefined || json === '-' ? json : await outputPath('--json', json, folder, sources.map(({ file }) => file))
  const { planned, unread } = plan(paths, sources, options)
  stderr.write(showFindings(unread, texts(new Map()), folder, stderr))
  const own = shard && planned.length > 0 ? sharesOf(shard, planned.length) : planned.map((_, run): Partial<Share> & Pick<Share, 'run'> => ({ run }))
  // All are checked before the first is run. The file of the reports is that of the sweep.
  const requests = await Promise.all(own.map(async ({ run, shard }) => {
    const { source, set } = planned[run]!
    return { run, source, set, ...(await requestOf(source, hypotheses, { ...options, ...set, shard, json: json && '-' } as RunOptions, folder)) }
  }))
  let worst: ExitCode = unread.length > 0 ? EXIT.findings : EXIT.fine
  const runs: (SweepRun & { readonly run: number })[] = []
  const told = new Set<string>()
  for (const [i, { run, source, set, request }] of requests.entries()) {
    const part = request.shard && request.shard.of > 1 ? `, shard ${request.shard.index} of ${request.shard.of}` : ''
    const title = `${i + 1} of ${requests.length}: ${harmless(shown(source.file, folder))}${choiceText(set)}${part}`
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
    if (outcome.kind === 'report') runs.push({ run, set, report: outcome.report })
    const code = outcome.kind === 'failed' || (outcome.kind === 'findings' && exitCodeOf(findings) === EXIT.fine) ? EXIT.failed : outcome.kind === 'report' ? codeOf(outcome.report, options.strict) : exitCodeOf(findings, options.strict)
    worst = Math.max(worst, code) as ExitCode
  }
  const file: SweepFile = shard
    ? { shard: { ...shard, planned: planned.map(({ path, set }) => ({ file: path, set })) }, runs }
    : { runs: runs.map(({ run: _, ...rest }) => rest) }
  await tellSweep(file, out, options.json, environment)
  if (shard) stderr.write(`This is shard ${shard.index} of ${shard.of} of a sweep of ${plural(planned.length, 'run')}: \`scrub merge\` makes the table of the whole sweep from all of them.\n`)
  return worst
}

/** Every file with every setting, file by file; `unread` are findings of files that are no text. */
function plan(paths: readonly string[], sources: readonly (Source | FileFinding)[], { set }: RunOptions) {
  const all = choices(set ?? [])
  const unread = sources.filter((source) => 'code' in source)
  const planned = sources.flatMap((source, i) => ('code' in source ? [] : all.map((set) => ({ path: paths[i]!, source, set }))))
  return { planned, unread }
}

/** What the report of one of the runs stands for. */
export function codeOf(report: Report, strict = false): ExitCode {
  const missed = report.hypotheses.some(({ expectations }) => expectations.some(({ holds }) => !holds))
  return missed ? EXIT.findings : exitCodeOf(report.findings, strict)
}

/** Writes the reports and shows the table; `json` is `out` as it was written, and `-` for standard output. */
export async function tellSweep(file: SweepFile, out: string | undefined, json: string | undefined, { folder, stdout, stderr }: Environment): Promise<void> {
  const text = sweepText(file)
  const problem = out === undefined || out === '-' ? undefined : await writeWhole(out, text).then(() => undefined, (error: unknown) => new Stop(EXIT.failed, `The reports could not be written to ${shown(out, folder)}: ${reason(error)}.`))
  stdout.write(out === '-' ? text : showSweep(file, folder, stdout))
  if (problem) throw problem
  if (out !== undefined && out !== '-') stderr.write(`Wrote ${json}\n`)
}

/** Throws Stop for what is about one run. */
export function requireSweepable(options: Partial<RunOptions>): void {
  const refused: [unknown, string][] = [[options.html, '--html'], [options.samplesOut, '--samples-out'], [options.emit, '--emit'], [options.explain, '--explain'], [options.profile, '--profile']]
  for (const [given, name] of refused) if (given) throw wrongUsage(`${name} is about one run, and this is a sweep of several; name one file, without --set.`)
  for (const { name } of options.set ?? []) if (options[name] !== undefined) throw wrongUsage(`--set ${name} and --${name} both say what ${name === 'samples' ? 'the number of samples' : `the ${name}`} is; leave one out.`)
}
