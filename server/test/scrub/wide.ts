/** A model whose logits are too many to cross from a device to the processor, and data for it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { encodeModel } from '../../src/onnx/encode.ts'
import type { Op } from '../../src/onnx/types.ts'

const CLASSES = 100
const WIDTH = 8
const ROWS = 24

const op = (opType: string, inputs: string[], output: string): Op => ({ name: output, domain: '', opType, inputs, outputs: [output], attributes: {}, captures: [] })

/** Small whole numbers, different everywhere. */
const weights = (count: number, step: number): Float32Array => Float32Array.from({ length: count }, (_, i) => (((i * step) % 17) - 8) / 8)

/** The path of a hypothesis file with this metric: h = tanh(x A), logits = h B. */
export function wide(metric: string, options = ''): string {
  const folder = mkdtempSync(join(tmpdir(), 'scrub-wide-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const inline = (name: string, dims: [number, number], step: number) => ({ name, dtype: 'float32' as const, dims, source: { kind: 'inline' as const, tensor: { dtype: 'float32' as const, dims, data: weights(dims[0] * dims[1], step) } } })
  writeFileSync(join(folder, 'wide.onnx'), encodeModel({
    opset: 18,
    inputs: [{ name: 'x', type: { dtype: 'float32', shape: ['N', WIDTH] } }],
    outputs: [{ name: 'logits', type: { dtype: 'float32', shape: ['N', CLASSES] } }],
    ops: [op('MatMul', ['x', 'A'], 'pre'), op('Tanh', ['pre'], 'h'), op('MatMul', ['h', 'B'], 'logits')],
    initializers: [inline('A', [WIDTH, WIDTH], 5), inline('B', [WIDTH, CLASSES], 7)],
  }))
  const rows = Array.from({ length: ROWS }, (_, row) => JSON.stringify({ x: Array.from({ length: WIDTH }, (_, i) => Math.sin(row * WIDTH + i)), label: (row * 13) % CLASSES }))
  writeFileSync(join(folder, 'wide.jsonl'), rows.join('\n') + '\n')
  const file = join(folder, 'wide.scrub')
  writeFileSync(file, `model "wide.onnx"\ndata "wide.jsonl"\nmetric m = ${metric}\n${options}\nhypothesis "half" {\n  node inner = x[0] > 0 at h\n  node out = exact at logits from inner\n}\n`)
  return file
}
