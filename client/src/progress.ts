/** Progress of runs where the panel is not looked at: in the status bar, and after a while as a notification that can be cancelled. */
import { ProgressLocation, window, type Disposable } from 'vscode'
import type { Progress as Steps } from '../../media/src/messages.ts'
import { phaseName } from '../../server/src/language/phases.ts'
import { nameOf, type Target } from './runs.ts'

/** Milliseconds after which a run that nobody sees is told of. */
const LONG = 2000

type Report = (message: string) => void

interface Told {
  message: string
  readonly reports: Set<Report>
  readonly end: () => void
  readonly timer: NodeJS.Timeout
}

export class Progress implements Disposable {
  private readonly told = new Map<string, Told>()
  private readonly seen: () => boolean
  private readonly stop: (target: Target) => void

  /** `seen`: the panel is visible. */
  constructor(seen: () => boolean, stop: (target: Target) => void) {
    this.seen = seen
    this.stop = stop
  }

  begin(target: Target): void {
    const name = nameOf(target)
    if (this.told.has(name)) return
    let end = (): void => {}
    const ended = new Promise<void>((resolve) => (end = resolve))
    const reports = new Set<Report>()
    const show = (location: ProgressLocation, title: string, cancellable: boolean) => void window.withProgress({ location, title, cancellable }, async (progress, token) => {
      token.onCancellationRequested(() => this.stop(target))
      const report: Report = (message) => progress.report({ message })
      reports.add(report)
      report(told.message)
      await ended
    })
    const timer = setTimeout(() => this.seen() || show(ProgressLocation.Notification, `Evaluating "${target.hypothesis}"`, true), LONG)
    const told: Told = { message: '', reports, end, timer }
    this.told.set(name, told)
    show(ProgressLocation.Window, `Scrub: evaluating "${target.hypothesis}"`, false)
  }

  step(target: Target, { phase, done, total }: Steps): void {
    const told = this.told.get(nameOf(target))
    const message = total > 0 ? `${phaseName(phase)} ${Math.floor((100 * done) / total)} %` : phaseName(phase)
    if (!told || told.message === message) return
    told.message = message
    for (const report of told.reports) report(message)
  }

  end(target: Target): void {
    const told = this.told.get(nameOf(target))
    if (!told) return
    clearTimeout(told.timer)
    told.end()
    this.told.delete(nameOf(target))
  }

  dispose(): void {
    for (const { timer, end } of this.told.values()) {
      clearTimeout(timer)
      end()
    }
    this.told.clear()
  }
}
