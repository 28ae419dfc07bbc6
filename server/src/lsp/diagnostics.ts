/** Findings as diagnostics: pushed when they are known, or handed out to clients that ask for them. */
import { createHash } from 'node:crypto'
import { DocumentDiagnosticReportKind, type Connection, type Diagnostic, type DocumentDiagnosticReport } from 'vscode-languageserver/node'
import type { TextDocument } from 'vscode-languageserver-textdocument'
import { diagnosticOf } from './convert.ts'
import type { Client } from './client.ts'
import type { Session } from './session.ts'

/** Milliseconds that are waited for what is known of the data, before an answer without it. */
const PATIENCE = 150
/** Milliseconds in which further findings are collected: they arrive one by one. */
const COLLECT = 60

export class Diagnostics {
  private readonly connection: Connection
  private readonly client: Client
  private readonly documentOf: (uri: string) => TextDocument | undefined
  private readonly pending = new Map<string, NodeJS.Timeout>()
  private readonly last = new Map<string, { readonly version: number; readonly text: string }>()
  private refreshing: NodeJS.Timeout | undefined

  constructor(connection: Connection, client: Client, documentOf: (uri: string) => TextDocument | undefined) {
    this.connection = connection
    this.client = client
    this.documentOf = documentOf
  }

  /** The findings of a document are known, or more of them. */
  changed(session: Session): void {
    if (this.client.pullsDiagnostics) return this.refresh(session)
    const first = this.last.get(session.uri)?.version !== session.version
    if (first) return this.push(session)
    if (!this.pending.has(session.uri)) this.pending.set(session.uri, setTimeout(() => this.push(session), COLLECT))
  }

  closed(uri: string): void {
    clearTimeout(this.pending.get(uri))
    this.pending.delete(uri)
    this.last.delete(uri)
    if (!this.client.pullsDiagnostics) void this.connection.sendDiagnostics({ uri, diagnostics: [] })
  }

  close(): void {
    for (const timer of this.pending.values()) clearTimeout(timer)
    clearTimeout(this.refreshing)
  }

  async pull(session: Session, previous: string | undefined): Promise<DocumentDiagnosticReport> {
    await session.settled(PATIENCE)
    const items = this.of(session) ?? []
    const resultId = createHash('sha1').update(JSON.stringify(items)).digest('hex')
    this.last.set(session.uri, { version: session.version, text: resultId })
    return resultId === previous ? { kind: DocumentDiagnosticReportKind.Unchanged, resultId } : { kind: DocumentDiagnosticReportKind.Full, resultId, items }
  }

  private of(session: Session): Diagnostic[] | undefined {
    const document = this.documentOf(session.uri)
    const findings = session.findings()
    if (!document || !findings || document.version !== session.version) return undefined
    return findings.map((finding) => diagnosticOf(document, finding, this.client.relatedInformation))
  }

  private push(session: Session): void {
    this.pending.delete(session.uri)
    const diagnostics = this.of(session)
    if (!diagnostics) return
    const { uri, version } = session
    const text = JSON.stringify(diagnostics)
    const last = this.last.get(uri)
    if (last?.version === version && last.text === text) return
    this.last.set(uri, { version, text })
    void this.connection.sendDiagnostics({ uri, version, diagnostics })
  }

  /** The client asks again where what it has got is out of date. */
  private refresh(session: Session): void {
    const last = this.last.get(session.uri)
    // After a change of the text it asks by itself.
    if (!this.client.refreshesDiagnostics || (last && last.version !== session.version)) return
    this.refreshing ??= setTimeout(() => {
      this.refreshing = undefined
      this.connection.languages.diagnostics.refresh()
    }, COLLECT)
  }
}
