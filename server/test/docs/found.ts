/** All that is found in a text, the data included, in a folder with the fixtures that the documentation speaks of. */
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { DataError } from '../../src/data/columns.ts'
import type { Fact } from '../../src/protocol/inspect.ts'
import { openRuntime } from '../../src/runner/onnxruntime.ts'
import { analyse } from '../../src/scrub/analyse.ts'
import { InspectStore } from '../../src/scrub/inspect.ts'
import { inspectionOf } from '../../src/scrub/inspection.ts'
import { dataWarnings, partsFindings, structuralWarnings, type Known } from '../../src/scrub/warnings.ts'
import { bytes } from '../model/build.ts'
import { repository } from '../tidy/repository.ts'

const outside = mkdtempSync(join(tmpdir(), 'scrub-docs-'))
afterAll(() => rmSync(outside, { recursive: true, force: true }))

/** Where the examples stand; nothing outside may be named. */
export const folder = join(outside, 'root')
mkdirSync(folder)

for (const file of ['toy/toy.onnx', 'toy/toy.jsonl', 'toy/toy.scrub', 'paren/paren.onnx', 'paren/paren.npz']) {
  copyFileSync(join(repository, 'test-fixtures', file), join(folder, file.split('/')[1]!))
}
copyFileSync(join(folder, 'toy.onnx'), join(outside, 'toy.onnx'))

/** Files that the examples name besides, most of them broken. */
const made: Readonly<Record<string, string | Uint8Array>> = {
  'torch.onnx': 'PK\u0003\u0004 a checkpoint, not ONNX',
  'cut.jsonl': '{"z1": 5, "z2": 5, "z3": 0, "label": true}\n{"z1": 2, "z2"',
  'empty.jsonl': '',
  'vocab.json': JSON.stringify({ '[start]': 0, '[pad]': 1, '[end]': 2, '(': 3, ')': 4 }),
  // The largest of four data, whose batch axis is fixed.
  'fixed.onnx': bytes({ inputs: { z1: ['float32', [4]] }, ops: [['ReduceMax', 'z1', 'most', { keepdims: 1 }], ['Sub', ['z1', 'most'], 'logit']], outputs: ['logit'] }),
}
for (const [name, content] of Object.entries(made)) writeFileSync(join(folder, name), content)

const store = new InspectStore(() => openRuntime({ device: 'cpu' }))

export interface Found {
  readonly code: string
  readonly message: string
  /** The line of the text, without the space around it. */
  readonly line: string
}

export async function found(text: string, metric?: string): Promise<readonly Found[]> {
  const lines = text.split('\n').map((line) => line.trim())
  const { bound, findings } = await analyse(join(folder, 'example.scrub'), text, { root: folder, ...(metric === undefined ? {} : { metric }) })
  const all = findings.map(({ code, message, range }): Found => ({ code, message, line: lines[range.start.line]! }))
  const request = bound && inspectionOf(bound, bound.hypotheses, folder, () => false)
  if (!request) return all
  const facts = new Map<string, Fact>()
  const known: Known = (kind, key) => facts.get(`${kind} ${key}`) as never
  try {
    await store.answer(request, (fact) => facts.set(`${fact.kind} ${fact.key}`, fact), async () => {})
  } catch (error) {
    if (!(error instanceof DataError)) throw error
    // It is told of the file as a whole.
    return [...all, { code: error.code, message: error.message, line: lines.find((line) => line.startsWith('data'))! }]
  }
  const warnings = [...partsFindings(bound, known), ...bound.hypotheses.flatMap((one) => [...structuralWarnings(bound, one), ...dataWarnings(one, known)])]
  return [...all, ...warnings.map(({ code, message, span }) => ({ code, message, line: lines[text.slice(0, span.start).split('\n').length - 1]! }))]
}
