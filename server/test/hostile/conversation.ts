/** Talks to the language server as no editor would: numbers out of range, unknown documents, wrong types, and bytes that are no messages. */
import fc from 'fast-check'
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startServer, uriOf, type Started } from '../lsp/server-process.ts'
import { bytesOf } from './case.ts'
import { hypotheses } from './hypotheses.ts'
import { oddName } from './numbers.ts'

/** An answer later than this is a hang; much for a machine that does other things, too. */
const PATIENCE = 20_000

const METHODS = [
  'hover', 'completion', 'signatureHelp', 'definition', 'documentHighlight', 'references', 'documentSymbol', 'foldingRange', 'selectionRange', 'documentLink', 'codeLens', 'semanticTokens/full', 'semanticTokens/range',
  'inlayHint', 'codeAction', 'formatting', 'rangeFormatting', 'prepareRename', 'rename', 'diagnostic', 'onTypeFormatting', 'nothing',
].map((name) => `textDocument/${name}`).concat('workspace/symbol', 'workspace/executeCommand', 'completionItem/resolve', 'codeLens/resolve', 'scrub/evaluate', 'scrub/graph', 'scrub/outline', '$/unknown')

const coordinate = fc.oneof({ weight: 4, arbitrary: fc.integer({ min: 0, max: 30 }) }, { weight: 1, arbitrary: fc.constantFrom<unknown>(-1, 2 ** 31 - 1, 2 ** 31, 1e300, 0.5, null, '1', [], {}) })
const position = fc.record({ line: coordinate, character: coordinate })
const range = fc.record({ start: position, end: position })
const params = fc.oneof(
  { weight: 12, arbitrary: fc.record({
    textDocument: fc.constantFrom<unknown>('known', 'known', 'known', 'closed', 'odd', null, 7, {}), position, range, positions: fc.array(position, { maxLength: 3 }), context: fc.constantFrom<unknown>({ diagnostics: [] }, { includeDeclaration: true }, null, {}, { diagnostics: null }),
    options: fc.constantFrom<unknown>({ tabSize: 2, insertSpaces: true }, { tabSize: -1 }, { tabSize: 1e9, insertSpaces: true }, null), newName: oddName, query: oddName, command: fc.constantFrom('scrub.evaluate', 'scrub.nothing', '__proto__'), arguments: fc.array(fc.jsonValue({ maxDepth: 2 }), { maxLength: 3 }), ch: fc.constantFrom('\n', '}', ''),
  }) },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
)

type Step = { readonly text: string } | { readonly method: string; readonly params: unknown; readonly note: boolean } | 'close'

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: hypotheses.map(({ files, main }) => ({ text: new TextDecoder().decode(files[main] as Uint8Array) })) },
  { weight: 16, arbitrary: fc.record({ method: fc.constantFrom(...METHODS), params, note: fc.integer({ min: 0, max: 9 }).map((n) => n === 0) }) },
  { weight: 1, arbitrary: fc.constant('close' as const) },
)

/** Bytes on the server's input that are no messages, or say they are longer or shorter than they are. */
const noise: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc.tuple(fc.constantFrom('-1', '0', '5', '99999999999', '9'.repeat(400), 'abc', '1e9', '', '0x10'), fc.constantFrom('{}', 'null', '[', '{"jsonrpc":"2.0"}', '{"jsonrpc":"2.0","id":1,"method":5}', '[1,2]', '{"jsonrpc":"2.0","id":{},"method":"initialize","params":null}', '['.repeat(100_000)))
    .map(([length, body]) => bytesOf(`Content-Length: ${length}\r\n\r\n${body}`)),
  fc.constantFrom('Content-Length: 2\r\n\r\n{}', 'Content-Length\r\n\r\n{}', '\r\n\r\n', 'Content-Type: x\r\n\r\n{}', `X: ${'y'.repeat(200_000)}`).map((text) => bytesOf(text)),
)

export interface Talk {
  readonly requests: number
  readonly faults: readonly string[]
}

/** Needs the built server. */
export async function converse(seconds: number, seed: number): Promise<Talk> {
  const end = Date.now() + seconds * 1000
  const folder = mkdtempSync(join(tmpdir(), 'scrub-talk-'))
  for (const name of ['toy.onnx', 'toy.jsonl']) writeFileSync(join(folder, name), readFileSync(new URL(`../../../test-fixtures/toy/${name}`, import.meta.url)))
  const faults: string[] = []
  let requests = 0
  try {
    for (let own = seed; Date.now() < end && faults.length === 0; own++) {
      requests += await session(fc.sample(step, { seed: own, numRuns: 150 }), folder, end, (fault) => faults.push(`seed ${own}: ${fault}`))
      for (const bytes of fc.sample(noise, { seed: own, numRuns: 3 })) {
        if (Date.now() > end) break
        requests++
        const fault = await shouted(bytes)
        if (fault !== undefined) faults.push(`seed ${own}: ${fault} after ${JSON.stringify(new TextDecoder('latin1').decode(bytes.subarray(0, 120)))}`)
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  return { requests, faults }
}

async function session(steps: readonly Step[], folder: string, end: number, fail: (fault: string) => void): Promise<number> {
  const server = await startServer({ folders: [folder] })
  const died = new Promise<string>((resolve) => server.process.once('exit', (code, signal) => resolve(`the server ended (${signal ?? code}): ${server.log.join(' ').slice(-500)}`)))
  const uri = uriOf(folder, 'a.scrub')
  await server.open(uri, 'model "toy.onnx"\ndata "toy.jsonl"\n')
  let [version, sent] = [1, 0]
  for (const one of steps) {
    if (Date.now() > end) break
    sent++
    const done = act(server, one, uri, ++version)
    const late = new Promise<string>((resolve) => setTimeout(() => resolve(`no answer within ${PATIENCE / 1000} seconds`), PATIENCE).unref())
    const fault = await Promise.race([done, died, late])
    if (fault !== undefined) {
      fail(`${fault} to ${JSON.stringify(one).slice(0, 400)}`)
      break
    }
  }
  server.stop()
  return sent
}

/** Undefined for any answer, also that a request makes no sense. */
async function act(server: Started, one: Step, uri: string, version: number): Promise<string | undefined> {
  if (one === 'close') {
    await server.connection.sendNotification('textDocument/didClose', { textDocument: { uri } })
    await server.open(uri, 'model "toy.onnx"\n', version)
    return undefined
  }
  if ('text' in one) {
    await server.change(uri, one.text.slice(0, 20_000), version)
    return server.request('textDocument/foldingRange', { textDocument: { uri } }).then(() => undefined, () => undefined)
  }
  const given = withDocument(one.params, uri)
  if (one.note) {
    await server.connection.sendNotification(one.method, given as object)
    return undefined
  }
  return server.request(one.method, given).then(() => undefined, (error: Error) => (/Cannot read|is not a function|is not iterable|call stack/.test(error.message) ? `an error of the program (${error.message})` : undefined))
}

function withDocument(params: unknown, uri: string): unknown {
  if (typeof params !== 'object' || params === null || !('textDocument' in params)) return params
  const { textDocument } = params
  const named = textDocument === 'known' ? { uri } : textDocument === 'closed' ? { uri: 'file:///nowhere/b.scrub' } : textDocument === 'odd' ? { uri: 'untitled:\u0000?#' } : textDocument
  return { ...params, textDocument: named }
}

const program = fileURLToPath(new URL('../../dist/scrub.mjs', import.meta.url))

/** Writes bytes to a server and closes its input: it must end soon, without a stack. */
function shouted(bytes: Uint8Array): Promise<string | undefined> {
  const child = spawn(process.execPath, [program, 'lsp', '--stdio'], { stdio: ['pipe', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.on('data', (text: Buffer) => (said = `${said}${text.toString()}`.slice(0, 4000)))
  child.stdin.on('error', () => {})
  child.stdin.end(bytes)
  return new Promise((resolve) => {
    const late = setTimeout(() => {
      child.kill('SIGKILL')
      resolve(`the server did not end within ${PATIENCE / 1000} seconds`)
    }, PATIENCE)
    child.once('exit', (_, signal) => {
      clearTimeout(late)
      resolve(signal !== null ? `the server was ended by ${signal}` : /\n\s+at \S+ \(/.test(said) ? `the server wrote a stack: ${said.slice(0, 400)}` : undefined)
    })
  })
}
