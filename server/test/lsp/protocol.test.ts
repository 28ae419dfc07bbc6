/** The real server process over JSON-RPC: what a client sees, whatever happens around it. */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { spawn, type ChildProcess } from 'node:child_process'
import { copyFileSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { IPCMessageReader, IPCMessageWriter, createProtocolConnection, SocketMessageReader, SocketMessageWriter, type ProtocolConnection } from 'vscode-languageserver/node'
import { layersOf, textOf, writeData, writeModel } from '../../bench/synthetic.ts'
import { ModelProtoSchema, StringStringEntryProtoSchema } from '../../src/onnx/gen/onnx_pb.ts'
import type { Evaluated } from '../../src/lsp/commands.ts'
import type { Started } from './server-process.ts'
import { CAPABLE, fixtures, folderWith, PAREN_ARRAYS, lines, start, uriOf } from './client.ts'

const program = fileURLToPath(new URL('../../dist/scrub.mjs', import.meta.url))

const TOY = `model "toy.onnx"
data  "toy.jsonl"
metric log_loss = binary_cross_entropy(logit, label)

hypothesis "or of two" {
  node A   = z1 > 3    at "/A"      from z1
  node B   = z2 > 3    at "/B"      from z2
  node out = A or B    at "logit"
}
`

/** Moves the first weights of a model out into a file that is not written; returns what should be in it. */
function externalised(path: string, location: string): Uint8Array {
  const model = fromBinary(ModelProtoSchema, readFileSync(path))
  const weight = model.graph!.initializer.find(({ rawData }) => rawData.length > 0)!
  const bytes = weight.rawData
  Object.assign(weight, { rawData: new Uint8Array(), dataLocation: 1 })
  weight.externalData.push(create(StringStringEntryProtoSchema, { key: 'location', value: location }))
  writeFileSync(path, toBinary(ModelProtoSchema, model))
  return bytes
}

const toyFolder = () => folderWith('toy/toy.onnx', 'toy/toy.jsonl')

async function opened(text = TOY, options: Parameters<typeof start>[0] = {}) {
  const folder = toyFolder()
  const server = await start({ folders: [folder], ...options })
  const uri = uriOf(folder, 'a.scrub')
  await server.open(uri, text)
  return { folder, server, uri }
}

test('a sound file has no findings; a mistake is told at its place, with its document', async () => {
  const { server, uri } = await opened()
  expect(await server.diagnostics(uri, 1)).toEqual([])
  await server.change(uri, TOY.replace('z2 > 3', 'zz > 3'), 2)
  const [found, ...more] = await server.diagnostics(uri, 2, (list) => list.length > 0)
  expect(more).toEqual([])
  expect(found).toMatchObject({
    range: { start: { line: 6, character: 13 }, end: { line: 6, character: 15 } }, severity: 1, code: 'unknown-column', source: 'scrub',
    codeDescription: { href: expect.stringMatching(/^file:.*findings\.md#unknown-column$/) },
    message: '`zz` is no column, let or node here; closest: `z1`, `z2`, `z3`.',
  })
})

test('positions count UTF-16 units: emoji before a mistake', async () => {
  const { server, uri } = await opened(`# 🦊🦊\n${TOY.replace('node B ', 'node 𝛽 ').replace('"/B"', '"/🦊"')}`)
  const list = await server.diagnostics(uri, 1, (found) => found.length > 0)
  expect(lines(list)[0]).toMatch(/^8:28 unknown-place `\/🦊` is no tensor/)
})

test('what the data say arrives, and goes with the text that it was about', async () => {
  const { server, uri } = await opened(TOY.replace('z2 > 3', 'z2 > 300'))
  expect(lines(await server.diagnostics(uri, 1, (list) => list.length === 2))).toEqual([expect.stringMatching(/^7:14 vacuous /), expect.stringMatching(/^8:14 indistinguishable /)])
  await server.change(uri, TOY, 2)
  expect(await server.diagnostics(uri, 2)).toEqual([])
  // The same text again: its warning is known at once, in the first message.
  await server.change(uri, TOY.replace('z2 > 3', 'z2 > 300'), 3)
  await server.diagnostics(uri, 3)
  expect(server.pushed.get(uri)!.find(({ version }) => version === 3)!.diagnostics.map(({ code }) => code)).toEqual(['vacuous', 'indistinguishable'])
})

test('findings are handed out to a client that asks; the same ones again are not sent again', async () => {
  const { server, uri } = await opened(TOY.replace('z2 > 3', 'z2 > 300'), { capabilities: { ...CAPABLE, textDocument: { ...CAPABLE.textDocument, diagnostic: {} } } })
  const pull = (previousResultId?: string) => server.request('textDocument/diagnostic', { textDocument: { uri }, previousResultId })
  await expect.poll(async () => (await pull()).items.map(({ code }: { code: string }) => code), { timeout: 10_000 }).toEqual(['vacuous', 'indistinguishable'])
  const first = await pull()
  expect(await pull(first.resultId)).toEqual({ kind: 'unchanged', resultId: first.resultId })
  expect(server.pushed.size).toBe(0)
})

test('the process that answers never loads ONNX Runtime; the one beside it does', async () => {
  const { server, uri } = await opened(TOY.replace('z2 > 3', 'z2 > 300'))
  await server.diagnostics(uri, 1, (list) => list.length > 0)
  const loads = (pid: number | string | undefined) => readFileSync(`/proc/${pid}/maps`, 'utf8').includes('onnxruntime')
  const [runner] = readFileSync(`/proc/${server.process.pid}/task/${server.process.pid}/children`, 'utf8').trim().split(' ')
  expect([loads(server.process.pid), loads(runner)]).toEqual([false, true])
})

test('two folders with two models: each document is checked against its own', async () => {
  const [toy, paren] = [toyFolder(), folderWith('paren/paren.onnx', 'paren/paren.npz', ...PAREN_ARRAYS)]
  const server = await start({ folders: [toy, paren] })
  const [a, b] = [uriOf(toy, 'a.scrub'), uriOf(paren, 'b.scrub')]
  await server.open(a, TOY)
  await server.open(b, readFileSync(join(fixtures, 'paren/paren.scrub'), 'utf8'))
  expect(await server.diagnostics(a, 1)).toEqual([])
  expect(await server.diagnostics(b, 1)).toEqual([])
  await server.change(a, TOY.replace('"/B"', '"a1.h0"'), 2)
  expect(lines(await server.diagnostics(a, 2, (list) => list.length > 0))[0]).toMatch(/unknown-place `a1.h0` is no tensor of toy.onnx/)
})

test('the model is replaced under an open document, removed, and put back', async () => {
  const { folder, server, uri } = await opened()
  await server.diagnostics(uri, 1)
  copyFileSync(join(fixtures, 'paren/paren.onnx'), join(folder, 'new.onnx'))
  renameSync(join(folder, 'new.onnx'), join(folder, 'toy.onnx'))
  expect(lines(await server.diagnostics(uri, 1, (list) => list.length > 0))[0]).toMatch(/data-mismatch toy.jsonl has no column for the model input `tokens`/)
  rmSync(join(folder, 'toy.onnx'))
  expect(lines(await server.diagnostics(uri, 1, (list) => list[0]?.code === 'model-unreadable'))).toHaveLength(1)
  copyFileSync(join(fixtures, 'toy/toy.onnx'), join(folder, 'toy.onnx'))
  expect(await server.diagnostics(uri, 1, (list) => list.length === 0)).toEqual([])
})

test('the weights of a model lie in a file beside it, which is missing, comes, and is cut off', async () => {
  const { folder, server, uri } = await opened(TOY.replace('toy.onnx', 'external.onnx'))
  copyFileSync(join(fixtures, 'toy/toy.onnx'), join(folder, 'external.onnx'))
  await server.diagnostics(uri, 1, (list) => list.length === 0)
  const weights = externalised(join(folder, 'external.onnx'), 'weights.bin')
  expect(lines(await server.diagnostics(uri, 1, (list) => list.length > 0))).toEqual([expect.stringMatching(/model-unreadable external.onnx cannot be read: its weights are in `weights.bin`, which is not there/)])
  writeFileSync(join(folder, 'weights.bin'), weights)
  expect(await server.diagnostics(uri, 1, (list) => list.length === 0)).toEqual([])
  writeFileSync(join(folder, 'weights.bin'), weights.subarray(4))
  expect(lines(await server.diagnostics(uri, 1, (list) => list.length > 0))).toEqual([expect.stringMatching(/model-unreadable .*`weights.bin` has \d+ bytes, but/)])
})

test('a dataset that is cut off is one finding; the rest goes on working', async () => {
  const { folder, server, uri } = await opened()
  await server.diagnostics(uri, 1)
  const whole = readFileSync(join(folder, 'toy.jsonl'), 'utf8')
  writeFileSync(join(folder, 'toy.jsonl'), whole.slice(0, -8))
  const list = await server.diagnostics(uri, 1, (found) => found.length > 0)
  expect(lines(list)).toEqual([expect.stringMatching(/^2:7 data-unreadable toy.jsonl/)])
  expect(await server.request('textDocument/documentSymbol', { textDocument: { uri } })).not.toHaveLength(0)
  expect(await server.request('textDocument/completion', { textDocument: { uri }, position: { line: 5, character: 2 } })).toBeTruthy()
  writeFileSync(join(folder, 'toy.jsonl'), whole)
  expect(await server.diagnostics(uri, 1, (found) => found.length === 0)).toEqual([])
})

test.each([
  ['a NUL', 'toy\0.onnx', 'toy.jsonl', /^1:7 model-unreadable toy�\.onnx cannot be opened \(ERR_INVALID_ARG_VALUE\): check the path/],
  ['too many characters', 't'.repeat(5000), 'toy.jsonl', /^1:7 model-unreadable t+ … t* ?cannot be opened \(ENAMETOOLONG\): check the path/],
  ['nothing', '', 'toy.jsonl', /^1:7 model-unreadable .* is a folder: name the \.onnx file in it\.$/],
  ['a NUL, for data', 'toy.onnx', 'toy\0.jsonl', /^2:7 data-unreadable toy�\.jsonl cannot be read/],
])('a path that is no path is one finding: %s', async (_, model, data, expected) => {
  const { server, uri } = await opened(TOY.replace('toy.onnx', model).replace('toy.jsonl', data))
  const list = lines(await server.diagnostics(uri, 1, (found) => found.length > 0))
  expect(list).toEqual([expect.stringMatching(expected)])
  expect(server.log.filter((text) => text.includes('    at '))).toEqual([])
  await server.change(uri, TOY, 2)
  expect(await server.diagnostics(uri, 2, (found) => found.length === 0)).toEqual([])
})

test('paths stay inside the workspace folder, unless they are trusted', async () => {
  const folder = folderWith()
  const text = TOY.replace('toy.onnx', join(fixtures, 'toy/toy.onnx')).replace('toy.jsonl', join(fixtures, 'toy/toy.jsonl'))
  for (const [options, codes] of [[undefined, ['outside-root', 'outside-root']], [{ trustPaths: true }, []]] as const) {
    const server = await start({ folders: [folder], options })
    await server.open(uriOf(folder, 'a.scrub'), text)
    expect((await server.diagnostics(uriOf(folder, 'a.scrub'), 1, (list) => list.length === codes.length)).map(({ code }) => code)).toEqual(codes)
  }
})

test('a workspace that is not trusted is checked, but nothing is run', async () => {
  const { server, uri } = await opened(TOY.replace('z2 > 3', 'z2 > 300'), { options: { trusted: false } })
  expect(await server.diagnostics(uri, 1)).toEqual([])
  expect(await server.request('workspace/executeCommand', { command: 'scrub.evaluate', arguments: [{ uri, hypothesis: 'or of two' }] })).toEqual({ status: 'failed', failure: 'untrusted', message: 'Nothing is run in a workspace that is not trusted; trust it first.' })
})

test('a request is cancelled in the middle of an analysis', async () => {
  const folder = folderWith()
  writeModel(folder, layersOf(5000))
  writeData(folder, 20)
  const server = await start({ folders: [folder] })
  const uri = uriOf(folder, 'a.scrub')
  await server.open(uri, textOf(2000, layersOf(5000)))
  const { CancellationTokenSource } = await import('vscode-languageserver/node')
  const source = new CancellationTokenSource()
  const answer = server.connection.sendRequest('textDocument/hover', { textDocument: { uri }, position: { line: 20, character: 8 } }, source.token)
  source.cancel()
  await expect(answer).rejects.toMatchObject({ code: -32800 })
  expect(await server.diagnostics(uri, 1)).toBeDefined()
})

test('a file of 5,000 lines: every request is answered', async () => {
  const folder = folderWith()
  const layers = layersOf(500)
  writeModel(folder, layers)
  writeData(folder, 20)
  const text = textOf(5000, layers)
  expect(text.split('\n').length).toBeGreaterThan(4900)
  const server = await start({ folders: [folder] })
  const uri = uriOf(folder, 'a.scrub')
  await server.open(uri, text)
  const at = { textDocument: { uri }, position: { line: 4000, character: 9 } }
  for (const method of ['hover', 'completion', 'definition', 'documentHighlight', 'signatureHelp', 'prepareRename']) await server.request(`textDocument/${method}`, at)
  const { data } = await server.request('textDocument/semanticTokens/full', at)
  expect(data.length / 5).toBeGreaterThan(10_000)
  for (const method of ['documentSymbol', 'foldingRange', 'codeLens', 'documentLink', 'formatting']) expect(await server.request(`textDocument/${method}`, { ...at, options: { tabSize: 2, insertSpaces: true } }), method).toBeDefined()
})

test('requests about documents that are not open, and positions outside the text, are answered with nothing', async () => {
  const { server, uri } = await opened()
  for (const at of [{ textDocument: { uri: 'file:///nowhere.scrub' }, position: { line: 0, character: 0 } }, { textDocument: { uri }, position: { line: 9999, character: 9999 } }, { textDocument: { uri: 'untitled:x' }, position: { line: 0, character: 0 } }]) {
    for (const method of ['hover', 'completion', 'definition', 'references', 'documentHighlight', 'signatureHelp', 'codeLens', 'documentSymbol', 'foldingRange', 'documentLink', 'semanticTokens/full']) {
      await expect(server.request(`textDocument/${method}`, { ...at, context: { includeDeclaration: true } }), method).resolves.toBeDefined()
    }
  }
})

test('a document that is not saved yet', async () => {
  const folder = toyFolder()
  const server = await start({ folders: [folder] })
  await server.open('untitled:Untitled-1', TOY)
  expect(await server.diagnostics('untitled:Untitled-1', 1)).toEqual([])
})

test('evaluation: progress, a result in the lens, stale after an edit, fresh again after undo', async () => {
  const { folder, server, uri } = await opened()
  await server.diagnostics(uri, 1)
  const titles = async (): Promise<string[]> => (await server.request('textDocument/codeLens', { textDocument: { uri } })).map(({ command }: { command: { title: string } }) => command.title)
  const progress: any[] = []
  server.connection.onNotification('$/progress', (params: any) => void progress.push(params.value))
  expect((await titles())[2]).toBe('No results yet')
  const evaluated: Evaluated = await server.request('workspace/executeCommand', { command: 'scrub.evaluate', arguments: [{ uri, hypothesis: 'or of two' }] })
  if (evaluated.status !== 'done') throw new Error(evaluated.status)
  expect(evaluated.whole.hypotheses[0]).toEqual(evaluated.report)
  expect(evaluated.whole.file.path).toBe(join(folder, 'a.scrub'))
  expect(progress.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['begin', 'end']))
  expect((await titles())[2]).toMatch(/^Results: .*recovered/)
  await server.change(uri, TOY.replace('z1 > 3', 'z1 > 2'), 2)
  expect((await titles())[2]).toContain('older text')
  await server.change(uri, `# a comment changes nothing\n${TOY}`, 3)
  expect((await titles())[2]).not.toContain('older text')
})

test('code actions: fixes where the cursor is, others by kind, each with an edit of this version', async () => {
  const text = TOY.replace('z2 > 3', 'zz2 > 3')
  const { server, uri } = await opened(text)
  await server.diagnostics(uri, 1, (list) => list.length > 0)
  const line = text.split('\n').findIndex((one) => one.includes('zz2'))
  const ask = (only?: string[]) => server.request('textDocument/codeAction', { textDocument: { uri }, range: { start: { line, character: 14 }, end: { line, character: 14 } }, context: { diagnostics: [], ...(only ? { only } : {}) } })
  const [fix] = await ask()
  expect(fix).toMatchObject({
    title: 'Change to `z2`', kind: 'quickfix', diagnostics: [{ code: 'unknown-column' }],
    edit: { documentChanges: [{ textDocument: { uri, version: 1 }, edits: [{ newText: 'z2', range: { start: { line, character: 13 }, end: { line, character: 16 } } }] }] },
  })
  expect((await ask(['source.organize'])).map(({ title }: { title: string }) => title)).toEqual([])
  await server.change(uri, TOY.split('\n').reverse().slice(8).join('\n') + TOY, 2)
  expect(new Set((await ask(['refactor'])).map(({ kind }: { kind: string }) => kind.split('.')[0]))).toEqual(new Set(['refactor']))
})

test('evaluating is stopped at once', async () => {
  const folder = folderWith('paren/paren.onnx', 'paren/paren.npz', ...PAREN_ARRAYS)
  const server = await start({ folders: [folder] })
  const uri = uriOf(folder, 'a.scrub')
  await server.open(uri, `option samples 10000000\n${readFileSync(join(fixtures, 'paren/paren.scrub'), 'utf8')}`)
  await server.diagnostics(uri, 1)
  const answer = server.request('workspace/executeCommand', { command: 'scrub.evaluate', arguments: [{ uri, hypothesis: 'claim 1' }] })
  const stops = async (): Promise<boolean> => (await server.request('textDocument/codeLens', { textDocument: { uri } })).some(({ command }: { command: { title: string } }) => command.title.startsWith('■ Stop'))
  await expect.poll(stops, { timeout: 20_000 }).toBe(true)
  await server.request('workspace/executeCommand', { command: 'scrub.cancel', arguments: [{ uri, hypothesis: 'claim 1' }] })
  expect(await answer).toMatchObject({ status: expect.stringMatching('cancelled|partial') })
})

test('a runner that is killed is started again when it is needed', async () => {
  const { server, uri } = await opened()
  await server.diagnostics(uri, 1)
  const children = (): number[] => readFileSync(`/proc/${server.process.pid}/task/${server.process.pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number)
  await expect.poll(children).toHaveLength(1)
  for (const pid of children()) process.kill(pid, 'SIGKILL')
  await server.change(uri, TOY.replace('z2 > 3', 'z2 > 300'), 2)
  expect((await server.diagnostics(uri, 2, (list) => list.length === 2)).map(({ code }) => code)).toEqual(['vacuous', 'indistinguishable'])
})

test.each([
  ['after shutdown and exit the exit code is 0', async (server: Started): Promise<void> => {
    await server.request('shutdown', undefined)
    await server.connection.sendNotification('exit')
  }, 0],
  ['after exit alone it is 1', async (server: Started): Promise<void> => server.connection.sendNotification('exit'), 1],
  ['a client that is gone takes the server with it', async (server: Started): Promise<void> => void server.process.stdin!.end(), 1],
] as const)('%s, and no process is left', async (_, leave, code) => {
  const { server, uri } = await opened()
  await server.diagnostics(uri, 1)
  const children = readFileSync(`/proc/${server.process.pid}/task/${server.process.pid}/children`, 'utf8').trim().split(' ').filter(Boolean)
  expect(children).toHaveLength(1)
  const ended = new Promise((resolve) => server.process.once('exit', resolve))
  await leave(server)
  expect(await ended).toBe(code)
  await expect.poll(() => { try { process.kill(Number(children[0]), 0); return true } catch { return false } }, { timeout: 5000 }).toBe(false)
})

async function greetAndLeave(connection: ProtocolConnection, child: ChildProcess): Promise<void> {
  connection.listen()
  const { serverInfo } = await connection.sendRequest<any>('initialize', { processId: process.pid, rootUri: null, capabilities: {} })
  expect(serverInfo.name).toBe('scrub')
  const ended = new Promise((resolve) => child.once('exit', resolve))
  await connection.sendRequest('shutdown')
  await connection.sendNotification('exit')
  expect(await ended).toBe(0)
}

test('over a socket', async () => {
  const listener = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => listener.once('listening', resolve))
  const { port } = listener.address() as { port: number }
  const child = spawn(process.execPath, [program, 'lsp', '--socket', String(port)], { stdio: 'ignore' })
  const socket = await new Promise<import('node:net').Socket>((resolve) => listener.once('connection', resolve))
  const connection = createProtocolConnection(new SocketMessageReader(socket), new SocketMessageWriter(socket))
  await greetAndLeave(connection, child)
  connection.dispose()
  listener.close()
})

test("over Node's IPC", async () => {
  const child = spawn(process.execPath, [program, 'lsp', '--node-ipc'], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] })
  const connection = createProtocolConnection(new IPCMessageReader(child), new IPCMessageWriter(child))
  await greetAndLeave(connection, child)
})

test('garbage on the wire does not stop the server', async () => {
  const { server, uri } = await opened()
  await server.diagnostics(uri, 1)
  const frame = (body: string) => server.process.stdin!.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
  frame('{ this is no JSON')
  frame('{"jsonrpc":"2.0","id":77,"method":"textDocument/hover"}')
  frame('{"jsonrpc":"2.0","method":"textDocument/didChange","params":{"textDocument":{"uri":5}}}')
  frame('{"jsonrpc":"2.0","method":"textDocument/didOpen","params":null}')
  frame('[1,2,3]')
  frame('null')
  await expect(server.request('textDocument/noSuchThing', {})).rejects.toMatchObject({ code: -32601 })
  await server.change(uri, TOY.replace('z2 > 3', 'zz > 3'), 2)
  expect(lines(await server.diagnostics(uri, 2, (list) => list.length > 0))).toEqual([expect.stringMatching('unknown-column')])
})
