/** The text follows the panel, and the panel the text; what one made is not told back to the other. */
import { commands, Range, Selection, TextEditorRevealType, Uri, window, workspace, type Disposable, type TextDocument, type TextEditor } from 'vscode'
import type { Target } from './runs.ts'
import { hypothesisNamed, nodeNamed, symbolsAt, type Symbol } from './symbols.ts'

/** Milliseconds after which a cursor that stands still is followed. */
const STILL = 150

export class Follow implements Disposable {
  /** A selection that the panel made, and that it need not be told of. */
  private made = ''
  private still: NodeJS.Timeout | undefined
  private readonly listener: Disposable

  /** `stands` is told the node at a cursor that stands still. */
  constructor(stands: (target: Target, node: string) => void) {
    this.listener = window.onDidChangeTextEditorSelection(({ textEditor }) => {
      if (textEditor.document.languageId !== 'scrub') return
      clearTimeout(this.still)
      this.still = setTimeout(() => void this.tell(textEditor, stands), STILL)
    })
  }

  /** Selects a node in the text; one that a hypothesis took over from another stands there. */
  async select({ uri, hypothesis }: Target, node: string): Promise<void> {
    const document = await workspace.openTextDocument(Uri.parse(uri))
    const symbols = await symbolsOf(document)
    const own = hypothesisNamed(symbols, hypothesis)
    const found = (own && nodeNamed(own, node)) ?? symbols.map((one) => nodeNamed(one, node)).find(Boolean) ?? own
    if (!found) return
    const { start, end } = found.selectionRange
    const range = new Range(start.line, start.character, end.line, end.character)
    const open = window.visibleTextEditors.find((one) => one.document === document)
    const editor = open ?? (await window.showTextDocument(document, { preserveFocus: true, viewColumn: 1 }))
    this.made = `${uri} ${start.line}`
    editor.selection = new Selection(range.start, range.end)
    editor.revealRange(range, TextEditorRevealType.InCenterIfOutsideViewport)
  }

  dispose(): void {
    clearTimeout(this.still)
    this.listener.dispose()
  }

  private async tell({ document, selection }: TextEditor, stands: (target: Target, node: string) => void): Promise<void> {
    const uri = document.uri.toString()
    const mine = this.made === `${uri} ${selection.start.line}`
    this.made = ''
    if (mine) return
    const at = symbolsAt(await symbolsOf(document), selection.active)
    if (at?.node !== undefined) stands({ uri, hypothesis: at.hypothesis }, at.node)
  }
}

/** The hypothesis where the cursor stands in a document of ours. */
export async function hypothesisAtCursor(): Promise<Target | undefined> {
  const editor = window.activeTextEditor
  if (editor?.document.languageId !== 'scrub') return undefined
  const at = symbolsAt(await symbolsOf(editor.document), editor.selection.active)
  return at && { uri: editor.document.uri.toString(), hypothesis: at.hypothesis }
}

async function symbolsOf(document: TextDocument): Promise<readonly Symbol[]> {
  return (await commands.executeCommand<Symbol[] | undefined>('vscode.executeDocumentSymbolProvider', document.uri)) ?? []
}
