/** The language status item: whether the server answers, what the file is checked against, what is being evaluated, and what that takes. */
import { languages, LanguageStatusSeverity, window, type Disposable } from 'vscode'
import type { Health } from '../../server/src/protocol/editor.ts'
import { statusText } from './status-text.ts'

/** Milliseconds in which changes are collected. */
const COLLECT = 400

const LOG = { title: 'Log', command: 'scrub.showLog' }
const RESTART = { title: 'Restart', command: 'scrub.restartServer' }

export class Status implements Disposable {
  /** Asks the server about a document. */
  health: (uri: string) => Promise<Health | undefined> = async () => undefined
  private readonly item = languages.createLanguageStatusItem('scrub.server', { language: 'scrub' })
  private readonly listeners: Disposable[]
  private state: 'starting' | 'running' | 'stopped' = 'starting'
  private evaluated: readonly string[] = []
  private found: Health | undefined
  private timer: NodeJS.Timeout | undefined

  constructor() {
    this.item.name = 'Scrub'
    this.listeners = [this.item, window.onDidChangeActiveTextEditor(() => this.changed()), languages.onDidChangeDiagnostics(() => this.changed())]
    this.show()
  }

  starting(): void {
    this.become('starting')
  }

  running(): void {
    this.become('running')
  }

  stopped(): void {
    this.become('stopped')
  }

  /** Hypotheses that are evaluated or wait to be. */
  evaluating(hypotheses: readonly string[]): void {
    // Asked for with every step of a run.
    if (hypotheses.join('\0') === this.evaluated.join('\0')) return
    this.evaluated = hypotheses
    this.show()
    if (hypotheses.length === 0) this.changed()
  }

  dispose(): void {
    clearTimeout(this.timer)
    for (const listener of this.listeners) listener.dispose()
  }

  private become(state: Status['state']): void {
    this.state = state
    this.found = undefined
    this.show()
    this.changed()
  }

  private changed(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined
      void this.look()
    }, COLLECT)
  }

  private async look(): Promise<void> {
    const document = window.activeTextEditor?.document
    if (this.state !== 'running' || document?.languageId !== 'scrub') return
    this.found = await this.health(document.uri.toString())
    this.show()
  }

  private show(): void {
    const { text, detail, severity, busy } = statusText(this.state, this.evaluated, this.found)
    Object.assign(this.item, { text, detail, busy, severity: LanguageStatusSeverity[severity], command: this.state === 'stopped' ? RESTART : LOG })
  }
}
