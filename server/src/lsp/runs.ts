/** Evaluations asked for from an editor: one after the other, with progress, cancelled at once, and their results. */
import type { LastResult } from '../language/snapshot.ts'
import type { Report } from '../protocol/report.ts'
import type { KnownRun, RunFailure, RunUpdate } from '../protocol/editor.ts'
import type { RunRequest } from '../protocol/runner.ts'
import { startRun, type RunOutcome } from '../runner/client.ts'
import { WarmRunner } from '../runner/warm.ts'
import { inSettings } from './in-settings.ts'

export interface RunState {
  /** Milliseconds since 1970; of one that waits, since when. */
  readonly started: number
  /** The hypothesis that is evaluated before this one. */
  readonly behind?: string
}

export interface RunHost {
  readonly log: (text: string) => void
  /** Lenses and hovers are to be asked for again. */
  readonly changed: () => void
  /** For clients that show runs. */
  readonly tell: (update: RunUpdate) => void
  /** Milliseconds for which what was computed is kept for the next evaluation. */
  readonly idle: () => number
}

interface Kept {
  readonly result: Omit<LastResult, 'stale'>
  readonly key: string
}

export type Finished =
  | { readonly kind: 'result'; readonly result: LastResult; readonly whole: Report; readonly key: string; readonly partial: boolean }
  | { readonly kind: 'cancelled' }
  | ({ readonly kind: 'failed' } & RunFailure)

interface Asked {
  readonly uri: string
  readonly hypothesis: string
  /** See run-key.ts. */
  readonly key: string
  readonly request: RunRequest
  /** Other hypotheses without which it is not decided what is expected of it. */
  readonly needed: readonly string[]
}

interface Going extends RunState {
  readonly hypothesis: string
  readonly stop: () => void
}

export class Runs {
  private readonly host: RunHost
  /** In the order in which they were asked for: the first one runs, the others wait. */
  private readonly going = new Map<string, Going>()
  private readonly kept = new Map<string, Kept>()
  private last: Promise<unknown> = Promise.resolve()
  private readonly warm: WarmRunner

  constructor(host: RunHost) {
    this.host = host
    this.warm = new WarmRunner({ idle: host.idle })
  }

  state(uri: string, hypothesis: string): RunState | undefined {
    const key = keyOf(uri, hypothesis)
    const state = this.going.get(key)
    const behind = state && this.before(key)
    return state && { started: state.started, ...(behind === undefined ? {} : { behind }) }
  }

  /** The last result of a hypothesis; stale unless it is of the key that `now` gives, which is only asked for where there is a result. */
  result(uri: string, hypothesis: string, now: () => string | undefined): LastResult | undefined {
    const kept = this.kept.get(keyOf(uri, hypothesis))
    return kept && { ...kept.result, stale: kept.key !== now() }
  }

  /** A run that the client has kept; what was evaluated since is newer. */
  know({ uri, hypothesis, key, report, time }: KnownRun): void {
    const found = report.hypotheses.find(({ name }) => name === hypothesis)
    const place = keyOf(uri, hypothesis)
    if (!found || (this.kept.get(place)?.result.time ?? 0) > time) return
    this.kept.set(place, { key, result: { report: found, time, metric: report.metric.name, device: report.device } })
    this.host.changed()
  }

  async evaluate(asked: Asked, progress: (text: string, share: number) => void, cancelled: AbortSignal): Promise<Finished> {
    const { uri, hypothesis } = asked
    const place = keyOf(uri, hypothesis)
    if (this.going.has(place)) return { kind: 'failed', failure: 'not-ready', message: `"${hypothesis}" is being evaluated already.` }
    const stopped = new AbortController()
    this.going.set(place, { hypothesis, started: Date.now(), stop: () => stopped.abort() })
    const signal = AbortSignal.any([stopped.signal, cancelled])
    // One that waits leaves the queue at once.
    const leave = new Promise<Finished>((resolve) => signal.addEventListener('abort', () => resolve({ kind: 'cancelled' }), { once: true }))
    const behind = this.before(place)
    if (behind !== undefined) this.host.tell({ uri, hypothesis, state: 'queued', behind })
    this.host.changed()
    const before = this.last
    let mine = false
    const run = before.then(async (): Promise<Finished> => {
      if (signal.aborted) return { kind: 'cancelled' }
      mine = true
      this.going.set(place, { ...this.going.get(place)!, started: Date.now() })
      this.host.changed()
      return this.run(asked, progress, signal)
    })
    this.last = run.catch(() => {})
    try {
      return await Promise.race([run, leave.then((finished) => (mine ? run : finished))])
    } finally {
      this.going.delete(place)
      this.host.changed()
    }
  }

  cancel(uri: string, hypothesis: string | undefined): void {
    for (const [key, { stop }] of this.going) if (hypothesis === undefined ? key.startsWith(`${uri}\0`) : key === keyOf(uri, hypothesis)) stop()
  }

  close(): void {
    for (const { stop } of this.going.values()) stop()
    this.warm.close()
  }

  private async run({ uri, hypothesis, key, request, needed }: Asked, progress: (text: string, share: number) => void, signal: AbortSignal): Promise<Finished> {
    const started = Date.now()
    const { log, tell } = this.host
    let early: Report | undefined
    const run = startRun(request, {
      onProgress: ({ hypothesis: of, phase: what, done, total }) => {
        // While it samples, activations are computed on the way to the next samples, and counted in samples.
        const phase = of !== '' && what === 'cache' ? 'run' : what
        progress(phase, total > 0 ? done / total : 0)
        tell({ uri, hypothesis, state: 'running', phase, done, total, started })
      },
      onStructure: (about, structure) => about === hypothesis && tell({ uri, hypothesis, state: 'structure', structure }),
      onEarly: (report) => {
        if (report.hypotheses.every(({ name }) => name !== hypothesis)) return
        early = report
        tell({ uri, hypothesis, state: 'early', report })
      },
      onCosts: (about, costs) => about === hypothesis && tell({ uri, hypothesis, state: 'costs', costs }),
      onLog: log,
      onRestart: (why) => log(`${why}\n`),
    }, this.warm)
    tell({ uri, hypothesis, state: 'running', phase: 'start', done: 0, total: 0, started })
    signal.addEventListener('abort', run.cancel, { once: true })
    const outcome = await run.result
    if (outcome.kind === 'failed' && outcome.failure !== 'cancelled') return { kind: 'failed', failure: outcome.failure, message: inSettings(outcome.message) }
    // A runner that had to be killed leaves what it told before.
    const told = outcome.kind === 'report' ? outcome.report : signal.aborted ? early : undefined
    const report = told?.hypotheses.find((one) => one.name === hypothesis)
    // Stopped before the first batch.
    if (signal.aborted && !report) return { kind: 'cancelled' }
    if (!told || !report) return { kind: 'failed', failure: 'bad-input', message: `"${hypothesis}" cannot be evaluated. ${firstError(outcome)}` }
    const result = { report, time: Date.now(), metric: told.metric.name, device: told.device }
    this.kept.set(keyOf(uri, hypothesis), { result, key })
    return { kind: 'result', result: { ...result, stale: false }, whole: told, key, partial: [hypothesis, ...needed].some((name) => told.hypotheses.find((one) => one.name === name)?.partial ?? true) }
  }

  private before(place: string): string | undefined {
    let before: string | undefined
    for (const [key, { hypothesis }] of this.going) {
      if (key === place) return before
      before = hypothesis
    }
    return undefined
  }
}

const keyOf = (uri: string, hypothesis: string): string => `${uri}\0${hypothesis}`

/** Why the runner ran nothing. */
function firstError(outcome: RunOutcome): string {
  const error = outcome.kind === 'findings' ? outcome.findings.find(({ severity }) => severity === 'error') : undefined
  return error ? `Line ${error.range.start.line + 1}: ${error.message}` : 'Fix the errors of this file first.'
}
