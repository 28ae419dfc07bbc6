/** The outline as symbols, of one document and of all files of the workspace. */
import { readdir, readFile } from 'node:fs/promises'
import { basename, extname, join } from 'node:path'
import { longestText, parse } from '@scrub/grammar'
import { SymbolKind, type CancellationToken, type DocumentSymbol, type SymbolInformation, type WorkspaceSymbol } from 'vscode-languageserver/node'
import { TextDocument } from 'vscode-languageserver-textdocument'
import { scorer, searchable } from '../language/fuzzy.ts'
import { outline, type OutlineEntry, type OutlineKind } from '../language/outline.ts'
import { pathOf, rangeOf, uriOf } from './convert.ts'
import type { Workspace } from './workspace.ts'

const kinds: Record<OutlineKind, SymbolKind> = {
  model: SymbolKind.File, data: SymbolKind.File, vocab: SymbolKind.Enum, metric: SymbolKind.Operator, let: SymbolKind.Constant, graph: SymbolKind.Package,
  component: SymbolKind.Object, point: SymbolKind.Property, rewrite: SymbolKind.Object, hypothesis: SymbolKind.Class, node: SymbolKind.Field, refine: SymbolKind.Field,
  for: SymbolKind.Array, option: SymbolKind.Property, expect: SymbolKind.Boolean,
}

export function symbolOf(document: TextDocument, { name, detail, kind, span, nameSpan, children }: OutlineEntry): DocumentSymbol {
  return {
    name, kind: kinds[kind], range: rangeOf(document, span), selectionRange: rangeOf(document, nameSpan),
    ...(detail === undefined ? {} : { detail }),
    children: children.map((child) => symbolOf(document, child)),
  }
}

export function flatSymbols(document: TextDocument, entries: readonly OutlineEntry[], container?: string): SymbolInformation[] {
  return entries.flatMap((entry) => [
    { name: entry.name, kind: kinds[entry.kind], location: { uri: document.uri, range: rangeOf(document, entry.span) }, ...(container === undefined ? {} : { containerName: container }) },
    ...flatSymbols(document, entry.children, entry.name),
  ])
}

/** Files that are looked into, and folders that hold none of a user's. */
const MOST_FILES = 500
const MOST_DEPTH = 8
const SKIPPED = new Set(['node_modules', 'dist', 'out', 'build', '__pycache__', 'venv', 'site-packages'])
const MOST_SYMBOLS = 200
/** What can be looked for by name. */
const NAMED: ReadonlySet<OutlineKind> = new Set(['hypothesis', 'node', 'let', 'metric', 'component', 'point'])

export async function workspaceSymbols(workspace: Workspace, query: string, token: CancellationToken): Promise<WorkspaceSymbol[]> {
  const score = scorer(query)
  const found: { symbol: WorkspaceSymbol; score: number }[] = []
  for await (const document of documents(workspace, token)) {
    const parsed = parse(document.getText())
    const visit = (entries: readonly OutlineEntry[], container: string): void => {
      for (const entry of entries) {
        const points = NAMED.has(entry.kind) ? score(searchable(entry.name)) : Number.NEGATIVE_INFINITY
        if (Number.isFinite(points)) found.push({ score: points, symbol: { name: entry.name, kind: kinds[entry.kind], containerName: container, location: { uri: document.uri, range: rangeOf(document, entry.nameSpan) } } })
        visit(entry.children, entry.name)
      }
    }
    visit(outline({ file: '', text: document.getText(), parsed, bound: undefined, known: () => undefined, classes: async () => undefined, result: () => undefined }), basename(document.uri))
  }
  return found.sort((a, b) => b.score - a.score).slice(0, MOST_SYMBOLS).map(({ symbol }) => symbol)
}

/** The open documents, then the files of the workspace folders that are not open. */
async function* documents(workspace: Workspace, token: CancellationToken): AsyncGenerator<TextDocument> {
  const open = workspace.documents.all()
  const seen = new Set(open.map(({ uri }) => pathOf(uri) ?? uri))
  yield* open
  const folders = workspace.folders.flatMap(({ uri }) => pathOf(uri) ?? []).map((path) => ({ path, depth: 0 }))
  let files = 0
  for (let folder = folders.shift(); folder && files < MOST_FILES && !token.isCancellationRequested; folder = folders.shift()) {
    for (const entry of await readdir(folder.path, { withFileTypes: true }).catch(() => [])) {
      const path = join(folder.path, entry.name)
      if (entry.isDirectory()) {
        if (folder.depth < MOST_DEPTH && !entry.name.startsWith('.') && !SKIPPED.has(entry.name)) folders.push({ path, depth: folder.depth + 1 })
      } else if (entry.isFile() && extname(entry.name) === '.scrub' && !seen.has(path) && files++ < MOST_FILES) {
        const text = await readFile(path, 'utf8').catch(() => '')
        if (text.length <= longestText) yield TextDocument.create(uriOf(path), 'scrub', 0, text)
      }
    }
  }
}
