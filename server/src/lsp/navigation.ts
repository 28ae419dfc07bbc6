/** Definition, references, highlights, symbols, folding, selection, links, semantic tokens. */
import {
  DocumentHighlightKind, FoldingRangeKind, SemanticTokensBuilder,
  type DocumentHighlight, type DocumentLink, type DocumentSymbol, type FoldingRange, type Location, type LocationLink, type SelectionRange,
  type SemanticTokens, type SymbolInformation, type WorkspaceSymbol,
} from 'vscode-languageserver/node'
import type { Span } from '@scrub/grammar'
import { definition } from '../language/definition.ts'
import { documentLinks } from '../language/document-links.ts'
import { folding } from '../language/folding.ts'
import { highlights } from '../language/highlights.ts'
import { outline } from '../language/outline.ts'
import { references } from '../language/references.ts'
import { selectionRanges } from '../language/selection-ranges.ts'
import { legend, semanticTokens } from '../language/semantic-tokens.ts'
import { rangeOf, spanOf, uriOf } from './convert.ts'
import { tensorLocation } from './model-outline.ts'
import { boundOf, textOf, type Opened, type Parts } from './parts.ts'
import { flatSymbols, symbolOf, workspaceSymbols } from './symbols.ts'

const top = { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } }

export function registerNavigation({ connection, client, guard, workspace }: Parts): void {
  connection.onDefinition(guard('definition', async ({ textDocument, position }: { textDocument: { uri: string }; position: { line: number; character: number } }): Promise<Location[] | LocationLink[] | null> => {
    const opened = await boundOf(workspace, textDocument.uri)
    if (!opened) return null
    const { document, snapshot } = opened
    const found = definition(snapshot, document.offsetAt(position))
    if (!found) return null
    const originSelectionRange = rangeOf(document, found.origin)
    const links = await Promise.all(found.targets.map(async (target): Promise<LocationLink | undefined> => {
      switch (target.kind) {
        case 'text': return { originSelectionRange, targetUri: document.uri, targetRange: rangeOf(document, target.item), targetSelectionRange: rangeOf(document, target.name) }
        case 'file': return { originSelectionRange, targetUri: uriOf(target.path), targetRange: top, targetSelectionRange: top }
        case 'tensor': {
          const at = snapshot.bound && await tensorLocation(snapshot.bound, target.tensor)
          return at && { originSelectionRange, targetUri: at.uri, targetRange: at.range, targetSelectionRange: at.range }
        }
      }
    }))
    const known = links.filter((link) => link !== undefined)
    return client.definitionLinks ? known : known.map(({ targetUri, targetSelectionRange }) => ({ uri: targetUri, range: targetSelectionRange }))
  }, null))

  connection.onReferences(guard('references', async ({ textDocument, position, context }: { textDocument: { uri: string }; position: { line: number; character: number }; context: { includeDeclaration: boolean } }): Promise<Location[] | null> => {
    const opened = textOf(workspace, textDocument.uri)
    if (!opened) return null
    return references(opened.snapshot, opened.document.offsetAt(position), context.includeDeclaration).map((span) => ({ uri: textDocument.uri, range: rangeOf(opened.document, span) }))
  }, null))

  connection.onDocumentHighlight(guard('documentHighlight', async ({ textDocument, position }: { textDocument: { uri: string }; position: { line: number; character: number } }): Promise<DocumentHighlight[] | null> => {
    const opened = textOf(workspace, textDocument.uri)
    if (!opened) return null
    return highlights(opened.snapshot, opened.document.offsetAt(position)).map(({ span, kind }) => ({ range: rangeOf(opened.document, span), kind: kind === 'write' ? DocumentHighlightKind.Write : DocumentHighlightKind.Read }))
  }, null))

  connection.onDocumentSymbol(guard('documentSymbol', async ({ textDocument }: { textDocument: { uri: string } }): Promise<DocumentSymbol[] | SymbolInformation[] | null> => {
    const opened = textOf(workspace, textDocument.uri)
    if (!opened) return null
    const entries = outline(opened.snapshot)
    return client.hierarchicalSymbols ? entries.map((entry) => symbolOf(opened.document, entry)) : flatSymbols(opened.document, entries)
  }, null))

  connection.onWorkspaceSymbol(guard('workspaceSymbol', async ({ query }: { query: string }, token): Promise<WorkspaceSymbol[] | null> => workspaceSymbols(workspace, query, token), null))

  connection.onFoldingRanges(guard('foldingRange', async ({ textDocument }: { textDocument: { uri: string } }): Promise<FoldingRange[] | null> => {
    const opened = textOf(workspace, textDocument.uri)
    if (!opened) return null
    return folding(opened.snapshot).map(({ span, kind }) => {
      const { start, end } = rangeOf(opened.document, span)
      return { startLine: start.line, endLine: end.line, kind: kind === 'comment' ? FoldingRangeKind.Comment : FoldingRangeKind.Region }
    })
  }, null))

  connection.onSelectionRanges(guard('selectionRange', async ({ textDocument, positions }: { textDocument: { uri: string }; positions: { line: number; character: number }[] }): Promise<SelectionRange[] | null> => {
    const opened = textOf(workspace, textDocument.uri)
    if (!opened) return null
    return positions.map((position) => nested(opened, selectionRanges(opened.snapshot, opened.document.offsetAt(position))))
  }, null))

  connection.onDocumentLinks(guard('documentLink', async ({ textDocument }: { textDocument: { uri: string } }): Promise<DocumentLink[] | null> => {
    const opened = textOf(workspace, textDocument.uri)
    if (!opened) return null
    return documentLinks(opened.snapshot).map(({ span, path }) => ({ range: rangeOf(opened.document, span), target: uriOf(path) }))
  }, null))

  const tokens = (opened: Opened | undefined, span?: Span): SemanticTokens => {
    const builder = new SemanticTokensBuilder()
    if (!opened) return builder.build()
    for (const { span: at, type, modifiers } of semanticTokens(opened.snapshot, span)) {
      const { line, character } = opened.document.positionAt(at.start)
      const bits = modifiers.reduce((sum, modifier) => sum | (1 << legend.modifiers.indexOf(modifier)), 0)
      builder.push(line, character, at.end - at.start, legend.types.indexOf(type), bits)
    }
    return builder.build()
  }
  connection.languages.semanticTokens.on(guard('semanticTokens', async ({ textDocument }: { textDocument: { uri: string } }): Promise<SemanticTokens> => tokens(textOf(workspace, textDocument.uri)), { data: [] }))
  connection.languages.semanticTokens.onRange(guard('semanticTokensRange', async ({ textDocument, range }: { textDocument: { uri: string }; range: typeof top }): Promise<SemanticTokens> => {
    const opened = textOf(workspace, textDocument.uri)
    return tokens(opened, opened && spanOf(opened.document, range))
  }, { data: [] }))
}

/** Spans from the inside out as ranges with parents. */
function nested({ document }: Opened, spans: readonly Span[]): SelectionRange {
  const outside = spans.length > 0 ? spans : [{ start: 0, end: document.getText().length }]
  return outside.reduceRight<SelectionRange | undefined>((parent, span) => ({ range: rangeOf(document, span), ...(parent ? { parent } : {}) }), undefined)!
}
