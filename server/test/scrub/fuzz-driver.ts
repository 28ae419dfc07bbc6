/** Runs the files that test-fixtures/zoo/fuzz.py names on standard input, one JSON request per line, and answers in kind. */
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { openRuntime } from '../../src/runner/onnxruntime.ts'
import { analyse } from '../../src/scrub/analyse.ts'
import { drawKey, uniform } from '../../src/scrub/random.ts'
import { runFile, type Given } from './run-file.ts'

interface Asked {
  readonly file: string
  readonly hypotheses?: string[]
  readonly given?: Given
  /** Also tell the draws of so many samples, with the unimportant ones of these tensors. */
  readonly replay?: { readonly samples: number; readonly tensors: string[] }
}

const runtime = openRuntime({ device: 'cpu', threads: 1 })

async function answer({ file, hypotheses, given, replay }: Asked): Promise<unknown> {
  if (!given) {
    const { findings, bound } = await analyse(file, readFileSync(file, 'utf8'))
    return {
      findings: findings.filter((f) => f.severity === 'error').map((f) => ({ code: f.code, line: f.range.start.line, message: f.message })),
      hypotheses: bound?.hypotheses.map((h) => ({ name: h.name, ok: h.ok })) ?? [],
    }
  }
  const result = await runFile(file, { ...given, runtime, ...(hypotheses ? { hypotheses } : {}) })
  if (result.kind !== 'report') return { failed: JSON.stringify(result.findings) }
  const { report } = result
  return {
    reports: report.hypotheses.map((h) => {
      const { name, exact, scrubbed, model, shuffled, recovered, nodes, checks } = h
      const told = nodes.map((n) => ({ name: n.name, cost: n.cost }))
      return { name, exact, scrubbed, model, shuffled, recovered, checks, nodes: told, sampled: replay ? sampled(h.sampled, report.seed, report.data.rows, replay) : [] }
    }),
  }
}

interface Sample {
  sample: number
  reference: number
  scrubbed: number
  draws: Record<string, number>
}

/** Samples with every random datum that they could have used. */
function sampled(all: readonly Sample[], seed: number, rows: number, { samples, tensors }: NonNullable<Asked['replay']>): unknown[] {
  const step = Math.max(1, Math.floor(all.length / samples))
  return all.filter((_, i) => i % step === 0).map(({ sample, reference, scrubbed, draws }) => {
    const fills: Record<string, number> = {}
    for (const path of ['', ...Object.keys(draws).map((p) => `${p}/`)]) {
      for (const key of [`${path}~`, ...tensors.map((t) => `${path}~/${t}`)]) {
        const number = new Float64Array(1)
        uniform(drawKey(seed, key), sample, number)
        fills[key] = Math.floor(number[0]! * rows)
      }
    }
    return { reference, scrubbed, draws, fills }
  })
}

for await (const line of createInterface({ input: process.stdin })) {
  let told: unknown
  try {
    told = await answer(JSON.parse(line) as Asked)
  } catch (error) {
    told = { failed: error instanceof Error ? `${error.name}: ${error.message}` : String(error) }
  }
  process.stdout.write(`${JSON.stringify(told)}\n`)
}
