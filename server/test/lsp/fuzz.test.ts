/** Mutated files and random requests, for a while: nothing fails, nothing hangs. SCRUB_FUZZ_SECONDS and SCRUB_FUZZ_SEED make it longer, or another one. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { fixtures, folderWith, start, uriOf } from './client.ts'

const SECONDS = Number(process.env['SCRUB_FUZZ_SECONDS'] ?? 30)
const SEED = Number(process.env['SCRUB_FUZZ_SEED'] ?? 1)

const FILES = ['toy/toy', 'paren/paren', 'zoo/slices', 'zoo/through', 'zoo/masks', 'zoo/warnings', 'zoo/features']
const WORDS = [
  'model ', 'data ', 'metric ', 'let ', 'graph {', 'hypothesis "x" {', 'node ', 'refine ', 'for i in range(3) {', 'option ', 'expect ', 'component ', 'use transformer', 'rewrite ',
  ' at ', ' from ', ' through any', ' through [', 'extends ', ' in ', 'if ', ' then ', ' else ', ' and ', ' not ', 'exact', 'any', '"', '\\', '{', '}', '[', ']', '(', ')', ',', '.', ':', '=',
  '==', '/', '//', '%', '99999999999999999999', '1e400', '-1', '0', '🦊', '𝛽', '\u0000', '\u202e', '\r\n', '\n', '\t', '#', 'data.', 'model.', 'range(1000000000)', '[[[[[[[[', 'x[i] for i in range(9)',
]

/** A small generator, so that a seed gives the same run. */
function randomOf(seed: number): (n: number) => number {
  let state = seed >>> 0 || 1
  return (n) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % n
  }
}

test(`${SECONDS} seconds of mutations and requests`, async () => {
  const random = randomOf(SEED)
  const pick = <T>(list: readonly T[]): T => list[random(list.length)]!
  const folder = folderWith(...FILES.flatMap((file) => [`${file}.onnx`]), ...['toy/toy.jsonl', 'paren/paren.npz', 'zoo/slices.npz', 'zoo/through.jsonl', 'zoo/masks.npz', 'zoo/warnings.jsonl', 'zoo/features.jsonl'])
  const server = await start({ folders: [folder] })
  const texts = FILES.map((file) => readFileSync(join(fixtures, `${file}.scrub`), 'utf8'))
  const uris = texts.map((_, i) => uriOf(folder, `${i}.scrub`))
  const current = [...texts]
  const versions = texts.map(() => 1)
  for (const [i, text] of texts.entries()) await server.open(uris[i]!, text)
  const failures: string[] = []
  let requests = 0
  let edits = 0
  const end = Date.now() + SECONDS * 1000
  while (Date.now() < end && failures.length === 0) {
    const i = random(texts.length)
    const uri = uris[i]!
    const text = current[i]!
    const start = random(text.length + 1)
    const length = random(4) > 0 ? 0 : random(random(10) > 0 ? 12 : 400)
    // Now and then the sound file again.
    const next = random(25) === 0 ? texts[i]! : `${text.slice(0, start)}${random(3) > 0 ? pick(WORDS) : ''}${text.slice(start + length)}`
    current[i] = next.length > 20_000 ? texts[i]! : next
    await server.change(uri, current[i]!, ++versions[i]!)
    edits++
    const lines = current[i]!.split('\n')
    const round = Array.from({ length: random(5) }, () => {
      const line = random(lines.length)
      const position = { line, character: random((lines[line]?.length ?? 0) + 2) }
      const at = { textDocument: { uri }, position }
      const range = { start: { line: random(line + 1), character: 0 }, end: position }
      const [method, params] = pick([
        ['hover', at], ['completion', at], ['signatureHelp', at], ['definition', at], ['documentHighlight', at], ['references', { ...at, context: { includeDeclaration: random(2) === 0 } }],
        ['documentSymbol', at], ['foldingRange', at], ['selectionRange', { ...at, positions: [position] }], ['documentLink', at], ['codeLens', at], ['semanticTokens/full', at],
        ['semanticTokens/range', { ...at, range }], ['inlayHint', { ...at, range }], ['codeAction', { ...at, range, context: { diagnostics: [] } }],
        ['formatting', { ...at, options: { tabSize: 2, insertSpaces: true } }], ['rangeFormatting', { ...at, range, options: { tabSize: 2, insertSpaces: true } }], ['diagnostic', at],
      ] as const)
      requests++
      return server.request(`textDocument/${method}`, params).catch((error: Error) => failures.push(`seed ${SEED}: ${method} at ${JSON.stringify(position)}: ${error.message}\n${current[i]}`))
    })
    const answered = await Promise.race([Promise.all(round).then(() => true), new Promise((resolve) => setTimeout(() => resolve(false), 60_000).unref())])
    if (!answered) failures.push(`seed ${SEED}: no answer within a minute\n${current[i]}`)
  }
  expect(failures).toEqual([])
  expect(server.log.filter((text) => /^\w+: .*\n\s+at /.test(text)), 'errors in the log').toEqual([])
  expect(edits).toBeGreaterThan(SECONDS)
  expect(requests).toBeGreaterThan(SECONDS)
}, (SECONDS + 120) * 1000)
