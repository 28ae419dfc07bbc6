/** Reports for tests of what is shown; the numbers are made up to exercise the layout. */
import { REPORT_SCHEMA, type HypothesisReport, type NodeReport, type Report } from '../../src/protocol/report.ts'

export const node = (change: Partial<NodeReport> = {}): NodeReport => ({
  name: 'A', place: '/A', tensor: '/A', shape: 'bool', feature: 'z1 > 3', parents: [], edges: [], unimportant: [], branches: 1, classes: 2, sizes: [60, 40],
  singletons: 0, effectiveClasses: 1.96, largest: [], swapRate: 0.98, cost: { value: 0.042, low: 0.039, high: 0.045 }, ...change,
})

export const hypothesis = (change: Partial<HypothesisReport> = {}): HypothesisReport => ({
  name: 'or of two', extends: null, difference: null, sha256: '0'.repeat(64), seed: 0, samples: 10_000, exact: false, partial: false, seconds: 0.421, costSeconds: 0.2,
  branches: 3, unimportant: 'together', scrubbed: { mean: 0.02314, se: 0.00042 }, model: { mean: 0.0131, se: 0, over: 'data' },
  shuffled: { mean: 3.412, se: 0.021 }, constant: { mean: 0.5623, method: 'entropy of the label' },
  recovered: { value: 0.9971, low: 0.9968, high: 0.9974 }, better: { share: 0.012, mean: 0.0004 }, worse: { share: 0.21, mean: 0.05 },
  nodes: [node(), node({ name: 'B', place: '/B', feature: 'z2 > 3' }), node({ name: 'out', place: 'logit', feature: 'A or B', parents: ['A', 'B'], cost: { value: 0.001, low: -0.001, high: 0.004 } })],
  expectations: [{ text: '"or of two" recovered > 95%', holds: true, uncertain: false }], sampled: [],
  losses: { model: [], scrubbed: [], shuffled: [], difference: [] }, information: { nodes: [], values: [] }, texts: {}, checks: { identity: { samples: 64, largest: 1e-8 }, draws: 30_000, replacements: 3 }, ...change,
})

export const report = (hypotheses: HypothesisReport[], change: Partial<Report> = {}): Report => ({
  schema: REPORT_SCHEMA, scrub: '0.1.0', seed: 0, device: 'cpu', versions: { scrub: '0.1.0', onnxruntime: '1.30.0', node: '22.23.3' },
  file: { path: '/study/toy.scrub', sha256: '1'.repeat(64) }, metric: { name: 'log_loss', sense: 'metric' },
  model: { path: '/study/toy.onnx', sha256: '2'.repeat(64), opset: 18 }, data: { path: '/study/toy.jsonl', sha256: '3'.repeat(64), rows: 4096 },
  hypotheses, findings: [], sharedSeconds: 1.25, time: '2026-01-01T00:00:00.000Z', ...change,
})
