/**
 * Live mode: after a pause in typing, small scrubs of the hypotheses that the edit changed, in the runner that has everything
 * warm. The next change of the document cancels them.
 */
import type { BoundFile } from '../hypothesis/bound.ts'
import type { LastResult } from '../language/snapshot.ts'
import type { RunRequest } from '../protocol/runner.ts'
import { ServiceFailure, type RunnerService } from '../runner/service.ts'
import { hashOf } from './run-key.ts'

/** Milliseconds without a change after which a scrub starts. */
const PAUSE = 500
/** Results that are kept: those of texts that undo brings back. */
const MOST_RESULTS = 200

export interface LiveHost {
  readonly runner: RunnerService
  /** Samples of a live scrub; undefined while live mode is off. */
  readonly samples: () => number | undefined
  readonly request: (uri: string) => Pick<RunRequest, 'file' | 'text' | 'root' | 'device' | 'threads'> | undefined
  /** Whether there is a whole result for this very hypothesis. */
  readonly known: (uri: string, hypothesis: string, bound: BoundFile) => boolean
  /** Lenses are to be asked for again. */
  readonly changed: () => void
  readonly log: (text: string) => void
}

interface Watched {
  /** Hashes of the hypotheses as they were last bound without errors. */
  readonly seen: Map<string, string>
  /** What is being scrubbed, or about to be: hashes. */
  asked: string
  aborted: AbortController
  timer: NodeJS.Timeout | undefined
}

export class Live {
  private readonly host: LiveHost
  private readonly documents = new Map<string, Watched>()
  /** By document, files and hypothesis as it was evaluated. */
  private readonly results = new Map<string, LastResult>()

  constructor(host: LiveHost) {
    this.host = host
  }

  /** The text has changed, or is gone: what runs for the old one stops. */
  stop(uri: string): void {
    const watched = this.documents.get(uri)
    clearTimeout(watched?.timer)
    watched?.aborted.abort()
  }

  close(uri: string): void {
    this.stop(uri)
    this.documents.delete(uri)
  }

  /** A text has been bound: what changed in it is scrubbed after a pause. The first text of a document only says where it stands. */
  bound(uri: string, bound: BoundFile): void {
    const samples = this.host.samples()
    if (samples === undefined) return
    const first = !this.documents.has(uri)
    const watched = this.documents.get(uri) ?? { seen: new Map<string, string>(), asked: '', aborted: new AbortController(), timer: undefined }
    this.documents.set(uri, watched)
    const sound = bound.hypotheses.filter(({ ok }) => ok)
    const changed = first ? [] : sound.filter((one) => watched.seen.get(one.name) !== hashOf(one) && !this.host.known(uri, one.name, bound) && !this.result(uri, one.name, bound))
    if (first) for (const one of sound) watched.seen.set(one.name, hashOf(one))
    const asked = changed.map(hashOf).join()
    // The same text is told of again when more is known of its data.
    if (changed.length === 0 || (asked === watched.asked && !watched.aborted.signal.aborted)) return
    this.stop(uri)
    watched.asked = asked
    watched.aborted = new AbortController()
    const { signal } = watched.aborted
    watched.timer = setTimeout(() => void this.run(uri, bound, changed.map(({ name }) => name), samples, signal, watched.seen), PAUSE).unref()
  }

  /** The live result of a hypothesis as it is bound now. */
  result(uri: string, hypothesis: string, bound: BoundFile | undefined): LastResult | undefined {
    const now = bound?.hypotheses.find((one) => one.name === hypothesis)
    return now?.ok && this.host.samples() !== undefined ? this.results.get(keyOf(uri, bound!, hashOf(now))) : undefined
  }

  private async run(uri: string, bound: BoundFile, hypotheses: string[], samples: number, signal: AbortSignal, seen: Map<string, string>): Promise<void> {
    const request = this.host.request(uri)
    if (!request) return
    try {
      const { report } = await this.host.runner.ask(
        (id) => ({ type: 'run', id, request: { ...request, hypotheses, samples, costs: false } }),
        (answer) => (answer.type === 'report' && !answer.partial ? answer : undefined),
        signal,
      )
      const time = Date.now()
      for (const one of report.hypotheses) {
        const key = keyOf(uri, bound, one.sha256)
        this.results.delete(key)
        this.results.set(key, { report: one, stale: false, live: true, time, metric: report.metric.name, device: report.device })
        seen.set(one.name, one.sha256)
      }
      for (const oldest of this.results.keys()) {
        if (this.results.size <= MOST_RESULTS) break
        this.results.delete(oldest)
      }
      this.host.changed()
    } catch (error) {
      if (signal.aborted) return
      // What the runner says of the hypothesis is said again, louder, by an evaluation that was asked for.
      this.host.log(`live: ${error instanceof ServiceFailure ? error.message : String(error)}`)
    }
  }
}

const identities = new WeakMap<object, number>()
let identity = 0

/** A number for an object: a model or a dataset in one state. */
function numberOf(value: object): number {
  const known = identities.get(value)
  if (known !== undefined) return known
  identities.set(value, ++identity)
  return identity
}

const keyOf = (uri: string, { graph, schema }: BoundFile, hash: string): string => `${uri}\0${numberOf(graph)}\0${numberOf(schema)}\0${hash}`
