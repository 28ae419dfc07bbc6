/** `scrub run --explain`: what a run would take, without running it. */
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { Plan } from '../../src/protocol/plan.ts'
import { invoke } from './outputs.ts'
import { repository } from '../tidy/repository.ts'

const explain = async (...args: string[]) => {
  const { exitCode, stdout } = await invoke(['run', ...args, '--explain'], repository)
  expect(exitCode).toBe(0)
  return stdout
}

afterEach(() => {
  vi.unstubAllEnvs()
})

test('the worked example', async () => {
  expect(`\n${await explain('test-fixtures/toy/toy.scrub', '-H', 'or inside', '-n', '1000')}`).toMatchInlineSnapshot(`
    "
    or inside
    1,000 samples · 4 branches · 31 operators compiled
      cached              value of one datum  rows       size     read by
      "/B"                float32               42    0.17 kB    1 branch
      "/A"                float32               42    0.17 kB    1 branch
      "/C"                float32               42    0.17 kB    1 branch
      part of data.label  float64                2   0.016 kB    1 branch
      Equal, 2 times      bool                   4  0.0040 kB  2 branches
    42 rows through the model, at 0.92 of a plain pass each
    then 1,000 samples at 2.4 of a plain pass each · 0.52 kB cached
    "
  `)
})

test('where the activations do not fit into the memory: what goes to the disk', async () => {
  const said = async (...more: string[]): Promise<string> => (await explain('test-fixtures/paren/paren.scrub', '-H', 'claim 1', '-n', '1000', ...more)).replaceAll(/\s+/g, ' ')
  expect(await said()).not.toMatch(/half of --memory/)
  expect(await said('--memory', '1')).toMatch(/ cached (· )?all data do not fit into half of --memory: up to [\d.]+ MB go to a temporary file $/)
  vi.stubEnv('SCRUB_SPILL', 'none')
  expect(await said('--memory', '1')).toMatch(/ cached (· )?all data do not fit into half of --memory: computed again part by part $/)
  vi.stubEnv('SCRUB_SPILL', 'no such folder')
  expect(await said('--memory', '1')).toMatch(/part by part, because no temporary file can be made for them \(ENOENT: no such file or directory 'no such folder'\) $/)
})

describe('what it counts', () => {
  const planOf = async (...args: string[]): Promise<Plan> => (JSON.parse(await explain(...args, '--json', '-')) as Plan[])[0]!

  test('branches that are stacked, and rows that this many samples draw', async () => {
    const plan = await planOf('test-fixtures/deep/deep7.scrub', '-n', '10')
    expect(plan.branches).toBe((3 ** 8 - 3) / 2 + 1)
    expect(plan.groups.slice(0, 3)).toEqual([0, 1, 2].map((i) => ({ node: `n[0,${i}]`, branches: 3 ** 6 })))
    const y = plan.cached.find(({ what }) => what === 'y')!
    // The reference data and nothing else: at most ten of them.
    expect(y.rows).toBeLessThanOrEqual(10)
    expect(y.bytes).toBe(4 * y.rows)
    expect(plan.rows).toBeGreaterThan(1000)
  })

  test('the same rows as a run computes', async () => {
    const plan = await planOf('test-fixtures/toy/toy.scrub', '-H', 'or inside', '-n', '5', '--seed', '3')
    // 48 data with few distinct inputs: never more than there are.
    for (const { rows } of plan.cached) expect(rows).toBeLessThanOrEqual(48)
    expect(plan.operationsPerSample).toBeGreaterThan(0)
  })

  test('pools have no branches of their own', async () => {
    const plan = await planOf('test-fixtures/deep/deep12.scrub')
    expect([plan.pool, plan.operationsPerSample, plan.branches]).toEqual([2000, null, (3 ** 13 - 3) / 2 + 1])
  })

  test('a family of positions is one read of the whole', async () => {
    expect(await explain('test-fixtures/zoo/slices.scrub', '-H', 'three positions', '-n', '100')).toMatch(/ ws +float32\[3\] +8 +0\.096 kB +3 branches/)
  })
})

test('errors are told, and nothing is planned', async () => {
  const { exitCode, stderr } = await invoke(['run', 'test-fixtures/zoo/edges.bad.scrub', '--explain'], repository)
  expect([exitCode, stderr]).toEqual([1, expect.stringContaining('nothing was evaluated')])
})
