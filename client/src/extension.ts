/** The VS Code side: starts the language server, and gives its commands and results a place in the editor. */
import { commands, window, workspace, type ExtensionContext } from 'vscode'
import type { Kept } from '../../media/src/messages.ts'
import { SHOW_NODE } from '../../server/src/protocol/editor.ts'
import { Evaluations } from './evaluations.ts'
import { copyDiagnostics, showDoctor } from './help.ts'
import { newHypothesis } from './new-hypothesis.ts'
import { Panel } from './panel.ts'
import { ReportStore } from './report-store.ts'
import { openSample } from './sample.ts'
import { Status } from './status.ts'
import { Tests } from './tests.ts'

export async function activate(context: ExtensionContext): Promise<void> {
  const log = window.createOutputChannel('Scrub', { log: true })
  const status = new Status()
  const store = new ReportStore(context.globalStorageUri.fsPath)
  const panel = new Panel(context.extensionUri, log)
  const evaluations = new Evaluations(store, panel, log)
  const test = new Tests(evaluations, log)
  status.health = (uri) => evaluations.health(uri)
  evaluations.going = (hypotheses) => status.evaluating(hypotheses)
  // Commands and a panel that was kept are there at once; the client's code is read after that.
  const starting = import('./language-client.ts').then(({ startClient }) => startClient(context, log, evaluations, (running) => {
    if (!running) return status.stopped()
    status.running()
    evaluations.started()
    test.started()
  }))
  context.subscriptions.push(
    log, status, panel, evaluations, test,
    window.registerWebviewPanelSerializer(Panel.viewType, { deserializeWebviewPanel: async (restored, kept) => evaluations.restore(restored, (kept ?? {}) as Partial<Kept>) }),
    commands.registerCommand('scrub.openResults', () => evaluations.openLast()),
    commands.registerCommand(SHOW_NODE, (given) => evaluations.showNode(given)),
    commands.registerCommand('scrub.evaluateAll', () => evaluations.evaluateAll()),
    commands.registerCommand('scrub.compareRuns', () => evaluations.compare()),
    commands.registerCommand('scrub.copyPython', () => evaluations.copyPython()),
    commands.registerCommand('scrub.doctor', async () => showDoctor(await starting)),
    commands.registerCommand('scrub.copyDiagnostics', async () => copyDiagnostics(context, await starting)),
    commands.registerCommand('scrub.newHypothesis', async (given) => newHypothesis(await starting, given)),
    commands.registerCommand('scrub.openSample', () => openSample(context)),
    commands.registerCommand('scrub.showLog', () => log.show()),
    commands.registerCommand('scrub.restartServer', async () => {
      status.starting()
      await (await starting).restart().catch((error: unknown) => {
        log.error(error instanceof Error ? error : String(error))
        status.stopped()
      })
    }),
    workspace.onDidGrantWorkspaceTrust(async () => (await starting).sendNotification('workspace/didChangeConfiguration', { settings: null })),
    { dispose: () => void starting.then((client) => client.stop()) },
  )
  status.starting()
  // What keeps the server from starting is said where its state is; everything else of the extension is there.
  const client = await starting
  await client.start().catch((error: unknown) => {
    log.error(error instanceof Error ? error : String(error))
    status.stopped()
  })
}
