/** Hover, completion, signature help, inlay hints. */
import { CompletionItemKind, InlayHintKind, InsertTextFormat, MarkupKind, type CompletionItem, type CompletionList, type Hover, type InlayHint, type MarkupContent, type SignatureHelp } from 'vscode-languageserver/node'
import { readdir } from 'node:fs/promises'
import { completion, type Host, type SuggestionKind } from '../language/completion.ts'
import { hover } from '../language/hover.ts'
import { inlayHints } from '../language/inlay-hints.ts'
import { signatureHelp } from '../language/signature-help.ts'
import { rangeOf, spanOf } from './convert.ts'
import { graphLink } from './graph-link.ts'
import { boundOf, textOf, type Parts } from './parts.ts'
import { relative, sep } from 'node:path'

const kinds: Record<SuggestionKind, CompletionItemKind> = {
  keyword: CompletionItemKind.Keyword, operator: CompletionItemKind.Operator, node: CompletionItemKind.Variable, let: CompletionItemKind.Variable,
  index: CompletionItemKind.Variable, column: CompletionItemKind.Field, function: CompletionItemKind.Function, parameter: CompletionItemKind.Property,
  constant: CompletionItemKind.Constant, component: CompletionItemKind.Class, point: CompletionItemKind.Interface, tensor: CompletionItemKind.Value,
  output: CompletionItemKind.Event, hypothesis: CompletionItemKind.Module, metric: CompletionItemKind.Unit, value: CompletionItemKind.EnumMember,
  file: CompletionItemKind.File, folder: CompletionItemKind.Folder,
}

const markdown = (value: string): MarkupContent => ({ kind: MarkupKind.Markdown, value })

export function registerKnowledge({ connection, client, guard, workspace }: Parts): void {
  connection.onHover(guard('hover', async ({ textDocument, position }, token): Promise<Hover | null> => {
    const opened = await boundOf(workspace, textDocument.uri)
    if (!opened || token.isCancellationRequested) return null
    const found = await hover(opened.snapshot, opened.document.offsetAt(position))
    if (!found) return null
    return { contents: client.markdown ? markdown(found.markdown + (client.showsRuns ? graphLink(opened.snapshot, textDocument.uri, found.span) : '')) : { kind: MarkupKind.PlainText, value: found.markdown }, range: rangeOf(opened.document, found.span) }
  }, null))

  connection.onCompletion(guard('completion', async ({ textDocument, position }, token): Promise<CompletionList | null> => {
    const opened = await boundOf(workspace, textDocument.uri)
    if (!opened || token.isCancellationRequested) return null
    const { document, snapshot } = opened
    const { items, isIncomplete } = await completion(snapshot, document.offsetAt(position), folderHost(workspace.rootOf(textDocument.uri)))
    return {
      isIncomplete,
      items: items.map((item): CompletionItem => ({
        label: item.label,
        kind: kinds[item.kind],
        ...(item.detail === undefined ? {} : { detail: item.detail }),
        ...(item.documentation === undefined ? {} : { documentation: markdown(item.documentation) }),
        sortText: item.sortText,
        filterText: item.filterText,
        insertTextFormat: item.snippet && client.snippets ? InsertTextFormat.Snippet : InsertTextFormat.PlainText,
        textEdit: { range: rangeOf(document, item.replace), newText: item.snippet && !client.snippets ? withoutStops(item.insertText) : item.insertText },
      })),
    }
  }, null))

  connection.onSignatureHelp(guard('signatureHelp', async ({ textDocument, position }): Promise<SignatureHelp | null> => {
    const opened = textOf(workspace, textDocument.uri)
    const found = opened && signatureHelp(opened.snapshot, opened.document.offsetAt(position))
    if (!found) return null
    return {
      signatures: [{ label: found.signature, documentation: markdown(found.documentation), parameters: found.parameters.map((label) => ({ label: [...label] as [number, number] })) }],
      activeSignature: 0,
      activeParameter: found.active,
    }
  }, null))

  connection.languages.inlayHint.on(guard('inlayHint', async ({ textDocument, range }, token): Promise<InlayHint[] | null> => {
    const opened = await boundOf(workspace, textDocument.uri)
    const { shapes, classes } = workspace.settings.inlayHints
    if (!opened || token.isCancellationRequested || !(shapes || classes)) return []
    return inlayHints(opened.snapshot, spanOf(opened.document, range)).flatMap((hint): InlayHint[] => {
      if (hint.kind === 'shape' ? !shapes : !classes) return []
      return [{ position: opened.document.positionAt(hint.offset), label: hint.label, paddingLeft: true, kind: InlayHintKind.Type, ...(hint.tooltip ? { tooltip: hint.tooltip } : {}) }]
    })
  }, null))
}

/** Folders that completion of paths may look into: those inside `root`. */
function folderHost(root: string | undefined): Host {
  return {
    list: async (folder) => {
      if (root !== undefined) {
        const inside = relative(root, folder)
        if (inside === '..' || inside.startsWith(`..${sep}`)) return []
      }
      const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
      return entries.map((entry) => ({ name: entry.name, folder: entry.isDirectory() }))
    },
  }
}

/** A snippet as plain text: its placeholders as they stand, its stops left out. */
function withoutStops(snippet: string): string {
  return snippet.replace(/\$\{\d+:([^}]*)\}|\$\{?\d+\}?/g, '$1').replace(/\\([$}\\])/g, '$1')
}

