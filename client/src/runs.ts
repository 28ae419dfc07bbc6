/**
 * The evaluations of this window: one state for each hypothesis, of which lenses, panel, progress and tests are projections.
 * Knows nothing of VS Code.
 */
import type { Progress, RunState } from '../../media/src/messages.ts'
import type { Report, Structure } from '../../server/src/protocol/report.ts'
import type { KnownRun, RunFailure, RunUpdate } from '../../server/src/protocol/editor.ts'
import type { ReportStore, RunHead, StoredRun } from './report-store.ts'

export interface Target {
  readonly uri: string
  readonly hypothesis: string
}

/** What `scrub.evaluate` of the server answers. */
export type Answer =
  | { readonly status: 'done' | 'partial'; readonly whole: Report; readonly key: string }
  | { readonly status: 'cancelled' }
  | ({ readonly status: 'failed' } & RunFailure)

/** What is to be shown of a hypothesis. */
export interface Shown {
  readonly report: Report | null
  /** Undefined for a whole result of the text as it is. */
  readonly state?: RunState
  readonly progress?: Progress
  /** What is evaluated. */
  readonly structure?: Structure
  /** A sentence for the state. */
  readonly message?: string
}

export type Outcome =
  | { readonly kind: 'done' | 'partial'; readonly report: Report; readonly cached: boolean; readonly milliseconds: number }
  | { readonly kind: 'cancelled' }
  | ({ readonly kind: 'failed'; readonly key: string | undefined } & RunFailure)

export interface RunsHost {
  /** Asks the server; null where there is none. Still answers when `stopped`. */
  readonly evaluate: (target: Target, batch: number | undefined, stopped: AbortSignal) => Promise<Answer | null>
  /** The key of a run of the hypothesis as it is now; null where it cannot be evaluated, undefined where nobody knows. */
  readonly key: (target: Target) => Promise<string | null | undefined>
  /** The server is to know a run that is shown again. */
  readonly known: (run: KnownRun) => void
  readonly changed: (target: Target, shown: Shown) => void
  readonly failed: (what: string, error: unknown) => void
}

export interface How {
  /** Also where a run with the same key is there. */
  readonly again?: boolean
  /** Samples of a batch, instead of the setting. */
  readonly batch?: number
}

const CHANGED = 'The text, the model or the data changed since this was evaluated.'
const BROKEN = 'From before the mistakes that this hypothesis has now.'
const CACHED = 'From an earlier run of the same hypothesis, model, data and options.'

interface Entry {
  readonly target: Target
  shown: Shown
  /** Of the report that is shown. */
  key: string | undefined
  running: Promise<Outcome> | undefined
  stopped: AbortController
}

export class Runs {
  private readonly store: ReportStore
  private readonly host: RunsHost
  private readonly entries = new Map<string, Entry>()

  constructor(store: ReportStore, host: RunsHost) {
    this.store = store
    this.host = host
  }

  shown(target: Target): Shown {
    return this.entries.get(nameOf(target))?.shown ?? { report: null, state: 'empty' }
  }

  /** Of the report that is shown. */
  key(target: Target): string | undefined {
    return this.entries.get(nameOf(target))?.key
  }

  /** Evaluates, or shows the run that has the same key; a second call while it runs waits for the first. */
  evaluate(target: Target, how: How = {}): Promise<Outcome> {
    const entry = this.entry(target)
    if (entry.running) return entry.running
    entry.stopped = new AbortController()
    const before = entry.shown.report
    this.show(entry, { report: before, state: 'running' })
    entry.running = this.run(entry, how, before).finally(() => (entry.running = undefined))
    return entry.running
  }

  /** All that are evaluated or wait to be. */
  going(): Target[] {
    return [...this.entries.values()].flatMap(({ target, shown }) => (shown.state === 'running' ? [target] : []))
  }

  running(target: Target): boolean {
    return this.entries.get(nameOf(target))?.running !== undefined
  }

  /** Says at once that it stops. */
  stop(target: Target): void {
    const entry = this.entries.get(nameOf(target))
    if (!entry?.running) return
    this.show(entry, { ...entry.shown, message: 'Stopping.' })
    entry.stopped.abort()
  }

  /** What the server says of a run. */
  take(update: RunUpdate): void {
    const entry = this.entries.get(nameOf(update))
    if (!entry?.running) return
    const { shown } = entry
    if (update.state === 'queued') this.show(entry, { ...shown, message: `Waits for "${update.behind}" to finish.` })
    else if (update.state === 'running') {
      const { phase, done, total, started } = update
      const { message, ...rest } = shown
      this.show(entry, { ...rest, progress: { phase, done, total, started }, ...(message === 'Stopping.' ? { message } : {}) })
    } else if (update.state === 'structure') this.show(entry, { ...shown, structure: update.structure })
    else if (update.state === 'early') this.show(entry, { ...shown, report: update.report })
    else if (shown.report) this.show(entry, { ...shown, report: withCosts(shown.report, update.hypothesis, update.costs) })
  }

  /** Shows the last run of a hypothesis that is known, here or on disk. */
  async open(target: Target): Promise<Shown> {
    const entry = this.entry(target)
    if (!entry.running && !entry.shown.report) {
      const run = await this.store.get(target.uri, target.hypothesis)
      if (run && !entry.running && !entry.shown.report) {
        entry.key = run.key
        entry.shown = { report: run.report, ...(run.partial ? { state: 'partial' } : { state: 'cached', message: CACHED }) }
      }
    }
    await this.age(target)
    return entry.shown
  }

  /** What is shown may be of an older text now, or of this one again. */
  async age(target: Target): Promise<void> {
    const entry = this.entries.get(nameOf(target))
    if (!entry || entry.running || !entry.shown.report) return
    const { key } = entry
    const now = await this.host.key(target)
    if (now === undefined || entry.running || entry.key !== key) return
    const { report, state } = entry.shown
    if (now !== key) this.show(entry, { report, state: 'stale', message: now === null ? BROKEN : CHANGED })
    else if (state === 'stale') this.show(entry, { report, ...(report?.hypotheses.some(({ name, partial }) => name === target.hypothesis && partial) ? { state: 'partial' } : {}) })
  }

  /** Hypotheses of a document of which something is shown or runs. */
  of(uri: string): Target[] {
    return [...this.entries.values()].flatMap(({ target }) => (target.uri === uri ? [target] : []))
  }

  /** `before` is what was shown. */
  private async run(entry: Entry, { again = false, batch }: How, before: Report | null): Promise<Outcome> {
    const { target } = entry
    const asked = performance.now()
    const stored = before ? undefined : await this.store.get(target.uri, target.hypothesis)
    const earlier = { key: stored ? stored.key : entry.key, report: stored ? stored.report : before }
    if (stored) this.show(entry, { ...entry.shown, report: stored.report })
    const key = (await this.host.key(target)) ?? undefined
    const kept = key !== undefined && !again ? await this.store.get(target.uri, target.hypothesis, key) : undefined
    if (kept && !kept.partial) return this.again(entry, kept)
    const back = (state: RunState, message: string): void => {
      entry.key = earlier.key
      this.show(entry, { report: earlier.report, state, message })
    }
    const answer = await this.host.evaluate(target, batch, entry.stopped.signal).catch((error: unknown): Answer => {
      // A request that was withdrawn before it was sent.
      if (entry.stopped.signal.aborted) return { status: 'cancelled' }
      this.host.failed('evaluate', error)
      return { status: 'failed', failure: 'crashed', message: 'The language server stopped during the evaluation: it is started again; evaluate once more.' }
    })
    if (answer && 'whole' in answer) {
      const report = answer.whole
      entry.key = answer.key
      await this.keep(target, answer.key, report)
      this.show(entry, { report, ...(answer.status === 'partial' ? { state: 'partial' } : {}) })
      return { kind: answer.status, report, cached: false, milliseconds: performance.now() - asked }
    }
    if (answer?.status === 'cancelled') {
      back(earlier.report ? (earlier.key === key ? 'cached' : 'stale') : 'empty', earlier.report ? 'Stopped before the first samples; this is an earlier run.' : 'Stopped before the first samples.')
      return { kind: 'cancelled' }
    }
    const failure: RunFailure = answer ? { message: answer.message, failure: answer.failure } : { message: 'The language server gave no answer: see the log.', failure: 'internal' }
    back('failed', failure.message)
    return { kind: 'failed', key, ...failure }
  }

  private again(entry: Entry, run: StoredRun): Outcome {
    const { uri, hypothesis, key, time, report } = run
    entry.key = key
    this.host.known({ uri, hypothesis, key, time, report })
    this.show(entry, { report, state: 'cached', message: CACHED })
    return { kind: 'done', report, cached: true, milliseconds: 0 }
  }

  private async keep({ uri, hypothesis }: Target, key: string, report: Report): Promise<void> {
    const found = report.hypotheses.find(({ name }) => name === hypothesis)
    if (!found) return
    const { partial, seed, samples, recovered } = found
    const head: RunHead = { uri, hypothesis, key, time: Date.now(), partial, seed, samples, recovered }
    await this.store.keep({ ...head, report }).catch((error: unknown) => this.host.failed('The report could not be kept', error))
  }

  private entry(target: Target): Entry {
    const name = nameOf(target)
    const entry = this.entries.get(name) ?? { target: { uri: target.uri, hypothesis: target.hypothesis }, shown: { report: null, state: 'empty' as const }, key: undefined, running: undefined, stopped: new AbortController() }
    this.entries.set(name, entry)
    return entry
  }

  private show(entry: Entry, shown: Shown): void {
    entry.shown = shown
    this.host.changed(entry.target, shown)
  }
}

/** One text for a target, from which it can be told again. */
export const nameOf = ({ uri, hypothesis }: Target): string => `${uri}\0${hypothesis}`

function withCosts(report: Report, hypothesis: string, costs: Extract<RunUpdate, { state: 'costs' }>['costs']): Report {
  return {
    ...report,
    hypotheses: report.hypotheses.map((one) => (one.name === hypothesis ? { ...one, nodes: one.nodes.map((node) => (costs[node.name] ? { ...node, cost: costs[node.name]! } : node)) } : one)),
  }
}
