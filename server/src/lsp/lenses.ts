/** Code lenses, and when they are to be asked for again. */
import { CodeLensRefreshRequest, type CodeLens } from 'vscode-languageserver/node'
import { lenses } from '../language/lenses.ts'
import { rangeOf } from './convert.ts'
import { boundOf, type Parts } from './parts.ts'

/** Milliseconds in which changes are collected. */
const COLLECT = 100

/** Gives what is to be called when a lens may have changed. */
export function registerLenses({ connection, client, guard, workspace }: Parts): () => void {
  const last = new Map<string, string>()
  connection.onCodeLens(guard('codeLens', async ({ textDocument: { uri } }: { textDocument: { uri: string } }): Promise<CodeLens[] | null> => {
    const opened = await boundOf(workspace, uri)
    if (!opened) return null
    const { document, session, snapshot } = opened
    const made = lenses(snapshot, session.findings() ?? [], (hypothesis) => workspace.runs.state(uri, hypothesis), Date.now())
    last.set(uri, JSON.stringify(made.map(({ title }) => title)))
    return made.map(({ span, title, command }) => ({ range: rangeOf(document, span), command: { title, command: command.name, arguments: [{ uri, ...command.arguments }] } }))
  }, null))

  let timer: NodeJS.Timeout | undefined
  return () => {
    if (!client.refreshesLenses) return
    timer ??= setTimeout(() => {
      timer = undefined
      void connection.sendRequest(CodeLensRefreshRequest.type).catch(() => {})
    }, COLLECT)
  }
}
