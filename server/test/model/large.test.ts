/** Half a gigabyte of weights and 50,000 operators: reading the structure stays quick and small. Prints what it measured. */
import { spawnSync } from 'node:child_process'
import { closeSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { Writer } from '../../src/onnx/wire.ts'
import { readModel } from '../../src/model/read.ts'
import { ancestors, path } from '../../src/model/reach.ts'
import { bytes, file, floats, folder, type Line } from './build.ts'

const LAYERS = 125
const SIDE = 1024

/** A chain of 125 products with 1024 x 1024 matrices, 4 MiB each, written piece by piece. */
function writeHalfGigabyte(target: string): void {
  const small = bytes({
    inputs: { x: ['float32', ['batch', SIDE]] },
    ops: Array.from({ length: LAYERS }, (_, layer): Line => ['MatMul', [layer === 0 ? 'x' : `h${layer - 1}`, `w${layer}`], `h${layer}`]),
    outputs: [`h${LAYERS - 1}`],
  })
  const weights = Array.from({ length: LAYERS }, (_, layer) => tensorHead(`w${layer}`))
  const { content, tail } = graphOf(small)
  const payload = SIDE * SIDE * 4
  const length = content.length + weights.reduce((sum, weight) => sum + weight.length + payload, 0)
  const handle = openSync(target, 'w')
  const noise = new Uint8Array(payload).map((_, index) => (index * 2654435761) >>> 24)
  writeSync(handle, Uint8Array.from([7 * 8 + 2, ...varint(length)]))
  writeSync(handle, content)
  for (const weight of weights) {
    writeSync(handle, weight)
    writeSync(handle, noise)
  }
  writeSync(handle, tail)
  closeSync(handle)
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))]
}

/** The initializer field up to its raw_data, which `SIDE * SIDE * 4` bytes follow. */
function tensorHead(name: string): Uint8Array {
  const fields = new Writer(64)
  fields.uint(1, SIDE)
  fields.uint(1, SIDE)
  fields.uint(2, 1)
  fields.string(8, name)
  const payload = SIDE * SIDE * 4
  const raw = [9 * 8 + 2, ...varint(payload)]
  const inside = [...fields.finish(), ...raw]
  return Uint8Array.from([5 * 8 + 2, ...varint(inside.length + payload), ...inside])
}

/** The encoder puts the graph first: its content, and what follows it. */
function graphOf(model: Uint8Array): { content: Uint8Array; tail: Uint8Array } {
  let at = 1
  let length = 0
  for (let shift = 0; ; shift += 7) {
    const byte = model[at++] as number
    length += (byte & 127) * 2 ** shift
    if (byte < 128) break
  }
  return { content: model.subarray(at, at + length), tail: model.subarray(at + length) }
}

describe('large models', () => {
  const target = join(folder, 'large.onnx')
  afterAll(() => rmSync(target, { force: true }))

  it('500 MB of weights', () => {
    writeHalfGigabyte(target)
    const script = `
      import { readModel } from ${JSON.stringify(fileURLToPath(new URL('../../src/model/read.ts', import.meta.url)))}
      const before = process.memoryUsage().rss
      const start = performance.now()
      const graph = await readModel(${JSON.stringify(target)})
      const ms = performance.now() - start
      const rss = process.resourceUsage().maxRSS / 1024
      console.log(JSON.stringify({ ms, rss, before: before / 2 ** 20, weights: graph.initializers.size, last: graph.tensors.get('h124').type.shape }))
    `
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8' })
    expect(stderr.replaceAll(/^.*(ExperimentalWarning|trace-warnings).*$/gm, '').trim()).toBe('')
    const result = JSON.parse(stdout)
    console.info(`500 MB model: ${result.ms.toFixed(0)} ms, ${result.rss.toFixed(0)} MB resident (${result.before.toFixed(0)} MB of it Node)`)
    expect(result).toMatchObject({ weights: LAYERS, last: ['N', SIDE] })
    expect(result.rss).toBeLessThan(200)
    expect(result.ms).toBeLessThan(15_000)
  })

  it('50,000 operators', async () => {
    const ops: Line[] = [['Relu', 'x', 'h0']]
    for (let index = 1; index < 50_000; index++) {
      const far = `h${Math.max(0, index - 1 - (index % 97))}`
      ops.push(index % 2 === 0 ? ['Add', [`h${index - 1}`, far], `h${index}`] : ['MatMul', [`h${index - 1}`, 'w'], `h${index}`])
    }
    const target = file({ inputs: { x: ['float32', ['batch', 8]] }, weights: { w: floats([8, 8]) }, ops, outputs: ['h49999'] })
    const times: string[] = []
    const timed = async <T>(name: string, run: () => T | Promise<T>): Promise<T> => {
      const start = performance.now()
      const result = await run()
      times.push(`${name} ${(performance.now() - start).toFixed(0)} ms`)
      return result
    }
    const graph = await timed('read', () => readModel(target))
    expect(graph.tensors.get('h49999')!.type.shape).toEqual(['N', 8])
    expect((await timed('path', () => path(graph, 'x', 'h49999', new Set())))?.at(0)).toBe('x')
    await timed('path again', () => path(graph, 'x', 'h49999', new Set(['h25000'])))
    expect((await timed('ancestors', () => ancestors(graph, 'h49999'))).size).toBeGreaterThan(49_000)
    console.info(`50,000 operators: ${times.join(', ')}`)
  })
})
