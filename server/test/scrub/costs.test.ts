/** What claims cost, from what others do not change: the same as from the whole graph, run for each. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { openRuntime } from '../../src/runner/onnxruntime.ts'
import type { Runtime } from '../../src/scrub/runtime.ts'
import { fixture, reportOf } from './run-file.ts'

const SAMPLES = 100
/** Too little for all activations of the data, enough for those of all samples. */
const LITTLE = 20_000_000

/** Costs by node; where little memory is left, each is a run of the whole graph. */
async function costsOf(path: string, hypothesis: string, memory?: number, runtime?: Runtime): Promise<Record<string, number>> {
  const file = fixture(path)
  const text = readFileSync(file, 'utf8').replace(/^(data +"paren.npz")/m, '$1 limit 300')
  const report = await reportOf(file, { text, hypotheses: [hypothesis], samples: SAMPLES, costs: true, wholePass: false, ...(memory === undefined ? {} : { memory }), ...(runtime ? { runtime } : {}) })
  return Object.fromEntries(report.hypotheses[0]!.nodes.map(({ name, cost }) => [name, cost!.value!]))
}

describe('equal to a run for each', () => {
  test.each([
    ['paren/paren.scrub', 'post: claim 1'],
    ['paren/paren.scrub', 'post: claims 1 and 2'],
    ['paren/paren.scrub', 'post: all claims'],
    ['paren/layers.scrub', 'layer 1'],
    ['paren/paren.scrub', 'direct'],
    ['toy/toy.scrub', 'or of two'],
    ['zoo/slices.scrub', 'below a slice'],
  ])('%s, %s', async (file, hypothesis) => {
    const [shared, each] = [await costsOf(file, hypothesis), await costsOf(file, hypothesis, LITTLE)]
    expect(Object.keys(shared)).toEqual(Object.keys(each))
    for (const [node, cost] of Object.entries(each)) expect(Math.abs(shared[node]! - cost), node).toBeLessThan(1e-5)
    expect(Object.values(each).some((cost) => cost !== 0)).toBe(true)
  })
})

test('what 42 claims do not change is computed once', async () => {
  const own = openRuntime({ device: 'cpu', threads: 1 })
  let reads: number[] = []
  const counting: Runtime = {
    ...own,
    load: async (...given) => {
      const session = await own.load(...given)
      return {
        release: () => session.release(),
        run: async (feeds, ...more) => {
          reads.push(Object.keys(feeds).filter((name) => name.startsWith('index ')).length)
          return session.run(feeds, ...more)
        },
      }
    },
  }
  /** Runs of the graph that reads most. */
  const wholes = (): number => reads.filter((n) => n === Math.max(...reads)).length
  await costsOf('paren/paren.scrub', 'post: all claims', undefined, counting)
  const shared = wholes()
  reads = []
  await costsOf('paren/paren.scrub', 'post: all claims', LITTLE, counting)
  expect([shared < 12, wholes() > 55]).toEqual([true, true])
})
