/** A file typed key by key, as a person does: no request ever fails, and in the end all is as if it had been opened whole. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { fixtures, folderWith, PAREN_ARRAYS, start, uriOf } from './client.ts'

const TEXT = readFileSync(join(fixtures, 'paren/paren.scrub'), 'utf8')
/** Enough of the file to hold every kind of statement but `expect`; those follow at once. */
const TYPED = TEXT.slice(0, TEXT.indexOf('hypothesis "split"'))
const REST = '\nexpect "claim 1" recovered > 99%\n'
/** Keys between two rounds of requests. */
const EVERY = 11

const requests = (uri: string, line: number, character: number) => {
  const at = { textDocument: { uri }, position: { line, character } }
  const range = { start: { line: Math.max(0, line - 20), character: 0 }, end: { line: line + 1, character: 0 } }
  return [
    ['hover', at], ['completion', at], ['signatureHelp', at], ['definition', at], ['documentHighlight', at], ['references', { ...at, context: { includeDeclaration: true } }],
    ['documentSymbol', at], ['foldingRange', at], ['selectionRange', { ...at, positions: [at.position] }], ['documentLink', at], ['codeLens', at],
    ['semanticTokens/full', at], ['semanticTokens/range', { ...at, range }], ['inlayHint', { ...at, range }], ['codeAction', { ...at, range, context: { diagnostics: [] } }],
    ['formatting', { ...at, options: { tabSize: 2, insertSpaces: true } }], ['rangeFormatting', { ...at, range, options: { tabSize: 2, insertSpaces: true } }],
    ['diagnostic', at],
  ] as const
}

test('paren.scrub is typed key by key', async () => {
  const folder = folderWith('paren/paren.onnx', 'paren/paren.npz', ...PAREN_ARRAYS)
  const server = await start({ folders: [folder] })
  const uri = uriOf(folder, 'a.scrub')
  await server.open(uri, '', 0)
  const failures: string[] = []
  let version = 0
  let line = 0
  let character = 0
  const asked: Promise<unknown>[] = []
  for (let i = 0; i < TYPED.length; i++) {
    const key = TYPED[i]!
    const position = { line, character }
    await server.connection.sendNotification('textDocument/didChange', { textDocument: { uri, version: ++version }, contentChanges: [{ range: { start: position, end: position }, text: key }] })
    if (key === '\n') {
      line++
      character = 0
    } else character++
    if (i % EVERY > 0) continue
    const round = requests(uri, line, character).map(([method, params]) => server.request(`textDocument/${method}`, params).catch((error: Error) => failures.push(`${method} after ${JSON.stringify(TYPED.slice(Math.max(0, i - 30), i + 1))}: ${error.message}`)))
    // Sometimes the next key comes before the answers.
    if (i % 2 === 0) await Promise.all(round)
    else asked.push(...round)
  }
  await Promise.all(asked)
  expect(failures).toEqual([])
  expect(server.log.filter((text) => /error|at .*\.mjs:/i.test(text))).toEqual([])
  await server.change(uri, TYPED + REST, ++version)
  expect(await server.diagnostics(uri, version)).toEqual([])

  // And away again, from the end.
  for (let length = TYPED.length; length > 0; length -= 7) {
    await server.change(uri, TYPED.slice(0, length), ++version)
    if (length % 3 > 0) continue
    await Promise.all(requests(uri, 0, 0).map(([method, params]) => server.request(`textDocument/${method}`, params).catch((error: Error) => failures.push(`${method} of the first ${length}: ${error.message}`))))
  }
  expect(failures).toEqual([])
})
