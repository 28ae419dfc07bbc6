/** A small report, written by hand: two heads and an output, whose every number is easy to find again. */
import { REPORT_SCHEMA, type ClassReport, type HypothesisReport, type NodeReport, type Report, type SampleReport } from '../../server/src/protocol/report.ts'

const SHA = '0'.repeat(64)

export const classOf = (overrides: Partial<ClassReport> = {}): ClassReport => ({ value: 'true', count: 60, examples: [0, 1], model: 0.1, scrubbed: 0.3, ...overrides })

export const node = (overrides: Partial<NodeReport> = {}): NodeReport => ({
  name: 'count', place: 'a1.h0', tensor: 'blocks.1.h0', shape: 'float32[42, 56]', feature: 'count_test', parents: [], edges: [], unimportant: [], branches: 1,
  classes: 2, sizes: [60, 40], singletons: 0, effectiveClasses: 1.96, largest: [classOf(), classOf({ value: 'false', count: 40, examples: [2], model: 0.2, scrubbed: 0.2 })],
  swapRate: 0.98, cost: { value: 0.12, low: 0.11, high: 0.13 }, ...overrides,
})

export const sampleOf = (overrides: Partial<SampleReport> = {}): SampleReport => ({
  sample: 7, kind: 'worst', reference: 0, model: 0.1, scrubbed: 2.5,
  draws: { out: 1, 'out/count': 2, 'out/depth': 1, 'out/~': 3 }, values: { out: 'true', 'out/count': 'true', 'out/depth': '3' }, ...overrides,
})

/** 101 quantiles of a uniform distribution. */
export const quantiles = (low: number, high: number): number[] => Array.from({ length: 101 }, (_, index) => low + ((high - low) * index) / 100)

export const hypothesis = (overrides: Partial<HypothesisReport> = {}): HypothesisReport => ({
  name: 'claim', extends: null, difference: null, sha256: SHA, seed: 3, samples: 10000, exact: false, partial: false, seconds: 1.5, costSeconds: 0.5, branches: 3, unimportant: 'together',
  scrubbed: { mean: 0.3, se: 0.002 }, model: { mean: 0.1, se: 0, over: 'data' }, shuffled: { mean: 2.1, se: 0.01 }, constant: { mean: 0.7, method: 'entropy of label' },
  recovered: { value: 0.9, low: 0.897, high: 0.903 }, better: { share: 0.2, mean: -0.1 }, worse: { share: 0.4, mean: 0.3 },
  nodes: [
    node(),
    node({ name: 'depth', place: 'a2.h1', feature: 'horizon_test', classes: 3, sizes: [50, 30, 20], largest: [classOf({ value: '3', count: 50 }), classOf({ value: '4', count: 30 }), classOf({ value: '5', count: 20 })], cost: { value: 0.001, low: -0.002, high: 0.004 } }),
    node({ name: 'out', place: 'logits', feature: 'exact', parents: ['count', 'depth'], edges: [{ parent: 'count', through: ['m1', 'm2'] }, { parent: 'depth', through: [] }], unimportant: ['a0', 'a1.h1', 'm0'], largest: [], classes: 100, sizes: Array(100).fill(1), singletons: 1, effectiveClasses: 100, cost: { value: 0.05, low: 0.045, high: 0.055 } }),
  ],
  expectations: [{ text: 'expect "claim"   recovered > 85%', holds: true, uncertain: false }],
  sampled: [sampleOf(), sampleOf({ sample: 9, kind: 'best', scrubbed: 0.05 })],
  losses: { model: quantiles(0, 0.2), scrubbed: quantiles(0, 0.6), shuffled: quantiles(0, 4.2), difference: quantiles(-0.1, 0.5) },
  information: { nodes: ['count', 'depth'], values: [[1, 0.25], [0.25, 1]] },
  texts: { 0: '( ( ) )', 1: '( ) ( )', 2: '( ( ) )', 3: ') ) ( (' },
  checks: { identity: { samples: 64, largest: 1e-7 }, draws: 30000, replacements: 3 },
  ...overrides,
})

export const report = (overrides: Partial<Report> = {}): Report => ({
  schema: REPORT_SCHEMA, scrub: '0.1.0', seed: 3, device: 'cpu', versions: { scrub: '0.1.0', onnxruntime: '1.30.0', node: 'v22.0.0' },
  file: { path: '/models/paren.scrub', sha256: SHA }, metric: { name: 'loss', sense: 'metric' }, model: { path: '/models/paren.onnx', sha256: SHA, opset: 17 }, data: { path: '/models/paren.npz', sha256: SHA, rows: 100 },
  hypotheses: [
    hypothesis(),
    hypothesis({ name: 'finer', extends: 'claim', difference: { value: -0.067, low: -0.069, high: -0.065 }, recovered: { value: 0.833, low: 0.829, high: 0.837 }, expectations: [] }),
  ],
  findings: [], sharedSeconds: 0.4, time: '2026-01-01T00:00:00.000Z', ...overrides,
})
