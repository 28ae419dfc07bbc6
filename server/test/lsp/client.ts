/** What every protocol test starts with: a server that ends with the test, and a folder of its own. */
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import type { Diagnostic } from 'vscode-languageserver/node'
import { startServer, type Started, type StartOptions } from './server-process.ts'

export { CAPABLE, uriOf } from './server-process.ts'

export const fixtures = fileURLToPath(new URL('../../../test-fixtures/', import.meta.url))

/** A folder of its own for one test, with copies of fixtures. */
/** What paren.scrub loads. */
export const PAREN_ARRAYS = ['paren/open_direction.npy', 'paren/share_weights.npy']

export function folderWith(...copies: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'scrub-lsp-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  for (const copy of copies) cpSync(join(fixtures, copy), join(folder, copy.split('/').at(-1)!), { recursive: true })
  return folder
}

export const write = (folder: string, name: string, content: string | Uint8Array): string => {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

/** Start `scrub lsp --stdio`; it is ended with the test. */
export async function start(options: StartOptions = {}): Promise<Started> {
  const server = await startServer(options)
  onTestFinished(server.stop)
  return server
}

/** `line:character code message` of each. */
export const lines = (list: readonly Diagnostic[]): string[] => list.map(({ range: { start }, code, message }) => `${start.line + 1}:${start.character + 1} ${code} ${message}`)
