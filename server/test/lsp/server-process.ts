/** A client of the real server process, over JSON-RPC; tests and benchmarks start with it. */
import { spawn, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import {
  createProtocolConnection, StreamMessageReader, StreamMessageWriter,
  type ClientCapabilities, type Diagnostic, type InitializeResult, type ProtocolConnection, type PublishDiagnosticsParams,
} from 'vscode-languageserver/node'

const program = fileURLToPath(new URL('../../dist/scrub.mjs', import.meta.url))

/** What a capable client that is pushed diagnostics says. */
export const CAPABLE: ClientCapabilities = {
  textDocument: {
    publishDiagnostics: { relatedInformation: true, versionSupport: true },
    completion: { completionItem: { snippetSupport: true, documentationFormat: ['markdown'] } },
    hover: { contentFormat: ['markdown'] },
    documentSymbol: { hierarchicalDocumentSymbolSupport: true },
    codeAction: { codeActionLiteralSupport: { codeActionKind: { valueSet: [] } } },
    rename: { prepareSupport: true },
  },
  workspace: { workspaceFolders: true, workspaceEdit: { documentChanges: true } },
  window: { workDoneProgress: true },
}

export interface Started {
  readonly connection: ProtocolConnection
  readonly process: ChildProcess
  readonly initialized: InitializeResult
  /** Everything that was pushed, newest last, by URI. */
  readonly pushed: ReadonlyMap<string, readonly PublishDiagnosticsParams[]>
  readonly log: readonly string[]
  stop(): void
  open(uri: string, text: string, version?: number): Promise<void>
  /** The whole text anew. */
  change(uri: string, text: string, version: number): Promise<void>
  request<R = any>(method: string, params: unknown): Promise<R>
  /** Waits until the newest diagnostics are of a version and `enough` holds for them; rejects after a while. */
  diagnostics(uri: string, version: number, enough?: (list: readonly Diagnostic[]) => boolean): Promise<readonly Diagnostic[]>
}

export interface StartOptions {
  readonly folders?: readonly string[]
  readonly capabilities?: ClientCapabilities
  readonly options?: unknown
}

export const uriOf = (...parts: readonly string[]): string => pathToFileURL(join(...parts)).href

/** Start `scrub lsp --stdio` and shake hands. */
export async function startServer({ folders = [], capabilities = CAPABLE, options }: StartOptions = {}): Promise<Started> {
  const child = spawn(process.execPath, [program, 'lsp', '--stdio'], { stdio: 'pipe' })
  const log: string[] = []
  child.stderr.setEncoding('utf8').on('data', (text: string) => log.push(text))
  const connection = createProtocolConnection(new StreamMessageReader(child.stdout), new StreamMessageWriter(child.stdin))
  const pushed = new Map<string, PublishDiagnosticsParams[]>()
  const listeners = new Set<() => void>()
  connection.onNotification('textDocument/publishDiagnostics', (params: PublishDiagnosticsParams) => {
    pushed.set(params.uri, [...(pushed.get(params.uri) ?? []), params])
    for (const listener of [...listeners]) listener()
  })
  connection.onNotification('window/logMessage', ({ message }: { message: string }) => void log.push(message))
  connection.onRequest('window/workDoneProgress/create', () => null)
  connection.onRequest('client/registerCapability', () => null)
  connection.listen()
  const initialized: InitializeResult = await connection.sendRequest('initialize', {
    processId: process.pid,
    rootUri: folders[0] === undefined ? null : uriOf(folders[0]),
    workspaceFolders: folders.map((folder) => ({ uri: uriOf(folder), name: folder })),
    capabilities,
    ...(options === undefined ? {} : { initializationOptions: options }),
  })
  await connection.sendNotification('initialized', {})
  return {
    connection, process: child, initialized, pushed, log,
    stop: () => {
      connection.dispose()
      child.kill('SIGKILL')
    },
    open: (uri, text, version = 1) => connection.sendNotification('textDocument/didOpen', { textDocument: { uri, languageId: 'scrub', version, text } }),
    change: (uri, text, version) => connection.sendNotification('textDocument/didChange', { textDocument: { uri, version }, contentChanges: [{ text }] }),
    request: (method, params) => connection.sendRequest(method, params),
    diagnostics: (uri, version, enough = () => true) => new Promise((resolve, reject) => {
      const look = (): void => {
        const found = pushed.get(uri)?.at(-1)
        if (found?.version !== version || !enough(found.diagnostics)) return
        listeners.delete(look)
        clearTimeout(late)
        resolve(found.diagnostics)
      }
      const late = setTimeout(() => {
        listeners.delete(look)
        reject(new Error(`no such diagnostics of version ${version} of ${uri}; the last: ${JSON.stringify(pushed.get(uri)?.at(-1))}\n${log.join('\n')}`))
      }, 30_000)
      listeners.add(look)
      look()
    }),
  }
}
