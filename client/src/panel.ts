/** The results panel: one, beside the text, showing a report; a closed one is opened again when there is something to show. */
import { randomBytes } from 'node:crypto'
import { Uri, ViewColumn, window, workspace, type Disposable, type LogOutputChannel, type WebviewPanel } from 'vscode'
import type { HostToPage, PageToHost } from '../../media/src/messages.ts'
import { pageHtml } from './page.ts'

type Shown = Extract<HostToPage, { type: 'report' }>

export class Panel implements Disposable {
  static readonly viewType = 'scrub.results'
  private readonly extension: Uri
  private readonly log: LogOutputChannel
  private panel: WebviewPanel | undefined
  private ready = false
  private shown: Shown | undefined
  /** What the reader does. */
  heard: (message: PageToHost) => void = () => {}

  constructor(extension: Uri, log: LogOutputChannel) {
    this.extension = extension
    this.log = log
  }

  get visible(): boolean {
    return this.panel?.visible ?? false
  }

  /** Opens the panel beside the text where it is not open; the text keeps the focus. */
  open(): void {
    if (this.panel) this.panel.reveal(undefined, true)
    else this.adopt(window.createWebviewPanel(Panel.viewType, 'Scrub', { viewColumn: ViewColumn.Beside, preserveFocus: true }, { enableScripts: true, localResourceRoots: [this.assets] }))
  }

  /** Takes over a panel that VS Code kept over a reload. */
  adopt(panel: WebviewPanel): void {
    this.panel?.dispose()
    this.panel = panel
    this.ready = false
    panel.iconPath = { light: Uri.joinPath(this.extension, 'client', 'icons', 'file-light.svg'), dark: Uri.joinPath(this.extension, 'client', 'icons', 'file-dark.svg') }
    const { webview } = panel
    webview.options = { enableScripts: true, localResourceRoots: [this.assets] }
    webview.onDidReceiveMessage((message: PageToHost) => {
      if (message.type === 'ready') {
        this.ready = true
        if (this.shown) void webview.postMessage(this.shown)
      }
      if (message.type === 'export') void this.export(message)
      else this.heard(message)
    })
    panel.onDidDispose(() => {
      if (this.panel === panel) this.panel = undefined
    })
    webview.html = pageHtml({
      source: webview.cspSource,
      script: webview.asWebviewUri(Uri.joinPath(this.assets, 'page.js')).toString(),
      style: webview.asWebviewUri(Uri.joinPath(this.assets, 'page.css')).toString(),
      nonce: randomBytes(16).toString('base64url'),
    })
  }

  show(shown: Shown): void {
    this.shown = shown
    if (this.panel) this.panel.title = shown.hypothesis ? `Scrub: ${shown.hypothesis}` : 'Scrub'
    this.send(shown)
  }

  send(message: HostToPage): void {
    if (this.panel && this.ready) void this.panel.webview.postMessage(message)
  }

  dispose(): void {
    this.panel?.dispose()
  }

  private get assets(): Uri {
    return Uri.joinPath(this.extension, 'media', 'dist')
  }

  private async export({ name, mime, text }: Extract<PageToHost, { type: 'export' }>): Promise<void> {
    const folder = workspace.workspaceFolders?.[0]?.uri
    const target = await window.showSaveDialog(folder ? { defaultUri: Uri.joinPath(folder, name.replaceAll(/[/\\]/g, '_')) } : {})
    if (!target) return
    try {
      await workspace.fs.writeFile(target, mime === 'image/png' ? Buffer.from(text, 'base64') : Buffer.from(text))
    } catch (error) {
      this.log.error(String(error))
      void window.showErrorMessage(`${target.fsPath} could not be written: ${error instanceof Error ? error.message : String(error)}.`)
    }
  }
}
