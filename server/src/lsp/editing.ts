/** Rename, formatting, code actions. */
import { ErrorCodes, ResponseError, type CodeAction, type CodeActionParams, type Range, type TextEdit, type WorkspaceEdit } from 'vscode-languageserver/node'
import type { TextDocument } from 'vscode-languageserver-textdocument'
import type { Finding } from '@scrub/grammar'
import { codeActions } from '../language/actions/index.ts'
import { formatDocument } from '../language/format-document.ts'
import { formatRange } from '../language/format-range.ts'
import { prepareRename, rename } from '../language/rename.ts'
import { symbolsOf } from '../language/symbols.ts'
import { diagnosticOf, editsOf, rangeOf, spanOf } from './convert.ts'
import { boundOf, textOf, type Parts } from './parts.ts'

interface At {
  readonly textDocument: { readonly uri: string }
  readonly position: { readonly line: number; readonly character: number }
}

const refusal = (sentence: string) => new ResponseError<void>(ErrorCodes.InvalidRequest, sentence)

export function registerEditing({ connection, client, guard, workspace }: Parts): void {
  const edit = (document: TextDocument, edits: TextEdit[]): WorkspaceEdit =>
    client.documentChanges ? { documentChanges: [{ textDocument: { uri: document.uri, version: document.version }, edits }] } : { changes: { [document.uri]: edits } }

  connection.onPrepareRename(guard('prepareRename', async ({ textDocument, position }: At): Promise<{ range: Range; placeholder: string } | null> => {
    const opened = textOf(workspace, textDocument.uri)
    if (!opened) return null
    const offset = opened.document.offsetAt(position)
    if (!symbolsOf(opened.snapshot.parsed).at(offset)) return null
    const answer = prepareRename(opened.snapshot, offset)
    if ('refused' in answer) throw refusal(answer.refused)
    return { range: rangeOf(opened.document, answer.span), placeholder: answer.placeholder }
  }, null))

  connection.onRenameRequest(guard('rename', async ({ textDocument, position, newName }: At & { newName: string }): Promise<WorkspaceEdit | null> => {
    const opened = textOf(workspace, textDocument.uri)
    if (!opened) return null
    const answer = rename(opened.snapshot, opened.document.offsetAt(position), newName)
    if ('refused' in answer) throw refusal(answer.refused)
    return edit(opened.document, editsOf(opened.document, answer.edits))
  }, null))

  connection.onDocumentFormatting(guard('formatting', async ({ textDocument }: { textDocument: { uri: string } }): Promise<TextEdit[] | null> => {
    const opened = workspace.settings.format.enable ? textOf(workspace, textDocument.uri) : undefined
    return opened ? editsOf(opened.document, formatDocument(opened.snapshot)) : null
  }, null))

  connection.onDocumentRangeFormatting(guard('rangeFormatting', async ({ textDocument, range }: { textDocument: { uri: string }; range: Range }): Promise<TextEdit[] | null> => {
    const opened = workspace.settings.format.enable ? textOf(workspace, textDocument.uri) : undefined
    return opened ? editsOf(opened.document, formatRange(opened.snapshot, spanOf(opened.document, range))) : null
  }, null))

  connection.onCodeAction(guard('codeAction', async ({ textDocument, range, context }: CodeActionParams): Promise<CodeAction[] | null> => {
    const opened = await boundOf(workspace, textDocument.uri)
    if (!opened || !client.codeActionLiterals) return null
    const { document, session, snapshot } = opened
    const wanted = (kind: string) => context.only === undefined ? !kind.startsWith('source.') : context.only.some((only) => kind === only || kind.startsWith(`${only}.`))
    const findings: readonly Finding[] = session.findings() ?? snapshot.parsed.findings
    return codeActions(snapshot, spanOf(document, range), findings, wanted).filter(({ kind }) => wanted(kind)).map((action): CodeAction => ({
      title: action.title,
      kind: action.kind,
      edit: edit(document, editsOf(document, action.edits)),
      ...(action.fixes?.length ? { diagnostics: action.fixes.map((finding) => diagnosticOf(document, finding, client.relatedInformation)) } : {}),
      ...(action.preferred ? { isPreferred: true } : {}),
    }))
  }, null))
}
