/** Evaluations asked for from an editor: one at a time for each document, with progress, cancelled at once, and their results. */
import { createHash } from 'node:crypto'
import type { BoundFile, BoundHypothesis } from '../hypothesis/bound.ts'
import type { LastResult } from '../language/snapshot.ts'
import type { Report } from '../protocol/report.ts'
import type { RunRequest } from '../protocol/runner.ts'
import { startRun } from '../runner/client.ts'

export interface RunState {
  readonly started: number
}

export interface RunHost {
  readonly log: (text: string) => void
  /** Lenses and hovers are to be asked for again. */
  readonly changed: () => void
}

interface Kept {
  readonly result: Omit<LastResult, 'stale'>
  readonly graph: unknown
  readonly data: unknown
}

export type Finished =
  | { readonly kind: 'result'; readonly result: LastResult; readonly whole: Report; readonly partial: boolean }
  | { readonly kind: 'cancelled' }
  /** A sentence for people. */
  | { readonly kind: 'failed'; readonly message: string }

export class Runs {
  private readonly host: RunHost
  private readonly running = new Map<string, RunState & { readonly stop: () => void }>()
  private readonly kept = new Map<string, Kept>()

  constructor(host: RunHost) {
    this.host = host
  }

  state(uri: string, hypothesis: string): RunState | undefined {
    return this.running.get(keyOf(uri, hypothesis))
  }

  /** The last result of a hypothesis; stale unless `bound` is what was evaluated, on the same files. */
  result(uri: string, hypothesis: string, bound: BoundFile | undefined): LastResult | undefined {
    const kept = this.kept.get(keyOf(uri, hypothesis))
    if (!kept) return undefined
    const now = bound?.hypotheses.find((one) => one.name === hypothesis)
    const fresh = now !== undefined && now.ok && bound!.graph === kept.graph && bound!.schema === kept.data && hashOf(now) === kept.result.report.sha256
    return { ...kept.result, stale: !fresh }
  }

  async evaluate(uri: string, hypothesis: string, bound: BoundFile, request: RunRequest, progress: (text: string, share: number) => void, cancelled: AbortSignal): Promise<Finished> {
    const key = keyOf(uri, hypothesis)
    if (this.running.has(key)) return { kind: 'failed', message: `"${hypothesis}" is being evaluated already.` }
    const run = startRun(request, {
      onProgress: ({ phase, done, total }) => progress(phase, total > 0 ? done / total : 0),
      onLog: this.host.log,
      onRestart: (reason) => this.host.log(`The runner died (${reason}); another goes on from its last batch.\n`),
    })
    let stopped = false
    const stop = (): void => {
      stopped = true
      run.cancel()
    }
    this.running.set(key, { started: Date.now(), stop })
    this.host.changed()
    if (cancelled.aborted) stop()
    cancelled.addEventListener('abort', stop, { once: true })
    try {
      const outcome = await run.result
      if (outcome.kind === 'failed') return outcome.failure === 'cancelled' ? { kind: 'cancelled' } : { kind: 'failed', message: outcome.message }
      const report = outcome.kind === 'report' ? outcome.report.hypotheses.find((one) => one.name === hypothesis) : undefined
      // Stopped before the first batch.
      if (stopped && !report) return { kind: 'cancelled' }
      if (outcome.kind === 'findings' || !report) return { kind: 'failed', message: `"${hypothesis}" has errors; fix them first.` }
      const result = { report, time: Date.now(), metric: outcome.report.metric.name, device: outcome.report.device }
      this.kept.set(key, { result, graph: bound.graph, data: bound.schema })
      return { kind: 'result', result: { ...result, stale: false }, whole: outcome.report, partial: outcome.partial }
    } finally {
      cancelled.removeEventListener('abort', stop)
      this.running.delete(key)
      this.host.changed()
    }
  }

  cancel(uri: string, hypothesis: string | undefined): void {
    for (const [key, { stop }] of this.running) if (hypothesis === undefined ? key.startsWith(`${uri}\0`) : key === keyOf(uri, hypothesis)) stop()
  }

  close(): void {
    for (const { stop } of this.running.values()) stop()
  }
}

const keyOf = (uri: string, hypothesis: string): string => `${uri}\0${hypothesis}`

const hashes = new WeakMap<BoundHypothesis, string>()

/** SHA-256 of everything that the evaluation of a hypothesis reads of the file. */
export function hashOf(hypothesis: BoundHypothesis): string {
  let hash = hashes.get(hypothesis)
  if (hash === undefined) hashes.set(hypothesis, (hash = createHash('sha256').update(hypothesis.canonical).digest('hex')))
  return hash
}
