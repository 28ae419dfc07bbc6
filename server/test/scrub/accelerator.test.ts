/** What the engine does with a device, on one that is the CPU in disguise: what is held there, what it is given, and one that computes something else. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { Tensor } from '../../src/onnx/types.ts'
import { openRuntime } from '../../src/runner/onnxruntime.ts'
import { DeviceDisagrees } from '../../src/scrub/failures.ts'
import { run } from '../../src/scrub/run.ts'
import type { Held, Runtime, Tensors } from '../../src/scrub/runtime.ts'
import { WorkspaceStore } from '../../src/scrub/store.ts'
import { fixture, reportOf, type Given } from './run-file.ts'
import { wide } from './wide.ts'

const cpu = openRuntime({ device: 'cpu', threads: 1 })

class HeldHere implements Held {
  readonly tensor: Tensor
  private readonly gone: () => void

  constructor(tensor: Tensor, gone: () => void) {
    this.tensor = tensor
    this.gone = gone
  }

  release(): void {
    this.gone()
  }
}

/** Counts what it holds and what it is fed; `wrong` changes what it computes. */
function disguised(wrong: (tensor: Tensor) => Tensor = (tensor) => tensor) {
  const counts = { held: 0, mostHeld: 0, sessions: 0, compiledRuns: 0, noIndices: 0, wideOutputs: 0 }
  const runtime: Runtime = {
    device: 'disguise',
    version: cpu.version,
    load: async (model, folder) => {
      const session = await cpu.load(model, folder)
      counts.sessions++
      return {
        run: async (feeds, held = {}) => {
          const compiled = Object.keys(feeds).some((name) => name.startsWith('index '))
          if (compiled) {
            counts.compiledRuns++
            counts.noIndices += Object.entries(feeds).filter(([name, { dtype, dims }]) => (dtype !== 'int32' || dims.length !== 1) && !name.startsWith('constant ')).length
          }
          const outputs = await session.run({ ...feeds, ...Object.fromEntries(Object.entries(held).map(([name, one]) => [name, (one as HeldHere).tensor])) })
          if (compiled) counts.wideOutputs += Object.values(outputs).filter(({ dims }) => dims.slice(1).reduce((a, b) => a * b, 1) > 64).length
          return Object.fromEntries(Object.entries(outputs).map(([name, tensor]) => [name, compiled ? wrong(tensor) : tensor])) as Tensors
        },
        release: async () => {
          counts.sessions--
          await session.release()
        },
      }
    },
    accelerator: {
      cpu,
      hold: async (tensor) => {
        counts.held++
        counts.mostHeld = Math.max(counts.mostHeld, counts.held)
        return new HeldHere(tensor, () => counts.held--)
      },
    },
  }
  return { runtime, counts }
}

test.each<[string, () => string, Given]>([
  ['in one part', () => fixture('deep/deep3.scrub'), { samples: 400 }],
  ['in many parts', () => fixture('toy/toy.scrub'), { samples: 400, memory: 400, hypotheses: ['or of two'] }],
  ['logits of many classes', () => wide('cross_entropy(logits, label)'), { samples: 400, batch: 50 }],
])('%s: only indices and what is narrow cross, and nothing stays on the device', async (_, file, given) => {
  const { runtime, counts } = disguised()
  const path = file()
  const report = await reportOf(path, { ...given, runtime })
  const own = await reportOf(path, given)
  expect(report.device).toBe('disguise')
  expect(report.hypotheses.map(({ scrubbed }) => scrubbed.mean)).toEqual(own.hypotheses.map(({ scrubbed }) => expect.closeTo(scrubbed.mean, 5)))
  expect(counts.mostHeld).toBeGreaterThan(0)
  expect(counts.held).toBe(0)
  expect(counts.sessions).toBe(0)
  expect(counts.wideOutputs).toBe(0)
  expect(counts.compiledRuns).toBeGreaterThan(0)
  expect(counts.noIndices).toBe(0)
})

test.each<[string, () => string, Given]>([
  ['in one part', () => wide('kl_div(logits, model.logits)'), { samples: 40 }],
  ['in many parts', () => fixture('toy/toy.scrub'), { samples: 400, memory: 400, hypotheses: ['or of two'] }],
])('a device that cannot hold tensors gets them with the model, %s: only indices are fed', async (_, file, given) => {
  const { runtime, counts } = disguised()
  const path = file()
  const report = await reportOf(path, { ...given, runtime: { ...runtime, accelerator: { cpu } } })
  const own = await reportOf(path, given)
  expect(report.hypotheses.map(({ scrubbed }) => scrubbed.mean)).toEqual(own.hypotheses.map(({ scrubbed }) => expect.closeTo(scrubbed.mean, 5)))
  expect(counts).toMatchObject({ mostHeld: 0, sessions: 0, noIndices: 0, wideOutputs: 0 })
  expect(counts.compiledRuns).toBeGreaterThan(0)
})

test.each<[string, (value: number) => number]>([['twice as much', (value) => 2 * value], ['no number', () => NaN]])('a device that computes %s gives no result', async (_, change) => {
  const { runtime } = disguised((tensor) => (tensor.dtype === 'float32' ? { ...tensor, data: Float32Array.from(tensor.data as Float32Array, change) } : tensor))
  const run = reportOf(fixture('toy/toy.scrub'), { samples: 40, hypotheses: ['or of two'], wholePass: false, runtime })
  await expect(run).rejects.toThrow(DeviceDisagrees)
  await expect(run).rejects.toThrow(/^The device disguise computes another model than the CPU: the metric of sample \d+ of "or of two" is \S+ there and \S+ on the CPU\. Use --device cpu, and look for a newer driver\.$/)
})

test('auto: a longer run may take another device, and a shorter one stays where the activations are', async () => {
  const { runtime, counts } = disguised()
  const store = new WorkspaceStore()
  const file = fixture('toy/toy.scrub')
  const works: number[] = []
  const deviceOf = async (samples: number): Promise<string> => {
    const result = await run({ file, text: readFileSync(file, 'utf8'), device: 'auto', costs: false, samples, hypotheses: ['A is all'] }, (work) => {
      works.push(work())
      return work() > works[0]! ? runtime : cpu
    }, '0', { breathe: async () => {}, progress: () => {}, findings: () => {} }, store)
    if (result.kind !== 'report') throw new Error(result.kind)
    return result.report.device
  }
  expect([await deviceOf(50), await deviceOf(50), await deviceOf(500), await deviceOf(50)]).toEqual(['cpu', 'cpu', 'disguise', 'disguise'])
  // As if every datum and every sample went through the model once.
  expect(works[2]! / works[0]!).toBeCloseTo((48 + 500) / (48 + 50), 10)
  await store.close()
  expect(counts).toMatchObject({ held: 0, sessions: 0 })
})
