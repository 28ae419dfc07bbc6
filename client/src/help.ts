/** Help with what does not work: the doctor, and a report for whoever is to mend it. */
import { readdir, readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { env, ProgressLocation, version, window, workspace, type ExtensionContext } from 'vscode'
import type { LanguageClient } from 'vscode-languageclient/node'
import { DOCTOR } from '../../server/src/protocol/editor.ts'
import { diagnosticsReport } from './diagnostics-report.ts'

/** What works on this machine, in lines; undefined where the server does not answer. */
async function doctorOf(client: LanguageClient): Promise<string | undefined> {
  if (!client.isRunning()) return undefined
  const found = await window.withProgress({ location: ProgressLocation.Window, title: 'Scrub: trying devices' }, async () => client.sendRequest<string | null>(DOCTOR).catch(() => null))
  return found ?? undefined
}

export async function showDoctor(client: LanguageClient): Promise<void> {
  const text = await doctorOf(client)
  if (text === undefined) return void window.showErrorMessage('The language server does not answer, so nothing can be tried: restart it, or see the log.')
  const [title = '', ...detail] = text.split('\n')
  const chosen = await window.showInformationMessage(title, { modal: true, detail: detail.join('\n') }, 'Copy')
  if (chosen === 'Copy') await env.clipboard.writeText(text)
}

export async function copyDiagnostics({ extension, logUri }: ExtensionContext, client: LanguageClient): Promise<void> {
  const { packageJSON } = extension as { packageJSON: { version: string; contributes: { configuration: { properties: Record<string, { default: unknown }> } } } }
  const settings = workspace.getConfiguration()
  const changed = Object.entries(packageJSON.contributes.configuration.properties).filter(([key, { default: usual }]) => JSON.stringify(settings.get(key)) !== JSON.stringify(usual))
  await env.clipboard.writeText(diagnosticsReport({
    versions: { Scrub: packageJSON.version, 'VS Code': version, Node: process.version, system: `${process.platform} ${process.arch}`, ...(env.remoteName ? { remote: env.remoteName } : {}) },
    doctor: await doctorOf(client),
    settings: Object.fromEntries(changed.map(([key]) => [key, settings.get(key)])),
    trusted: workspace.isTrusted,
    log: await lastLines(logUri.fsPath),
    home: homedir(),
  }))
  void window.showInformationMessage('Copied: paste it into an issue. It holds versions, settings and the log, but nothing of models and data.')
}

/** VS Code writes the log into this folder. */
async function lastLines(folder: string): Promise<string[]> {
  const [name] = (await readdir(folder).catch(() => [])).filter((one) => one.endsWith('.log'))
  return name === undefined ? [] : (await readFile(join(folder, name), 'utf8').catch(() => '')).trimEnd().split('\n')
}
