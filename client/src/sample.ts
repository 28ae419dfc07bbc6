/** The sample of the walkthrough: a folder of its own with a model, data and a first hypothesis, which the reader may change. */
import { commands, Uri, window, workspace, type ExtensionContext } from 'vscode'

/** In the extension's folder; the hypothesis first. */
const FILES = ['client/walkthrough/paren.scrub', 'test-fixtures/paren/paren.onnx', 'test-fixtures/paren/paren.npz']

/** Opens the sample. What was changed in it before stays. */
export async function openSample({ extensionUri, globalStorageUri }: ExtensionContext): Promise<void> {
  const folder = Uri.joinPath(globalStorageUri, 'sample')
  const copies = FILES.map((file) => ({ from: Uri.joinPath(extensionUri, file), to: Uri.joinPath(folder, file.slice(file.lastIndexOf('/') + 1)) }))
  for (const { from, to } of copies) {
    const there = await workspace.fs.stat(to).then(() => true, () => false)
    if (!there) await workspace.fs.copy(from, to)
  }
  await window.showTextDocument(await workspace.openTextDocument(copies[0]!.to), { preview: false })
  // The text, not the walkthrough, is what is worked on.
  await commands.executeCommand('workbench.action.focusActiveEditorGroup')
}
