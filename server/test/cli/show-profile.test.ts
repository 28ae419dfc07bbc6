/** The table of a profile: what it adds up to, and how much of it passed in ONNX Runtime. */
import { expect, test } from 'vitest'
import { showProfile } from '../../src/cli/show-profile.ts'
import type { Profile } from '../../src/protocol/runner.ts'
import { memory } from './outputs.ts'

const of = (seconds: number, inside = 0) => ({ seconds, inside })

test('one hypothesis: phases in the order of a run, what is in none, and the share of ONNX Runtime', () => {
  const profile: Profile = { total: 2, phases: { h: { run: of(1, 0.9), draw: of(0.25), estimate: of(0.1), own: of(0.05) }, '': { open: of(0.25), cache: of(0.25, 0.2) } }, batch: { h: 4096 }, cached: 3 * 2 ** 19 }
  expect(showProfile(profile, memory())).toBe(`\
seconds     all      %  in ONNX Runtime
open      0.250   12.5
cache     0.250   12.5            0.200
draw      0.250   12.5
run       1.000   50.0            0.900
estimate  0.100    5.0
own       0.050    2.5
other     0.100    5.0
total     2.000  100.0            1.100
55.0 % of the time passed in calls of ONNX Runtime, by the clock around them. 4,096 samples a call. 1.5 MB of activations are in memory.
`)
})

test('several hypotheses: a column of each', () => {
  const profile: Profile = { total: 1, phases: { '': { open: of(0.5) }, a: { run: of(0.25, 0.25) }, b: { run: of(0.125, 0.125) } }, batch: { a: 4096, b: 1000 }, cached: 0 }
  expect(showProfile(profile, memory())).toBe(`\
seconds    all      %  in ONNX Runtime  shared      a      b
open     0.500   50.0                    0.500
run      0.375   37.5            0.375          0.250  0.125
other    0.125   12.5
total    1.000  100.0            0.375
37.5 % of the time passed in calls of ONNX Runtime, by the clock around them. 4,096 or 1,000 samples a call. 0.0 MB of activations are in memory.
`)
})
