/**
 * Whether the number of samples that a call of ONNX Runtime gets is well chosen: it follows from the sizes of the graph's values, not from
 * the clock (see limits.ts), so here the clock judges it. Seconds of warm runs inside ONNX Runtime, relative to the number chosen.
 */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Runtime } from '../src/scrub/runtime.ts'
import { run } from '../src/scrub/run.ts'
import { WorkspaceStore } from '../src/scrub/store.ts'

const CASES = [['paren/paren.scrub', 'claim 1', 40_000], ['paren/paren.scrub', 'post: claims 1 and 3', 20_000], ['paren/paren.scrub', 'post: all claims', 2_000], ['induction/induction.scrub', 'three words', 400]] as const
const FACTORS = [1 / 64, 1 / 16, 1 / 4, 1 / 2, 1, 2, 4, 16]
const REPEAT = 5

const hooks = { breathe: async () => {}, progress: () => {}, findings: () => {} }
const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!

export async function batchTable(runtime: Runtime): Promise<void> {
  console.log(`samples a call, as a multiple of the number chosen: seconds in ONNX Runtime of a warm run, relative to that (medians of ${REPEAT}, interleaved)`)
  console.log(`${''.padEnd(32)}${'chosen'.padStart(8)}${FACTORS.map((factor) => (factor < 1 ? `1/${1 / factor}` : `x${factor}`).padStart(7)).join('')}`)
  for (const [path, hypothesis, samples] of CASES) {
    const file = fileURLToPath(new URL(`../../test-fixtures/${path}`, import.meta.url))
    const store = new WorkspaceStore()
    const once = async (batch?: number): Promise<{ inside: number; batch: number }> => {
      const result = await run({ file, text: readFileSync(file, 'utf8'), device: 'cpu', costs: false, samples, hypotheses: [hypothesis], ...(batch === undefined ? {} : { batch }) }, () => runtime, '0', hooks, store)
      if (result.kind !== 'report') throw new Error(`${path} has errors`)
      return { inside: result.profile.phases[hypothesis]!['run']!.inside, batch: result.profile.batch[hypothesis]! }
    }
    const { batch } = await once()
    const sizes = FACTORS.map((factor) => Math.max(1, Math.round(batch * factor)))
    const times = sizes.map((): number[] => [])
    for (let i = 0; i < REPEAT; i++) for (const [k, size] of sizes.entries()) times[k]!.push((await once(size)).inside)
    const chosen = median(times[FACTORS.indexOf(1)]!)
    // A larger call than there are samples would say nothing.
    const cells = sizes.map((size, k) => (size > samples ? '–' : (median(times[k]!) / chosen).toFixed(2)).padStart(7))
    console.log(`${hypothesis.padEnd(32)}${batch.toLocaleString('en').padStart(8)}${cells.join('')}`)
    await store.close()
  }
}
