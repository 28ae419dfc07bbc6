/** Misspelt names and what they meant. */
import { expect, it } from 'vitest'
import { closest } from '../../src/model/closest.ts'

const NAMES = ['blocks.0.attn.z', 'blocks.0.attn.pattern', 'blocks.0.mlp.out', 'blocks.5.attn.z', 'blocks.10.attn.z', 'embed', 'logits', 'resid_post', '/model/layers.0/Add_output_0']

const CASES: readonly (readonly [string, string | undefined])[] = [
  ['logit', 'logits'], ['lgoits', 'logits'], ['Logits', 'logits'], ['blocks.5.attn', 'blocks.5.attn.z'], ['blocks.5.atn.z', 'blocks.5.attn.z'],
  ['blocks.0.atnn.pattern', 'blocks.0.attn.pattern'], ['Add_output_0', '/model/layers.0/Add_output_0'], ['embd', 'embed'], ['resid_pre', 'resid_post'],
  ['something else', undefined], ['q', undefined],
]

for (const [name, expected] of CASES) it(`${name}: ${expected}`, () => expect(closest(name, NAMES)).toBe(expected))

it('answers at once among 50,000 names', () => {
  const many = Array.from({ length: 50_000 }, (_, index) => `/model/layers.${index % 100}/block_${index}/MatMul_output_0`)
  const start = performance.now()
  expect(closest('/model/layers.7/block_1007/MatMul_outptu_0', many)).toBe('/model/layers.7/block_1007/MatMul_output_0')
  console.info(`closest of 50,000: ${(performance.now() - start).toFixed(0)} ms`)
})
