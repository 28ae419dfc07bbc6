/** `scrub run`: evaluate hypotheses, print the tables, test what the file expects. */
import type { Report, Shard } from '../protocol/report.ts'
import type { RunRequest } from '../protocol/runner.ts'
import type { RunOutcome } from '../runner/client.ts'
import type { Environment } from './environment.ts'
import { EXIT, exitCodeOf, failedRun, Stop, wrongUsage, type ExitCode } from './exit.ts'
import { mustHave, outline } from './names.ts'
import { progress } from './progress.ts'
import { countFindings, showFindings, texts } from './show-findings.ts'
import { showPlans } from './show-plan.ts'
import { showProfile } from './show-profile.ts'
import { outputPath, readSource, rootFolder, type Source } from './source.ts'
import { tellReport } from './tell-report.ts'

export interface RunOptions {
  readonly hypothesis?: readonly string[]
  readonly metric?: string
  readonly samples?: number
  readonly precision?: number
  readonly seed?: number
  readonly shard?: Shard
  readonly exact?: boolean
  readonly device: string
  readonly threads?: number
  readonly batch?: number
  readonly memory?: number
  readonly costs: boolean
  readonly null?: number
  readonly sensitivity?: boolean
  readonly explain?: boolean
  readonly nodes?: boolean
  readonly strict?: boolean
  readonly profile?: boolean
  readonly root?: string
  readonly json?: string
  readonly html?: string
  readonly samplesOut?: string
  readonly emit?: string
}

export async function run(file: string | undefined, options: RunOptions, environment: Environment): Promise<ExitCode> {
  const { folder, stderr } = environment
  const [path, hypotheses] = fileAndHypotheses(file, options.hypothesis)
  const source = await readSource(path, folder)
  if ('code' in source) {
    stderr.write(showFindings([source], texts(new Map()), folder, stderr))
    return EXIT.findings
  }
  const { request, json, page } = await requestOf(source, hypotheses, options, folder)
  const { outcome, interrupted } = await evaluate(request, environment)
  if (outcome.kind === 'findings') return tellFindings(outcome.findings, source, options, environment)
  if (outcome.kind === 'failed') {
    if (interrupted || outcome.failure === 'cancelled') {
      stderr.write('Stopped before there was a result.\n')
      return EXIT.interrupted
    }
    throw failedRun(outcome)
  }
  if (outcome.kind === 'plan') {
    stderr.write(showFindings(outcome.findings, texts(new Map([[source.file, source.text]])), folder, stderr))
    environment.stdout.write(options.json === '-' ? `${JSON.stringify(outcome.plans, null, 2)}\n` : showPlans(outcome.plans, environment.stdout))
    return exitCodeOf(outcome.findings, options.strict)
  }
  const { samplesOut, emit } = options
  const exitCode = await tellReport(outcome.report, { json, page }, new Map([[source.file, source.text]]), { ...options, also: [samplesOut, emit] }, environment)
  if (options.profile) stderr.write(showProfile(outcome.profile, stderr))
  if (!outcome.partial) return exitCode
  stderr.write('Stopped: this is a partial result.\n')
  return EXIT.interrupted
}

/** `-H` takes every word after it, also the file where that comes last. */
function fileAndHypotheses(file: string | undefined, hypotheses: readonly string[] | undefined): [string, readonly string[] | undefined] {
  if (file !== undefined) return [file, hypotheses]
  const last = hypotheses?.at(-1)
  if (last?.endsWith('.scrub') && hypotheses!.length > 1) return [last, hypotheses!.slice(0, -1)]
  throw wrongUsage('Which file? Write `scrub run FILE`.')
}

/** What is no sum over samples cannot be done in parts. */
function requireShardable(options: RunOptions): void {
  if (!options.shard) return
  const refused: [unknown, string][] = [
    [options.exact, '--exact: all draws are enumerated at once'],
    [options.precision, '--precision: no shard knows how precise all of them are; give -n'],
    [options.null, '--null: the band is of the whole run'],
    [options.sensitivity, '--sensitivity: the intervals are of the whole run'],
    [options.emit, '--emit: the model is that of the whole run'],
    [options.explain, '--explain: it is about the whole run'],
  ]
  for (const [given, why] of refused) if (given) throw wrongUsage(`--shard cannot be combined with ${why}.`)
  if (options.json === undefined) throw wrongUsage('--shard needs --json OUT: `scrub merge` makes the report of the whole run from those files.')
}

/** Everything that can be refused is refused here, before a process starts. */
async function requestOf(source: Source, hypotheses: readonly string[] | undefined, options: RunOptions, folder: string): Promise<{ request: RunRequest; json: string | undefined; page: string | undefined }> {
  requireShardable(options)
  const { samplesOut, emit, json, html } = options
  const known = outline(source)
  for (const name of hypotheses ?? []) mustHave('-H', name, known.hypotheses)
  if (options.metric !== undefined) mustHave('--metric', options.metric, known.metrics)
  const taken = [...known.inputs]
  const checked = async (option: string, path: string) => {
    const file = await outputPath(option, path, folder, taken)
    taken.push(file)
    return file
  }
  const files = {
    json: json === undefined || json === '-' ? json : await checked('--json', json),
    html: html && (await checked('--html', html)),
    samplesOut: samplesOut && (await checked('--samples-out', samplesOut)),
    emit: emit && (await checked('--emit', emit)),
  }
  // The note on the model's inputs, which is written beside it.
  if (emit) await checked('--emit', `${emit}.json`)
  const { metric, samples, seed, shard, precision, exact, device, threads, batch, memory, costs, null: nulls, sensitivity } = options
  return {
    json: files.json,
    page: files.html,
    request: {
      ...source,
      root: await rootFolder(options.root, folder),
      hypotheses: hypotheses && [...hypotheses],
      metric, samples, seed, shard, precision, exact, device, threads, batch, memory, costs, nulls, sensitivity,
      emit: files.emit,
      explain: options.explain,
      samplesOut: files.samplesOut,
    },
  }
}

/** The run itself: the first interruption asks it to stop, the second one ends this process. */
async function evaluate(request: RunRequest, { stderr, onInterrupt }: Environment): Promise<{ outcome: RunOutcome; interrupted: boolean }> {
  const { startRun } = await import('../runner/client.ts')
  const bar = progress(stderr)
  const { result, cancel } = startRun(request, {
    onProgress: (step) => bar.update(step),
    onRestart: (reason) => {
      bar.end()
      stderr.write(`The runner stopped (${reason}); a new one goes on from its last batch.\n`)
    },
  })
  let interrupted = false
  const stopListening = onInterrupt(() => {
    bar.end()
    if (interrupted) process.exit(EXIT.interrupted)
    interrupted = true
    stderr.write('Stopping; press Ctrl-C again to stop at once.\n')
    cancel()
  })
  try {
    return { outcome: await result, interrupted }
  } finally {
    stopListening()
    bar.end()
  }
}

function tellFindings(findings: Report['findings'], source: Source, options: RunOptions, { stdout, stderr, folder }: Environment): ExitCode {
  if (options.json === '-') stdout.write(`${JSON.stringify({ findings }, null, 2)}\n`)
  stderr.write(showFindings(findings, texts(new Map([[source.file, source.text]])), folder, stderr))
  const code = exitCodeOf(findings, options.strict)
  if (code === EXIT.fine) throw new Stop(EXIT.failed, 'There is nothing to evaluate.')
  stderr.write(`${countFindings(findings)}; nothing was evaluated\n`)
  return code
}
