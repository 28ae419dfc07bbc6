/** The language status item: whether the server answers. */
import { languages, LanguageStatusSeverity, type Disposable } from 'vscode'

export class Status implements Disposable {
  private readonly item = languages.createLanguageStatusItem('scrub.server', { language: 'scrub' })

  constructor() {
    this.item.name = 'Scrub'
    this.item.command = { title: 'Log', command: 'scrub.showLog' }
  }

  starting(): void {
    this.show('Scrub: starting', LanguageStatusSeverity.Information, true)
  }

  running(): void {
    this.show('Scrub', LanguageStatusSeverity.Information, false)
  }

  stopped(): void {
    this.item.command = { title: 'Restart', command: 'scrub.restartServer' }
    this.show('Scrub: the language server has stopped', LanguageStatusSeverity.Error, false)
  }

  dispose(): void {
    this.item.dispose()
  }

  private show(text: string, severity: LanguageStatusSeverity, busy: boolean): void {
    if (severity !== LanguageStatusSeverity.Error) this.item.command = { title: 'Log', command: 'scrub.showLog' }
    this.item.text = text
    this.item.severity = severity
    this.item.busy = busy
  }
}
