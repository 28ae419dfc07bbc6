/** What the client says that it can do. */
import type { ClientCapabilities } from 'vscode-languageserver/node'

export interface Client {
  readonly pullsDiagnostics: boolean
  readonly refreshesDiagnostics: boolean
  readonly relatedInformation: boolean
  readonly definitionLinks: boolean
  readonly refreshesLenses: boolean
  readonly refreshesHints: boolean
  readonly configuration: boolean
  readonly registersConfiguration: boolean
  readonly registersWatchers: boolean
  readonly folders: boolean
  readonly snippets: boolean
  readonly hierarchicalSymbols: boolean
  readonly documentChanges: boolean
  readonly progress: boolean
  readonly codeActionLiterals: boolean
  readonly markdown: boolean
  readonly showsDocuments: boolean
  /** Shows runs, their progress and failures by itself: see protocol/editor.ts. */
  readonly showsRuns: boolean
}

export function clientOf({ textDocument, workspace, window, experimental }: ClientCapabilities): Client {
  return {
    pullsDiagnostics: textDocument?.diagnostic !== undefined,
    refreshesDiagnostics: workspace?.diagnostics?.refreshSupport === true,
    relatedInformation: textDocument?.publishDiagnostics?.relatedInformation === true,
    definitionLinks: textDocument?.definition?.linkSupport === true,
    refreshesLenses: workspace?.codeLens?.refreshSupport === true,
    refreshesHints: workspace?.inlayHint?.refreshSupport === true,
    configuration: workspace?.configuration === true,
    registersConfiguration: workspace?.didChangeConfiguration?.dynamicRegistration === true,
    registersWatchers: workspace?.didChangeWatchedFiles?.dynamicRegistration === true,
    folders: workspace?.workspaceFolders === true,
    snippets: textDocument?.completion?.completionItem?.snippetSupport === true,
    hierarchicalSymbols: textDocument?.documentSymbol?.hierarchicalDocumentSymbolSupport === true,
    documentChanges: workspace?.workspaceEdit?.documentChanges === true,
    progress: window?.workDoneProgress === true,
    codeActionLiterals: textDocument?.codeAction?.codeActionLiteralSupport !== undefined,
    markdown: textDocument?.hover?.contentFormat?.includes('markdown') !== false,
    showsDocuments: window?.showDocument?.support === true,
    showsRuns: (experimental as { scrubRuns?: unknown } | undefined)?.scrubRuns === true,
  }
}
