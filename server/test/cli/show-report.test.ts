/** Reports as a terminal shows them, wide and narrow. */
import { expect, test } from 'vitest'
import { showReport } from '../../src/cli/show-report.ts'
import { width } from '../../src/cli/text.ts'
import type { Report } from '../../src/protocol/report.ts'
import { memory } from './outputs.ts'
import { hypothesis, node, report } from './sample-report.ts'

const show = (made: Report, columns: number, nodes = false) => `\n${showReport(made, { nodes, folder: '/study' }, memory(columns))}`

const several = report([
  hypothesis(),
  hypothesis({
    name: 'A is all', recovered: { value: 0.583, low: 0.55, high: 0.602 },
    expectations: [{ text: '"A is all" recovered < 60%', holds: true, uncertain: true }],
  }),
  hypothesis({ name: 'nothing to recover', recovered: { value: null, low: null, high: null }, expectations: [] }),
  hypothesis({ name: 'stopped', samples: 512, partial: true, expectations: [{ text: 'stopped recovered > "A is all"', holds: false, uncertain: false }] }),
  hypothesis({ name: 'enumerated', exact: true, scrubbed: { mean: 0.0123, se: 0 }, recovered: { value: 0.8653, low: 0.8653, high: 0.8653 }, expectations: [] }),
])

test('one hypothesis at 120 columns', () => {
  expect(show(report([hypothesis()]), 120)).toMatchInlineSnapshot(`
    "
    toy.scrub
    metric log_loss · model toy.onnx · data toy.jsonl (4,096 rows) · seed 0 · cpu

    hypothesis       recovered         scrubbed    model     shuffled  constant  samples  seconds
    or of two   99.71 % ± 0.03  0.0231 ± 0.0004  0.01310  3.41 ± 0.02    0.5623   10,000     0.62

    recovered: model = 100 %, shuffled = 0 %, with its 95 % interval; elsewhere ± is one standard error; constant: entropy
    of the label; seconds: with the costs of nodes, without the 1.3 s for activations and what else hypotheses share.

    or of two
    3 nodes · 3 branches · unimportant inputs together · better on 1.2 % of samples, by 0.00040 on average
    worse on 21.0 %, by 0.050
      node  place             cost  swapped  classes  singletons  feature
      A     /A     4.2 % ± 0.3       98.0 %        2         0 %  z1 > 3
      B     /B     4.2 % ± 0.3       98.0 %        2         0 %  z2 > 3
      out   logit  0.1 % +0.3 -0.2   98.0 %        2         0 %  A or B

    ✓ "or of two" recovered > 95%  (99.71 % ± 0.03)
    "
  `)
})

test('one hypothesis at 80 columns', () => {
  expect(show(report([hypothesis()]), 80)).toMatchInlineSnapshot(`
    "
    toy.scrub
    metric log_loss · model toy.onnx · data toy.jsonl (4,096 rows) · seed 0 · cpu

    model 0.01310 · shuffled 3.41 ± 0.02 · constant 0.5623

    hypothesis       recovered         scrubbed  samples  seconds
    or of two   99.71 % ± 0.03  0.0231 ± 0.0004   10,000     0.62

    recovered: model = 100 %, shuffled = 0 %, with its 95 % interval; elsewhere ± is
    one standard error; constant: entropy of the label; seconds: with the costs of
    nodes, without the 1.3 s for activations and what else hypotheses share.

    or of two
    3 nodes · 3 branches · unimportant inputs together
    better on 1.2 % of samples, by 0.00040 on average · worse on 21.0 %, by 0.050
      node  place             cost  swapped  classes  singletons  feature
      A     /A     4.2 % ± 0.3       98.0 %        2         0 %  z1 > 3
      B     /B     4.2 % ± 0.3       98.0 %        2         0 %  z2 > 3
      out   logit  0.1 % +0.3 -0.2   98.0 %        2         0 %  A or B

    ✓ "or of two" recovered > 95%  (99.71 % ± 0.03)
    "
  `)
})

test('several hypotheses', () => {
  expect(show(several, 120)).toMatchInlineSnapshot(`
    "
    toy.scrub
    metric log_loss · model toy.onnx · data toy.jsonl (4,096 rows) · seed 0 · cpu

    hypothesis                    recovered          scrubbed    model     shuffled  constant        samples  seconds
    or of two           99.71 % ± 0.03       0.0231  ± 0.0004  0.01310  3.41 ± 0.02    0.5623         10,000     0.62
    A is all            58.30 % +1.90 -3.30  0.0231  ± 0.0004  0.01310  3.41 ± 0.02    0.5623         10,000     0.62
    nothing to recover   –                   0.0231  ± 0.0004  0.01310  3.41 ± 0.02    0.5623         10,000     0.62
    stopped             99.71 % ± 0.03       0.0231  ± 0.0004  0.01310  3.41 ± 0.02    0.5623  512 (partial)     0.62
    enumerated          86.53 %              0.01230           0.01310  3.41 ± 0.02    0.5623          exact     0.62

    recovered: model = 100 %, shuffled = 0 %, with its 95 % interval; elsewhere ± is one standard error; constant: entropy
    of the label; seconds: with the costs of nodes, without the 1.3 s for activations and what else hypotheses share.
    – for nothing to recover: model and shuffled have the same mean here, so there is nothing to recover.
    stopped was stopped early: its numbers rest on 512 samples.

    ✓ "or of two" recovered > 95%  (99.71 % ± 0.03)
    ✓ "A is all" recovered < 60%  (58.3 % +1.9 -3.3); the interval straddles the bound
    ✗ stopped recovered > "A is all"  (99.71 % ± 0.03)
    "
  `)
})

test('an expectation about a share that is not defined says why it fails', () => {
  const none = { value: null, low: null, high: null }
  const text = show(report([hypothesis({ recovered: none, expectations: [{ text: 'h recovered > 5%', holds: false, uncertain: true }] })]), 120)
  expect(text).toContain('✗ h recovered > 5%  (–); not defined, so this does not hold\n')
})

test('what else is to be told of how it was computed', () => {
  const text = show({ ...report([hypothesis()]), notes: ['Activations that did not fit were computed again.'] }, 120)
  expect(text).toContain('\nActivations that did not fit were computed again.\n')
})

test('nothing is wider than the terminal', () => {
  const long = 'a hypothesis with a name that goes on and on, and then some'
  const wide = node({ name: 'a_node_with_a_very_long_name[1,2]', place: '"/transformer/blocks.0/attention/heads/output/z"[:, 3]', feature: 'if open[1] then opens[1] / parens[1] else -1' })
  for (const columns of [60, 80, 100, 120, 200]) {
    for (const line of show(report([hypothesis({ name: long, nodes: [wide, node()] }), ...several.hypotheses]), columns, true).split('\n')) {
      if (!line.startsWith('✓') && !line.startsWith('✗')) expect(width(line), line).toBeLessThanOrEqual(columns)
    }
  }
})

test('a long list of nodes is cut to those that cost most', () => {
  const nodes = Array.from({ length: 42 }, (_, i) => node({ name: `pos[${i}]`, cost: { value: i === 7 ? 0.5 : i / 10_000, low: 0, high: 1 } }))
  const text = show(report([hypothesis({ nodes })]), 120)
  expect(text).toContain('pos[7]')
  expect(text).not.toContain('pos[6]')
  expect(text).toContain('22 more nodes that cost less; --nodes lists all of them.')
  expect(show(report([hypothesis({ nodes })]), 120, true)).toContain('pos[6]')
})

test('the null band and sensitivity, where they were asked for', () => {
  const interval = (value: number) => ({ value, low: value - 0.004, high: value + 0.004 })
  const one = hypothesis({ null: { samples: 4096, values: [0.222, 0.25, 0.272] }, sensitivity: { together: interval(0.9971), separate: interval(0.95), shared: interval(0.6) }, expectations: [] })
  expect(showReport(report([one, hypothesis({ name: 'not asked', expectations: [] })]), { nodes: false, folder: '/study' }, memory(120)).split('\n').slice(9).join('\n')).toMatchInlineSnapshot(`
    "
    hypothesis             null      together      separate        shared
    or of two   22.2 % … 27.2 %  99.7 % ± 0.4  95.0 % ± 0.4  60.0 % ± 0.4
    null: the smallest and the largest \`recovered\` of 3 hypotheses of the same shape whose features are permuted over the
    data, 4,096 samples each.
    together, separate, shared: \`recovered\` with unimportant inputs drawn that way.
    "
  `)
})
