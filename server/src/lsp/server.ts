/** The language server: what it can do, how it begins and ends, and which part answers what. */
import {
  CodeActionKind, DidChangeConfigurationNotification, DidChangeWatchedFilesNotification, PositionEncodingKind, TextDocumentSyncKind,
  type Connection, type DocumentDiagnosticParams, type DocumentDiagnosticReport, type InitializeParams, type InitializeResult,
} from 'vscode-languageserver/node'
import { legend } from '../language/semantic-tokens.ts'
import { RUN } from '../protocol/editor.ts'
import { VERSION } from '../version.ts'
import { clientOf } from './client.ts'
import { COMMANDS, registerCommands } from './commands.ts'
import { Diagnostics } from './diagnostics.ts'
import { registerEditing } from './editing.ts'
import { guardOf } from './guard.ts'
import { registerKnowledge } from './knowledge.ts'
import { registerLenses } from './lenses.ts'
import { registerNavigation } from './navigation.ts'
import { registerRequests } from './requests.ts'
import { settingsOf } from './settings.ts'
import { Workspace } from './workspace.ts'

/** Milliseconds after `shutdown` within which a client that has gone wrong must say `exit`. */
const FAREWELL = 10_000

const nothing: DocumentDiagnosticReport = { kind: 'full', items: [] }

/**
 * Serves a client. `leave` is called once, with the exit code: 0 after a proper farewell. The result is to be called when the
 * connection is lost.
 */
export function serve(connection: Connection, leave: (code: number) => void): () => void {
  let workspace: Workspace | undefined
  let shut = false
  let left = false
  const end = (): void => {
    if (left) return
    left = true
    workspace?.close()
    leave(shut ? 0 : 1)
  }

  connection.onInitialize((params: InitializeParams): InitializeResult => {
    const client = clientOf(params.capabilities)
    const guard = guardOf(connection)
    const diagnostics = new Diagnostics(connection, client, (uri) => made.documents.get(uri))
    const lenses = { refresh: () => {} }
    const made: Workspace = new Workspace(connection, {
      findings: (session) => {
        diagnostics.changed(session)
        lenses.refresh()
      },
      results: () => lenses.refresh(),
      run: (update) => client.showsRuns && void connection.sendNotification(RUN, update),
      closed: (uri) => diagnostics.closed(uri),
    })
    workspace = made
    made.settings = settingsOf(params.initializationOptions)
    made.folders = params.workspaceFolders ?? (params.rootUri ? [{ uri: params.rootUri, name: '' }] : [])
    const parts = { connection, client, guard, workspace: made }
    registerNavigation(parts)
    registerKnowledge(parts)
    registerEditing(parts)
    lenses.refresh = registerLenses(parts)
    registerCommands(parts)
    registerRequests(parts)
    connection.languages.diagnostics.on(guard('diagnostic', async ({ textDocument, previousResultId }: DocumentDiagnosticParams): Promise<DocumentDiagnosticReport> => {
      const session = made.session(textDocument.uri)
      return session ? diagnostics.pull(session, previousResultId) : nothing
    }, nothing) as never)

    const readSettings = async (given?: unknown): Promise<void> => {
      const found: unknown = client.configuration ? await connection.workspace.getConfiguration('scrub') : (given as { scrub?: unknown } | undefined)?.scrub
      const settings = settingsOf(found, settingsOf(params.initializationOptions))
      const same = JSON.stringify(settings) === JSON.stringify(made.settings)
      made.settings = settings
      if (same) return
      made.reread()
      if (client.refreshesHints) void connection.languages.inlayHint.refresh()
    }
    connection.onInitialized(() => {
      if (client.configuration) void readSettings().catch((error: unknown) => connection.console.error(`settings: ${String(error)}`))
      if (client.registersConfiguration) void connection.client.register(DidChangeConfigurationNotification.type, { section: 'scrub' })
      if (client.registersWatchers) {
        void connection.client.register(DidChangeWatchedFilesNotification.type, { watchers: [{ globPattern: '**/*.{onnx,onnx_data,npz,npy,safetensors,jsonl,csv,parquet,json}' }] })
      }
      if (client.folders) {
        connection.workspace.onDidChangeWorkspaceFolders(({ added, removed }) => {
          made.folders = [...made.folders.filter((one) => !removed.some(({ uri }) => uri === one.uri)), ...added]
          made.reread()
        })
      }
    })
    connection.onDidChangeConfiguration(({ settings }) => void readSettings(settings).catch((error: unknown) => connection.console.error(`settings: ${String(error)}`)))
    connection.onDidChangeWatchedFiles(() => made.hint())

    return {
      serverInfo: { name: 'scrub', version: VERSION },
      capabilities: {
        positionEncoding: PositionEncodingKind.UTF16,
        textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental },
        hoverProvider: true,
        completionProvider: { triggerCharacters: ['.', '"', '/', '[', '=', ' '], resolveProvider: false },
        signatureHelpProvider: { triggerCharacters: ['(', ','], retriggerCharacters: [')', '='] },
        definitionProvider: true,
        referencesProvider: true,
        renameProvider: { prepareProvider: true },
        documentHighlightProvider: true,
        documentSymbolProvider: true,
        workspaceSymbolProvider: true,
        foldingRangeProvider: true,
        selectionRangeProvider: true,
        documentLinkProvider: { resolveProvider: false },
        documentFormattingProvider: true,
        documentRangeFormattingProvider: true,
        semanticTokensProvider: { legend: { tokenTypes: [...legend.types], tokenModifiers: [...legend.modifiers] }, full: true, range: true },
        inlayHintProvider: { resolveProvider: false },
        codeLensProvider: { resolveProvider: false },
        codeActionProvider: { codeActionKinds: [CodeActionKind.QuickFix, CodeActionKind.RefactorRewrite, CodeActionKind.RefactorExtract, 'source.organize', CodeActionKind.SourceFixAll], resolveProvider: false },
        diagnosticProvider: { identifier: 'scrub', interFileDependencies: false, workspaceDiagnostics: false },
        executeCommandProvider: { commands: [...COMMANDS], workDoneProgress: true },
        workspace: { workspaceFolders: { supported: true, changeNotifications: true } },
      },
    }
  })
  connection.onShutdown(() => {
    shut = true
    workspace?.close()
    setTimeout(end, FAREWELL).unref()
  })
  connection.onExit(end)
  return end
}
