/** What is fuzzed, and how the time is shared. */
import type fc from 'fast-check'
import { npy, npz, safetensors } from './arrays.ts'
import type { Case } from './case.ts'
import type { Kind } from './examine.ts'
import { hypotheses } from './hypotheses.ts'
import { model } from './models.ts'
import { parquet } from './parquet.ts'
import { reports, shards } from './reports.ts'
import { csv, jsonl, vocab } from './tables.ts'

export interface Target {
  readonly name: string
  readonly kind: Kind
  readonly cases: fc.Arbitrary<Case>
  /** Parts of the time. */
  readonly share: number
}

export const TARGETS: readonly Target[] = [
  { name: 'onnx', kind: 'model', cases: model, share: 5 },
  { name: 'npy', kind: 'data', cases: npy, share: 1 },
  { name: 'npz', kind: 'data', cases: npz, share: 2 },
  { name: 'safetensors', kind: 'data', cases: safetensors, share: 1 },
  { name: 'jsonl', kind: 'data', cases: jsonl, share: 1 },
  { name: 'csv', kind: 'data', cases: csv, share: 1 },
  { name: 'parquet', kind: 'data', cases: parquet, share: 2 },
  { name: 'vocab', kind: 'vocab', cases: vocab, share: 1 },
  { name: 'scrub', kind: 'hypothesis', cases: hypotheses, share: 4 },
  { name: 'report', kind: 'report', cases: reports, share: 1 },
  { name: 'shards', kind: 'shards', cases: shards, share: 1 },
]
