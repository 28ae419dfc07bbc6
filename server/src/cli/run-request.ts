/** What `scrub run` was asked for, checked before anything starts. */
import type { Reduction } from '../protocol/reductions.ts'
import type { Shard } from '../protocol/report.ts'
import type { RunRequest } from '../protocol/runner.ts'
import { wrongUsage } from './exit.ts'
import { mustHave, outline } from './names.ts'
import type { Setting } from './settings.ts'
import { outputPath, rootFolder, type Source } from './source.ts'

export interface RunOptions {
  readonly hypothesis?: readonly string[]
  readonly metric?: string
  /** What a sweep goes through. */
  readonly set?: readonly Setting[]
  readonly samples?: number
  readonly precision?: number
  readonly reduceVariance?: readonly Reduction[]
  readonly seed?: number
  readonly shard?: Shard
  readonly exact?: boolean
  readonly device: string
  readonly threads?: number
  readonly batch?: number
  readonly memory?: number
  readonly cache?: 'float16'
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

/** `-H` takes every word after it, also the file where that comes last. */
export function filesAndHypotheses(command: string, files: readonly string[], hypotheses: readonly string[] | undefined): [readonly string[], readonly string[] | undefined] {
  if (files.length > 0) return [files, hypotheses]
  const last = hypotheses?.at(-1)
  if (last?.endsWith('.scrub') && hypotheses!.length > 1) return [[last], hypotheses!.slice(0, -1)]
  throw wrongUsage(`Which file? Write \`scrub ${command} FILE\`.`)
}

/** What is no sum over samples cannot be done in parts. */
function requireShardable(options: RunOptions): void {
  if (!options.shard) return
  const refused: [unknown, string][] = [
    [options.precision, '--precision: no shard knows how precise all of them are; give -n'],
    [options.emit, '--emit: the model is that of the whole run'],
    [options.explain, '--explain: it is about the whole run'],
  ]
  for (const [given, why] of refused) if (given) throw wrongUsage(`--shard cannot be combined with ${why}.`)
  if (options.json === undefined) throw wrongUsage('--shard needs --json OUT: `scrub merge` makes the report of the whole run from those files.')
}

/** Everything that can be refused is refused here, before a process starts. */
export async function requestOf(source: Source, hypotheses: readonly string[] | undefined, options: RunOptions, folder: string): Promise<{ request: RunRequest; json: string | undefined; page: string | undefined }> {
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
  const { metric, samples, seed, shard, precision, reduceVariance, exact, device, threads, batch, memory, cache, costs, null: nulls, sensitivity } = options
  return {
    json: files.json,
    page: files.html,
    request: {
      ...source,
      root: await rootFolder(options.root, folder),
      hypotheses: hypotheses && [...hypotheses],
      metric, samples, seed, shard, precision, reduce: reduceVariance && [...reduceVariance], exact, device, threads, batch, memory, cache, costs, nulls, sensitivity,
      emit: files.emit,
      explain: options.explain,
      samplesOut: files.samplesOut,
    },
  }
}
