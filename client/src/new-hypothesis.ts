/** "New Hypothesis for a Model…": asks for a model and data, and opens a first file about them. */
import { dirname } from 'node:path'
import { ProgressLocation, Uri, window, workspace, type QuickPickItem } from 'vscode'
import type { LanguageClient } from 'vscode-languageclient/node'
import { NEW } from '../../server/src/protocol/editor.ts'

/** Files that are offered; others are found by browsing. */
const MOST = 200
const MODELS = ['onnx']
const DATA = ['npz', 'npy', 'safetensors', 'jsonl', 'csv', 'parquet']

export async function newHypothesis(client: LanguageClient, given: unknown): Promise<void> {
  const model = given instanceof Uri ? given : await chosen('The model', MODELS, undefined)
  const data = model && (await chosen('The data that it is tested on', DATA, model))
  if (!model || !data) return
  const target = await free(model)
  const answer = await window.withProgress({ location: ProgressLocation.Notification, title: 'Reading the model and the data' }, async () =>
    client.sendRequest<{ text: string } | { message: string } | null>(NEW, { model: model.toString(), data: data.toString(), uri: target.toString() }).catch(() => null))
  if (answer === null) return void window.showErrorMessage('The language server does not answer: restart it, or see the log.')
  if ('message' in answer) return void window.showErrorMessage(answer.message)
  await workspace.fs.writeFile(target, new TextEncoder().encode(answer.text))
  await window.showTextDocument(await workspace.openTextDocument(target))
}

/** A name beside the model that is not taken. */
async function free(model: Uri): Promise<Uri> {
  const base = model.path.replace(/\.onnx$/, '')
  for (let n = 1; ; n++) {
    const target = model.with({ path: `${base}${n === 1 ? '' : `-${n}`}.scrub` })
    const taken = await workspace.fs.stat(target).then(() => true, () => false)
    if (!taken) return target
  }
}

/** A file of the workspace, those in the folder of `near` first, or one that the reader browses for. */
async function chosen(title: string, endings: readonly string[], near: Uri | undefined): Promise<Uri | undefined> {
  const found = await workspace.findFiles(`**/*.{${endings.join(',')}}`, '**/node_modules/**', MOST)
  const distance = (uri: Uri): number => Number(near !== undefined && dirname(uri.path) !== dirname(near.path))
  found.sort((a, b) => distance(a) - distance(b) || (a.path < b.path ? -1 : 1))
  const browse: QuickPickItem = { label: '$(folder-opened) Browse…', alwaysShow: true }
  const items = found.map((uri) => ({ label: workspace.asRelativePath(uri), uri }))
  const picked = items.length === 0 ? browse : await window.showQuickPick([...items, browse], { title, placeHolder: endings.map((ending) => `.${ending}`).join(', ') })
  if (!picked) return undefined
  if ('uri' in picked) return picked.uri as Uri
  return (await window.showOpenDialog({ title, filters: { [title]: [...endings] } }))?.[0]
}
