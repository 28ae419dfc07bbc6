/** What happens when a hypothesis is evaluated: the server runs it, the panel shows it, the text and the panel follow each other. */
import { commands, Range, Selection, TextEditorRevealType, Uri, window, workspace, type Disposable, type LogOutputChannel, type TextDocument, type TextEditor, type WebviewPanel } from 'vscode'
import type { LanguageClient } from 'vscode-languageclient/node'
import type { PageToHost, RunState } from '../../media/src/messages.ts'
import type { Report } from '../../server/src/protocol/report.ts'
import type { Panel } from './panel.ts'
import type { ReportStore } from './report-store.ts'
import { hypothesisNamed, nodeNamed, symbolsAt, type Symbol } from './symbols.ts'

/** What `scrub.evaluate` answers. */
interface Answer {
  readonly status: 'done' | 'partial' | 'cancelled' | 'failed'
  readonly whole?: Report
  readonly message?: string
}

interface Target {
  readonly uri: string
  readonly hypothesis: string
}

/** Milliseconds after which a cursor that stands still is followed. */
const STILL = 150
/** Milliseconds after a change until the server is asked whether the result is of an older text. */
const SETTLED = 300

const CHANGED = 'The text has changed since.'
const EARLIER = 'From an earlier run; the text, the model or the data may have changed since.'

type Next = (command: string, args: unknown[]) => unknown

export class Evaluations implements Disposable {
  private readonly store: ReportStore
  private readonly panel: Panel
  private readonly log: LogOutputChannel
  private client: LanguageClient | undefined
  private last: Target | undefined
  private state: RunState | undefined
  /** A selection that the panel made, and that it need not be told of. */
  private made = ''
  private still: NodeJS.Timeout | undefined
  private changed: NodeJS.Timeout | undefined
  private readonly listeners: Disposable[]

  constructor(store: ReportStore, panel: Panel, log: LogOutputChannel) {
    this.store = store
    this.panel = panel
    this.log = log
    panel.heard = (message) => void this.heard(message).catch((error: unknown) => log.error(String(error)))
    this.listeners = [
      window.onDidChangeTextEditorSelection(({ textEditor }) => {
        clearTimeout(this.still)
        this.still = setTimeout(() => void this.follow(textEditor), STILL)
      }),
      workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        if (contentChanges.length === 0 || document.uri.toString() !== this.last?.uri) return
        clearTimeout(this.changed)
        this.changed = setTimeout(() => void this.age(), SETTLED)
      }),
    ]
  }

  use(client: LanguageClient): void {
    this.client = client
  }

  /** Commands of the server, as lenses and the palette call them. */
  async command(command: string, args: unknown[], next: Next): Promise<unknown> {
    const given = args[0] as Partial<Target> | undefined
    if (command === 'scrub.revealModel' || (command === 'scrub.showProblems' && given?.uri)) return next(command, args)
    const target = given?.uri && given.hypothesis !== undefined ? { uri: given.uri, hypothesis: given.hypothesis } : await this.atCursor()
    if (!target) return void window.showInformationMessage('Place the cursor in a hypothesis first.')
    if (command === 'scrub.showResults') return this.showResults(target)
    if (command !== 'scrub.evaluate') return next(command, [target])
    return this.evaluate(target, next)
  }

  /** Shows the last report again. */
  async open(): Promise<void> {
    const target = this.last ?? (await this.store.all())[0]
    if (!target) return void window.showInformationMessage('There are no results yet: evaluate a hypothesis first.')
    await this.showResults(target)
  }

  /** Fills a panel that VS Code kept over a reload with the report that was shown last. */
  async restore(panel: WebviewPanel): Promise<void> {
    this.panel.adopt(panel)
    this.last = (await this.store.all())[0]
    if (this.last) await this.showStored('cached', EARLIER)
    else this.panel.show({ type: 'report', report: null, state: 'empty' })
  }

  dispose(): void {
    clearTimeout(this.still)
    clearTimeout(this.changed)
    for (const listener of this.listeners) listener.dispose()
  }

  private async evaluate(target: Target, next: Next): Promise<unknown> {
    this.last = target
    this.panel.open()
    const before = await this.store.get(target.uri, target.hypothesis)
    this.show(before?.report ?? null, 'running')
    const answer = (await next('scrub.evaluate', [target])) as Answer | null
    if (answer?.whole) {
      await this.store.keep({ ...target, report: answer.whole }).catch((error: unknown) => this.log.error(`The report could not be kept: ${String(error)}`))
      this.show(answer.whole, answer.status === 'partial' ? 'partial' : undefined)
    } else if (answer?.status === 'cancelled') this.show(before?.report ?? null, before ? 'stale' : 'empty', 'Stopped before the first samples.')
    else this.show(before?.report ?? null, 'failed', answer?.message ?? 'The language server gave no answer; see the log.')
    return answer
  }

  private async showResults(target: Target): Promise<void> {
    this.last = target
    this.panel.open()
    const stale = await this.isStale(target)
    if (stale === null) await this.showStored('cached', EARLIER)
    else if (stale) await this.showStored('stale', CHANGED)
    else await this.showStored(undefined)
  }

  private async showStored(state: RunState | undefined, message?: string): Promise<void> {
    const run = this.last && (await this.store.get(this.last.uri, this.last.hypothesis))
    if (run) this.show(run.report, state, message)
    else if (state !== 'stale') this.show(null, 'empty', 'There are no results yet: evaluate the hypothesis first.')
  }

  /** What is shown may be of an older text now, or of this one again. */
  private async age(): Promise<void> {
    if (!this.last || this.state === 'running') return
    const stale = await this.isStale(this.last)
    if (stale === true && this.state !== 'stale') await this.showStored('stale', CHANGED)
    else if (stale === false && this.state === 'stale') await this.showStored(undefined)
  }

  /** Null where the server has no result: of a run before it was started nothing is known but the report. */
  private async isStale(target: Target): Promise<boolean | null> {
    return (await this.client?.sendRequest<boolean | null>('scrub/stale', target).catch(() => null)) ?? null
  }

  private show(report: Report | null, state?: RunState, message?: string): void {
    this.state = state
    this.panel.show({ type: 'report', report, ...(this.last ? { hypothesis: this.last.hypothesis } : {}), ...(state ? { state } : {}), ...(message ? { message } : {}) })
  }

  private async heard(message: PageToHost): Promise<void> {
    const { last } = this
    if (!last) return
    if (message.type === 'select') await this.select(message.hypothesis, message.node)
    else if (message.type === 'hypothesis') this.last = { ...last, hypothesis: message.name }
    else if (message.type === 'evaluate') await commands.executeCommand('scrub.evaluate', { uri: last.uri, hypothesis: message.hypothesis })
    else if (message.type === 'stop') await commands.executeCommand('scrub.cancel', { uri: last.uri, hypothesis: message.hypothesis })
  }

  /** Selects a node in the text; one that a hypothesis took over from another stands there. */
  private async select(hypothesis: string, node: string): Promise<void> {
    const document = await workspace.openTextDocument(Uri.parse(this.last!.uri))
    const symbols = await symbolsOf(document)
    const own = hypothesisNamed(symbols, hypothesis)
    const found = (own && nodeNamed(own, node)) ?? symbols.map((one) => nodeNamed(one, node)).find(Boolean) ?? own
    if (!found) return
    const { start, end } = found.selectionRange
    const range = new Range(start.line, start.character, end.line, end.character)
    const open = window.visibleTextEditors.find((one) => one.document === document)
    const editor = open ?? (await window.showTextDocument(document, { preserveFocus: true, viewColumn: 1 }))
    this.made = `${document.uri.toString()} ${start.line}`
    editor.selection = new Selection(range.start, range.end)
    editor.revealRange(range, TextEditorRevealType.InCenterIfOutsideViewport)
  }

  /** The panel shows where the cursor stands. */
  private async follow({ document, selection }: TextEditor): Promise<void> {
    const uri = document.uri.toString()
    if (uri !== this.last?.uri || !this.panel.visible) return
    const mine = this.made === `${uri} ${selection.start.line}`
    this.made = ''
    if (mine) return
    const at = symbolsAt(await symbolsOf(document), selection.active)
    if (at?.node !== undefined && at.hypothesis === this.last.hypothesis) this.panel.send({ type: 'select', node: at.node })
  }

  private async atCursor(): Promise<Target | undefined> {
    const editor = window.activeTextEditor
    if (editor?.document.languageId !== 'scrub') return this.last
    const at = symbolsAt(await symbolsOf(editor.document), editor.selection.active)
    return at ? { uri: editor.document.uri.toString(), hypothesis: at.hypothesis } : this.last
  }
}

async function symbolsOf(document: TextDocument): Promise<readonly Symbol[]> {
  return (await commands.executeCommand<Symbol[] | undefined>('vscode.executeDocumentSymbolProvider', document.uri)) ?? []
}
