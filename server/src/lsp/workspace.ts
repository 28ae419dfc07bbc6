/** The open documents, the folders around them, and what they share: opened files, the runner, results. */
import { availableParallelism } from 'node:os'
import { dirname, join, sep } from 'node:path'
import { TextDocuments, type Connection, type WorkspaceFolder } from 'vscode-languageserver/node'
import { TextDocument } from 'vscode-languageserver-textdocument'
import type { BoundFile } from '../hypothesis/bound.ts'
import type { RunUpdate } from '../protocol/editor.ts'
import type { RunRequest } from '../protocol/runner.ts'
import { RunnerService } from '../runner/service.ts'
import { pathOf } from './convert.ts'
import { FileStore } from './files.ts'
import { Inspector } from './inspector.ts'
import { Live } from './live.ts'
import { runKey } from './run-key.ts'
import { Runs } from './runs.ts'
import { Session } from './session.ts'
import { defaults, type Settings } from './settings.ts'
import { Tidy } from './tidy.ts'
import { Watcher } from './watch.ts'

export interface WorkspaceEvents {
  /** The findings of a document are known, or more of them. */
  readonly findings: (session: Session) => void
  /** Results or the state of a run have changed. */
  readonly results: () => void
  readonly run: (update: RunUpdate) => void
  readonly closed: (uri: string) => void
}

export class Workspace {
  readonly documents = new TextDocuments(TextDocument)
  readonly sessions = new Map<string, Session>()
  readonly runner: RunnerService
  readonly runs: Runs
  private readonly live: Live
  settings: Settings = defaults
  folders: readonly WorkspaceFolder[] = []
  private readonly files: FileStore
  private readonly inspector: Inspector
  private readonly watcher: Watcher
  private readonly tidy = new Tidy()
  private readonly log: (text: string) => void

  constructor(connection: Connection, events: WorkspaceEvents) {
    this.log = (text) => connection.console.log(text.trimEnd())
    this.runner = new RunnerService({ idle: () => this.settings.idleExitSeconds * 1000, log: this.log })
    this.files = new FileStore((request) => this.runner.open(request))
    this.inspector = new Inspector(this.runner, () => this.settings.trusted, this.log)
    this.runs = new Runs({ log: this.log, changed: events.results, tell: events.run, idle: () => this.settings.idleExitSeconds * 1000 })
    this.live = new Live({
      runner: this.runner,
      samples: () => (this.settings.live.enable && this.settings.trusted ? this.settings.live.samples : undefined),
      request: (uri) => this.requestOf(uri),
      known: (uri, hypothesis, bound) => this.runs.result(uri, hypothesis, () => this.keyOf(uri, hypothesis, bound))?.stale === false,
      changed: events.results,
      log: this.log,
    })
    this.watcher = new Watcher((paths) => this.reread((session) => [...session.paths].some((path) => paths.has(path))))
    const host = {
      files: this.files,
      inspector: this.inspector,
      rootOf: (uri: string) => this.rootOf(uri),
      result: (uri: string, hypothesis: string, bound: BoundFile | undefined) => {
        const result = this.runs.result(uri, hypothesis, () => bound && this.keyOf(uri, hypothesis, bound))
        return result?.stale === false ? result : (this.live.result(uri, hypothesis, bound) ?? result)
      },
      changed: (session: Session) => {
        this.tidy.active()
        this.watcher.watch(this.files.stamps())
        events.findings(session)
        if (session.bound) this.live.bound(session.uri, session.bound)
      },
      failed: (what: string, error: unknown) => connection.console.error(`${what}: ${error instanceof Error ? error.stack : String(error)}`),
    }
    this.documents.onDidOpen(({ document }) => {
      const { uri, version } = document
      this.sessions.get(uri)?.close()
      this.sessions.set(uri, new Session(uri, this.fileOf(uri), document.getText(), version, host))
    })
    this.documents.onDidChangeContent(({ document }) => {
      const session = this.sessions.get(document.uri)
      if (!session || session.version === document.version) return
      this.live.stop(document.uri)
      session.change(document.getText(), document.version)
    })
    this.documents.onDidClose(({ document }) => {
      this.live.close(document.uri)
      this.sessions.get(document.uri)?.close()
      this.sessions.delete(document.uri)
      this.forget()
      events.closed(document.uri)
    })
    this.documents.listen(connection)
  }

  session(uri: string): Session | undefined {
    return this.sessions.get(uri)
  }

  /** Looks at the files again now. */
  hint(): void {
    this.watcher.hint()
  }

  reread(which: (session: Session) => boolean = () => true): void {
    for (const session of this.sessions.values()) if (which(session)) session.reread()
  }

  /** The folder that confines what a document opens: its workspace folder, or its own. */
  rootOf(uri: string): string | undefined {
    if (this.settings.trustPaths) return undefined
    const file = this.fileOf(uri)
    const around = this.folders.flatMap((folder) => pathOf(folder.uri) ?? []).filter((folder) => file.startsWith(folder.endsWith(sep) ? folder : folder + sep))
    return around.sort((a, b) => b.length - a.length)[0] ?? dirname(file)
  }

  /** Undefined where the hypothesis cannot be evaluated. */
  keyOf(uri: string, hypothesis: string, bound: BoundFile): string | undefined {
    const paths = this.sessions.get(uri)?.paths
    return paths && runKey(bound, hypothesis, this.files.stamps().filter(({ path }) => paths.has(path)), this.settings)
  }

  /** A first file about a model, to be written to `uri`; a sentence where there can be none. */
  async firstFile(model: string, data: string, uri: string): Promise<{ text: string } | { message: string }> {
    const found = await this.files.first(model, data, this.fileOf(uri), this.rootOf(uri))
    return found.kind === 'first' ? { text: found.text } : { message: found.message }
  }

  /** What every run of a document takes; the editor stays alive beside it. */
  requestOf(uri: string): Pick<RunRequest, 'file' | 'text' | 'root' | 'device' | 'threads' | 'memory' | 'batch'> | undefined {
    const document = this.documents.get(uri)
    const root = this.rootOf(uri)
    const { device, memory, batch } = this.settings
    const threads = this.settings.threads ?? Math.max(1, availableParallelism() - 2)
    return document && { file: this.fileOf(uri), text: document.getText(), device, threads, ...(root === undefined ? {} : { root }), ...(memory === undefined ? {} : { memory }), ...(batch === undefined ? {} : { batch }) }
  }

  close(): void {
    this.tidy.close()
    this.watcher.close()
    this.runs.close()
    for (const session of this.sessions.values()) session.close()
    this.runner.close()
  }

  /** What only closed documents have used is given up. */
  private forget(): void {
    const paths = new Set([...this.sessions.values()].flatMap((session) => [...session.paths]))
    this.files.keep(paths)
    this.watcher.watch(this.files.stamps())
  }

  private fileOf(uri: string): string {
    const folder = this.folders.flatMap((one) => pathOf(one.uri) ?? [])[0] ?? process.cwd()
    // One that is not saved yet stands in the first folder.
    return pathOf(uri) ?? join(folder, 'untitled.scrub')
  }
}
