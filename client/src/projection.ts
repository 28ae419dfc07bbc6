/**
 * What the panel shows: one hypothesis, its runs and those it stands beside, as messages that follow from the state of the run.
 * Knows nothing of VS Code.
 */
import type { HostToPage, RunState } from '../../media/src/messages.ts'
import type { Interval, Report } from '../../server/src/protocol/report.ts'
import { composed } from './compose.ts'
import type { RunHead, StoredRun } from './report-store.ts'
import { nameOf, type Shown, type Target } from './runs.ts'

/** Milliseconds in which costs are collected. */
const COLLECT = 200

export interface ProjectionHost {
  /** What there is of a hypothesis. */
  readonly shown: (target: Target) => Shown
  /** The runs of one hypothesis, the newest first. */
  readonly history: (target: Target) => Promise<readonly RunHead[]>
  readonly read: (head: RunHead) => Promise<StoredRun | undefined>
  /** The hypotheses of a document, in its order. */
  readonly names: (uri: string) => Promise<readonly string[]>
  readonly send: (message: HostToPage) => void
}

export class Projection {
  private readonly host: ProjectionHost
  private current: Target | undefined
  private compared: RunHead | undefined
  /** What the page has. */
  private has: { report: Report | null; state: RunState | undefined; structure: Shown['structure'] } | undefined
  /** Costs that the page does not have. */
  private costs: Record<string, Interval> = {}
  private collecting: NodeJS.Timeout | undefined
  /** Drawings that were begun, and whether the last of them is on its way. */
  private turn = 0
  private drawing = false

  constructor(host: ProjectionHost) {
    this.host = host
  }

  get target(): Target | undefined {
    return this.current
  }

  isOf(target: Target): boolean {
    return this.current !== undefined && nameOf(target) === nameOf(this.current)
  }

  /** Shows another hypothesis from the next drawing on. */
  look(target: Target): void {
    if (this.isOf(target)) return
    this.current = { uri: target.uri, hypothesis: target.hypothesis }
    this.compared = undefined
    this.costs = {}
    this.has = undefined
  }

  /** Sets a run beside what is shown, or none. */
  async compare(head: RunHead | undefined): Promise<void> {
    this.compared = head
    await this.draw()
  }

  /** The state of a run is another one: the page is told what it does not have. */
  changed(target: Target): void {
    const { report, state, progress, message, structure } = this.host.shown(target)
    if (!this.isOf(target)) {
      // What stands beside it in the same file.
      if (target.uri === this.current?.uri && this.has?.report && state !== 'running') void this.draw()
      return
    }
    if (state === 'running') {
      // A drawing that is on its way reads what there is when it is sent.
      if (this.drawing) return
      if (this.has?.state === 'running' && (report !== null || structure === this.has.structure) && (report === this.has.report || Object.keys(this.costs).length > 0)) {
        this.has.report = report
        this.host.send({ type: 'progress', ...(progress ? { progress } : {}), ...(message ? { message } : {}) })
        return
      }
    }
    void this.draw()
  }

  /** Costs of a hypothesis that runs: few messages, each of which takes little to draw. */
  collect(target: Target, costs: Readonly<Record<string, Interval>>): void {
    if (!this.isOf(target)) return
    Object.assign(this.costs, costs)
    this.collecting ??= setTimeout(() => {
      this.collecting = undefined
      if (this.current && this.has?.state === 'running' && Object.keys(this.costs).length > 0) this.host.send({ type: 'costs', hypothesis: this.current.hypothesis, costs: this.costs })
      this.costs = {}
    }, COLLECT)
  }

  /** Sends everything that is to be shown. */
  async draw(): Promise<void> {
    const { current: target, compared } = this
    if (!target) return
    const turn = ++this.turn
    this.drawing = true
    const [history, other, names] = await Promise.all([this.host.history(target), compared && this.host.read(compared), this.host.names(target.uri)])
    // Whatever was asked for since then has the last word.
    if (turn !== this.turn) return
    this.drawing = false
    const { report, state, progress, message, structure } = this.host.shown(target)
    this.has = { report, state, structure }
    this.costs = {}
    const others = names.flatMap((name) => {
      const one = this.host.shown({ uri: target.uri, hypothesis: name })
      return name !== target.hypothesis && one.report && (one.state === undefined || one.state === 'cached') ? [one.report] : []
    })
    this.host.send({
      type: 'report', uri: target.uri, hypothesis: target.hypothesis,
      report: report && composed(report, others, names),
      history: history.filter(({ partial }) => !partial).map(({ hypothesis, time, seed, samples, recovered }) => ({ hypothesis, time, seed, samples, recovered })),
      ...(state ? { state } : {}), ...(progress ? { progress } : {}), ...(message ? { message } : {}), ...(report === null && structure ? { structure } : {}),
      ...(compared && other ? { compare: { label: `${compared.hypothesis}, ${new Date(compared.time).toLocaleString()}`, hypothesis: compared.hypothesis, report: other.report } } : {}),
    })
  }

  dispose(): void {
    clearTimeout(this.collecting)
  }
}
