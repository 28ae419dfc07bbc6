/** WebGPU against the CPU, on an adapter in software: the same draws, losses within 1e-4, and what the report tells of it. */
import { Ajv } from 'ajv'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { ADAPTER, hasAdapter, NO_ADAPTER } from './software-adapter.ts'
import schema from '../../src/protocol/report.schema.json' with { type: 'json' }
import { openRuntime } from '../../src/runner/onnxruntime.ts'
import { runProcess } from '../cli/process.ts'
import { fixture, reportOf, type Given } from './run-file.ts'
import { wide } from './wide.ts'

const poolOf = (file: string): string => `${readFileSync(file, 'utf8')}\noption pool 6\n`

/** Files, and what is run of them. */
const RUNS: [string, () => string, Given][] = [
  ['the toy', () => fixture('toy/toy.scrub'), { samples: 200 }],
  ['the toy, in small batches', () => fixture('toy/toy.scrub'), { samples: 50, batch: 7, hypotheses: ['or of two'] }],
  ['the toy, with activations one part at a time', () => fixture('toy/toy.scrub'), { samples: 60, memory: 400, hypotheses: ['or of two'] }],
  ['the toy, only what is drawn', () => fixture('toy/toy.scrub'), { samples: 50, wholePass: false, hypotheses: ['or of two', 'A inside, shared'] }],
  ['the toy, with costs', () => fixture('toy/toy.scrub'), { samples: 50, costs: true, hypotheses: ['or of two'] }],
  ['many paths', () => fixture('deep/deep3.scrub'), { samples: 60 }],
  ['pools', () => fixture('deep/deep3.scrub'), { samples: 60, text: poolOf(fixture('deep/deep3.scrub')) }],
  ['a transformer', () => fixture('transformers/gpt2.scrub'), { samples: 40, hypotheses: ['one head', 'queries'] }],
  ['logits of many classes', () => wide('cross_entropy(logits, label)'), { samples: 60 }],
  ['a divergence from the model', () => wide('kl_div(logits, model.logits)'), { samples: 60 }],
  ['a loss for each of many logits', () => wide('mean(binary_cross_entropy(4 * logits, label > 50))'), { samples: 60 }],
  ['whole numbers from the device', () => wide('if argmax(logits) == label then 0 else 1'), { samples: 60 }],
]

describe.skipIf(!hasAdapter)('on the software adapter', () => {
  test.each(RUNS)('%s', async (_, file, given) => {
    const path = file()
    const own = await reportOf(path, given)
    const report = await reportOf(path, { ...given, device: 'webgpu', runtime: openRuntime({ device: 'webgpu', threads: 1 }) })
    expect(report.device).toBe('webgpu')
    const { evaluated, ...plain } = report
    expect(new Ajv({ allErrors: true, strict: false }).validate(schema, JSON.parse(JSON.stringify(plain)))).toBe(true)
    report.hypotheses.forEach((hypothesis, i) => {
      const [here, there] = [own.evaluated.samples.get(hypothesis.name)!, evaluated.samples.get(hypothesis.name)!]
      expect(there.reference).toEqual(here.reference)
      for (const values of ['scrubbed', 'model'] as const) {
        there[values].forEach((value, k) => {
          if (!(Math.abs(value - here[values][k]!) <= 1e-4)) expect.fail(`${hypothesis.name}: sample ${k} is ${value} on the device and ${here[values][k]} on the CPU`)
        })
      }
      expect(own.hypotheses[i]!.checks).not.toHaveProperty('device')
      const { samples, largest, operators, onCpu } = hypothesis.checks.device!
      expect(samples).toBeGreaterThanOrEqual(2)
      expect(largest).toBeLessThanOrEqual(1e-4)
      expect(operators).toBeGreaterThan(0)
      // Nothing that is wide, and no arithmetic of the model, is left to the CPU.
      for (const operator of Object.keys(onCpu)) expect(operator).toMatch(/\((int64|int32|bool)\)$|^(Shape|Range)/)
    })
  })

  test('from the command line: the device, how it compares, what it left', async () => {
    const { exitCode, stdout, stderr } = await runProcess(['run', 'gpt2.scrub', '-H', 'queries', '--samples', '40', '--no-costs', '--device', 'webgpu'], fixture('transformers'), ADAPTER)
    expect(stderr).toBe('')
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/ seed 0 · webgpu\n/)
    expect(stdout.replaceAll('\n', ' ')).toMatch(/webgpu and the CPU agree on the first 40 samples: the largest difference is \d\S*e-\d+\./)
    expect(stdout).toMatch(/\d+ of \d+ operators ran on the CPU: \w+ \(int64\)/)
  })

  test('auto does not take an adapter in software', async () => {
    const { exitCode, stdout } = await runProcess(['run', 'toy.scrub', '-H', 'A is all', '--samples', '50'], fixture('toy'), ADAPTER)
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/seed 0 · cpu\n/)
    expect(stdout).not.toContain('webgpu')
  })
})

test.runIf(process.platform === 'linux')('without an adapter: one sentence, and no result', async () => {
  const { exitCode, stdout, stderr } = await runProcess(['run', 'toy.scrub', '--device', 'webgpu'], fixture('toy'), NO_ADAPTER)
  expect(stderr).toMatch(/^scrub: Device "webgpu" cannot be used on this machine\. No graphics adapter could be used \(.+\): it needs a driver for Vulkan, Metal or Direct3D 12\. Use --device cpu, or see what works here: scrub doctor\.\n$/)
  expect(stdout).toBe('')
  expect(exitCode).toBe(3)
})
