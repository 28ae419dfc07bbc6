/** Every kind of finding, by the smallest text that has it. The model is `y = A + B + C` with A = 2a, B = 3b, C = c/8. */
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { analyse } from '../../src/scrub/analyse.ts'
import { folder } from './folder.ts'

const graph = 'graph {\n  component A = "A"\n  component B = "B"\n}\n'

interface Parts {
  readonly head?: string
  readonly graph?: string
  /** Of hypothesis "h". */
  readonly nodes?: string
  readonly more?: string
}

const file = ({ head, graph: block = graph, nodes = 'node out = exact at y', more = '' }: Parts): string =>
  `${head ?? 'model "sum.onnx"\ndata "sum.jsonl"\nmetric err = (y - t) ** 2'}\n${block}hypothesis "h" {\n  ${nodes}\n}\n${more}\n`

const metric = (text: string): Parts => ({ head: `model "sum.onnx"\ndata "sum.jsonl"\nmetric err = ${text}` })

test.each<[string, Parts]>([
  ['syntax', { nodes: 'node out = at y' }],
  ['too-deep', metric(`${'('.repeat(100)}y${')'.repeat(100)}`)],
  ['too-large', { nodes: 'node A[i in range(10000000)] = a at A\n  node out = exact at y from A' }],
  ['missing-statement', { head: 'model "sum.onnx"\ndata "sum.jsonl"' }],
  ['no-transformer', { graph: 'graph {\n  use transformer\n}\n' }],
  ['duplicate-name', { nodes: 'node out = exact at y\n  node out = any at y' }],
  ['unknown-column', { nodes: 'node out = nothing > 1 at y' }],
  ['unknown-place', { nodes: 'node out = exact at "Y"' }],
  ['unknown-node', { nodes: 'node out = exact at y from nobody' }],
  ['unknown-hypothesis', { more: 'expect "g" recovered > 5%' }],
  ['unknown-function', metric('summ(y)')],
  ['unknown-option', { more: 'option samples 0' }],
  ['unknown-token', { more: 'vocab a = ["(", ")"]', nodes: 'node out = a == "[" at y' }],
  ['type-mismatch', metric('y + "x"')],
  ['shape-mismatch', metric('y[3]')],
  ['feature-reads-tensor', { nodes: 'node out = model.y > 1 at y' }],
  ['metric-shape', metric('stack([y, t])')],
  ['model-unreadable', { head: 'model "nowhere.onnx"\ndata "sum.jsonl"\nmetric err = y' }],
  ['data-unreadable', { head: 'model "sum.onnx"\ndata "nowhere.npz"\nmetric err = y' }],
  ['data-mismatch', { head: 'model "sum.onnx"\ndata "sum.jsonl" as { b = a > 1, q = a }\nmetric err = y' }],
  ['cycle', { nodes: 'node u = a at A from v\n  node v = a at B from u\n  node out = exact at y from u' }],
  ['missing-edge', { nodes: 'node B = b at B\n  node A = a at A from B\n  node out = exact at y from A' }],
  ['blocked-edge', { graph: 'graph {\n  component sum = "AB"\n}\n', nodes: 'node A = a at "A"\n  node out = exact at y from A' }],
  ['reversed-edge', { nodes: 'node out = exact at y\n  node A = a at A from out' }],
  ['overlapping-places', { nodes: 'node p = a at A\n  node q = b at A\n  node out = exact at y from p, q' }],
  ['bad-through', { nodes: 'node A = a at A\n  node B = b at B\n  node out = exact at y from A through [B], B' }],
  ['no-output-node', { nodes: 'node A = a at A' }],
  ['extends-conflict', { more: 'hypothesis "g" {\n  node out = any at y\n}\nhypothesis "i" extends "h", "g" {}' }],
])('%s', async (code, parts) => {
  const path = folder()
  const { findings } = await analyse(join(path, 'a.scrub'), file(parts))
  expect(findings.map((finding) => finding.code)).toContain(code)
  for (const finding of findings) expect(finding.message).toMatch(/\S \S.*\S \S/)
})

test('unknown-metric', async () => {
  const path = folder()
  const { findings } = await analyse(join(path, 'a.scrub'), file({}), { metric: 'loss' })
  expect(findings.map((finding) => finding.code)).toEqual(['unknown-metric'])
})

test('a file without mistakes has no findings', async () => {
  const path = folder()
  expect((await analyse(join(path, 'a.scrub'), file({}))).findings).toEqual([])
})
