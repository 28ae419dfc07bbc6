/** Shards of a run: however the samples are cut, the merged report is that of the single run. */
import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import { describe, expect, test } from 'vitest'
import type { Report } from '../../src/protocol/report.ts'
import schema from '../../src/protocol/report.schema.json' with { type: 'json' }
import { openRuntime } from '../../src/runner/onnxruntime.ts'
import { mergeShards } from '../../src/scrub/merge-shards.ts'
import { run } from '../../src/scrub/run.ts'
import { Cancelled } from '../../src/scrub/runtime.ts'
import { chooseSamples, likelySamples } from '../../src/scrub/sampled.ts'
import { ranges } from '../../src/scrub/same-run.ts'
import { rangeOf } from '../../src/scrub/shard.ts'
import { Running } from '../../src/scrub/statistics.ts'
import { differences } from './report-differences.ts'
import { fixture, reportOf, type Given } from './run-file.ts'

const validate = new Ajv({ allowUnionTypes: true }).compile(schema)

/** As it comes from a file. */
async function written(file: string, given: Given): Promise<Report> {
  const { evaluated: _, ...report } = await reportOf(file, given)
  const read = JSON.parse(JSON.stringify(report)) as Report
  expect(validate(read), JSON.stringify(validate.errors)).toBe(true)
  return read
}

const named = (reports: readonly Report[]) => reports.map((report) => ({ name: `part-${report.shard?.index}.json`, report }))

/** Shards, each as another machine might run it: `each` says how. */
async function shards(file: string, of: number, given: Given, each: (index: number) => Given = () => ({}), which = Array.from({ length: of }, (_, i) => i + 1)): Promise<Report[]> {
  const parts: Report[] = []
  for (const index of which) parts.push(await written(file, { ...given, ...each(index), shard: { index, of } }))
  return parts
}

const reversed = <T>(list: readonly T[]): T[] => [...list].reverse()
const toy = fixture('toy/toy.scrub')

describe('the merged report equals the single run', () => {
  test.each<[string, number, Given]>([
    ['toy/toy.scrub', 3, { samples: 1000, costs: true, seed: 3 }],
    // One sample each, and one more for some.
    ['toy/toy.scrub', 7, { samples: 10, costs: true, hypotheses: ['A is all', 'A is all, separate', 'or of two'] }],
    ['toy/toy.scrub', 5, { samples: 5, costs: true, hypotheses: ['or of two'], wholePass: false }],
    // `model` and `shuffled` over the reference data.
    ['toy/toy.scrub', 4, { samples: 603, costs: true, wholePass: false }],
    ['zoo/score.scrub', 2, { samples: 500, costs: true }],
    ['zoo/through.scrub', 3, { samples: 401, costs: true }],
    ['zoo/modes.scrub', 3, { samples: 700, costs: false }],
    ['zoo/outputs.scrub', 2, { samples: 333, costs: true, wholePass: false }],
    ['zoo/chain.scrub', 6, { costs: true, samples: 2000 }],
    // What is asked for besides: the first one's permuted hypotheses have more samples than are evaluated at once.
    ['toy/toy.scrub', 3, { samples: 5000, nulls: 4, sensitivity: true, batch: 700 }],
    ['toy/toy.scrub', 4, { samples: 301, nulls: 3, sensitivity: true, wholePass: false, hypotheses: ['A is all', 'or of two', 'A is all, separate'] }],
    ['zoo/modes.scrub', 3, { samples: 700, nulls: 2, sensitivity: true }],
    // Enumerated by every shard, but for what is too much: that is sampled.
    ['toy/toy.scrub', 3, { samples: 900, exact: true, costs: true, nulls: 2, sensitivity: true }],
    ['zoo/modes.scrub', 2, { samples: 500, exact: true, costs: true, sensitivity: true, exactLimit: 100 }],
  ])('of %s in %i shards, %j', async (file, of, given) => {
    const single = await written(fixture(file), given)
    const parts = await shards(fixture(file), of, given)
    const { report, samples } = mergeShards(named(reversed(parts)))
    expect(validate(report), JSON.stringify(validate.errors)).toBe(true)
    expect(differences(single, report)).toEqual([])
    for (const { name, exact, samples: count } of single.hypotheses) expect(samples.get(name)?.scrubbed.length).toBe(exact ? undefined : count)
    expect(single.hypotheses.some(({ nodes }) => nodes.some(({ largest }) => largest.some(({ spread }) => spread)))).toBe(true)
    // Any order gives the same report, byte for byte.
    const turned = [...parts.slice(1), parts[0]!]
    expect(JSON.stringify(mergeShards(named(turned)).report)).toBe(JSON.stringify(report))
  })

  test('whatever the batches, and the parts that fit into memory', async () => {
    const given = { samples: 900, costs: true, hypotheses: ['A is all', 'or of two', 'A is all, separate'] }
    const parts = await shards(toy, 4, given, (index) => ({ batch: 3 + 31 * index, ...(index % 2 === 0 ? { memory: 20_000 } : {}) }))
    expect(differences(await written(toy, { ...given, memory: 50_000 }), mergeShards(named(parts)).report)).toEqual([])
  })

  test('of pools, by repetition', async () => {
    const given = { text: `${readFileSync(fixture('zoo/chain.scrub'), 'utf8').replaceAll('option unimportant shared', '')}\noption pool 40\n`, samples: 600, wholePass: false, nulls: 2, sensitivity: true }
    const file = fixture('zoo/chain.scrub')
    const single = await written(file, given)
    expect(single.hypotheses[0]!.pool!.repetitions).toBeGreaterThan(8)
    for (const of of [2, 8]) expect(differences(single, mergeShards(named(await shards(file, of, given))).report)).toEqual([])
  })

  test('of what is asked for besides, though most shards have no sample of the permuted hypotheses', async () => {
    const given: Given = { samples: 4200, nulls: 2, hypotheses: ['or of two'] }
    const some = await shards(toy, 4200, given, undefined, [1, 2, 44, 4200])
    expect(some.map(({ hypotheses: [one] }) => [one!.null?.samples, one!.besides!.null!.samples])).toEqual([[undefined, 4096], [1, 4096], [1, 4096], [1, 4096]])
  })

  // A runner that dies is replaced by one that is given the values of its samples, here wrong ones, so that they can be told.
  test.each([['', 20], ['\noption pool 10\n', 25]])('a shard goes on from its own first samples%j', async (more, known) => {
    const text = `${readFileSync(toy, 'utf8').replaceAll('option unimportant shared', '')}${more}`
    const given = { text, samples: 200, hypotheses: ['nothing'], shard: { index: 2, of: 3 } }
    const values = async (change: Given) => (await reportOf(toy, { ...given, ...change })).evaluated.samples.get('nothing')!
    const own = await values({})
    const resumed = await values({ resume: { nothing: own.scrubbed.slice(0, known).fill(7) } })
    expect(resumed.reference).toEqual(own.reference)
    const whole = more === '' ? known : known - (known % 10)
    expect([...resumed.scrubbed.subarray(0, whole)]).toEqual(Array.from({ length: whole }, () => 7))
    expect(resumed.scrubbed.subarray(whole)).toEqual(own.scrubbed.subarray(whole))
  })

  test('expectations are tested when shards are merged, and not before', async () => {
    const given = { samples: 100, hypotheses: ['nothing', 'A is all', 'B is all'] }
    const parts = await shards(toy, 2, given)
    expect(parts.flatMap(({ hypotheses }) => hypotheses.flatMap(({ expectations }) => expectations))).toEqual([])
    const single = await written(toy, given)
    const told = ({ hypotheses }: Report) => hypotheses.map(({ expectations }) => expectations)
    expect(told(single).flat().length).toBe(4)
    expect(told(mergeShards(named(parts)).report)).toEqual(told(single))
  })

  // Before anything was done, in the first hypothesis, and in what is told besides of the last one.
  test.each([['', 'features', 0, false], ['A is all', 'cache', 1, false], ['A is all', 'null', 2, false]])('a shard that is stopped in %j at %s says so', async (hypothesis, phase, count, partial) => {
    let stop = false
    const result = await run({ file: toy, text: readFileSync(toy, 'utf8'), device: 'cpu', costs: false, samples: 30, hypotheses: ['nothing', 'A is all'], nulls: 2, shard: { index: 1, of: 1 } }, () => openRuntime({ device: 'cpu', threads: 1 }), '0.0.0', {
      breathe: async () => { if (stop) throw new Cancelled() },
      progress: (name, what) => { if (name === hypothesis && what === phase) stop = true },
      findings: () => {},
    })
    if (result.kind !== 'report') throw new Error(result.kind)
    expect([result.report.hypotheses.length, result.report.hypotheses.some((one) => one.partial), result.report.shard!.stopped]).toEqual([count, partial, true])
    expect(() => mergeShards(named([JSON.parse(JSON.stringify(result.report)) as Report]))).toThrow('part-1.json was stopped before it was done; run shard 1/1 again.')
  })

  test('shards that enumerate must have found the same', async () => {
    const [one, two] = (await shards(toy, 2, { samples: 100, exact: true, hypotheses: ['or of two'] })) as [Report, Report]
    const changed = structuredClone(two)
    changed.hypotheses[0]!.scrubbed.mean += 0.01
    expect(() => mergeShards(named([one, changed]))).toThrow(/^part-1\.json and part-2\.json enumerate the same draws of "or of two", but have other means of scrubbed: 0\.\d+ and 0\.\d+; run both again/)
  })

  test('a vector of what was asked for besides that is cut off shows', async () => {
    const [one, two] = (await shards(toy, 2, { samples: 100, sensitivity: true, hypotheses: ['or of two'] })) as [Report, Report]
    const values = two.hypotheses[0]!.besides!.sensitivity!.values
    values.shared = values.shared!.slice(0, 20)
    expect(() => mergeShards(named([one, two]))).toThrow('part-2.json is damaged: the values of "or of two" with unimportant inputs drawn shared are not those of 50 samples; run that shard again.')
  })

  test('a file that holds a shard and has been tampered with shows', async () => {
    const [one, two] = (await shards(toy, 2, { samples: 100, hypotheses: ['nothing'] })) as [Report, Report]
    const changed = structuredClone(two)
    changed.hypotheses[0]!.scrubbed.mean += 1
    // What is recomputed does not rest on it.
    expect(differences(mergeShards(named([one, changed])).report, mergeShards(named([one, two])).report)).toEqual([])
    changed.hypotheses[0]!.shard!.scrubbed = one.hypotheses[0]!.shard!.scrubbed.slice(0, 40)
    expect(() => mergeShards(named([one, changed]))).toThrow('part-2.json is damaged: the values of "nothing" are not those of 50 samples; run that shard again.')
  })
})

describe('what does not belong together is refused by name', async () => {
  const given: Given = { samples: 40, hypotheses: ['nothing', 'A is all'] }
  const parts = await shards(toy, 6, given)
  const [one, two, three, four, five, six] = parts as [Report, Report, Report, Report, Report, Report]
  const other = async (change: Given) => written(toy, { ...given, ...change, shard: { index: 2, of: 6 } })
  const edited = (edit: (report: Report) => void): Report => {
    const report = structuredClone(two)
    edit(report)
    return report
  }
  test.each<[string, () => Promise<Report[]> | Report[], string | RegExp]>([
    ['one is missing', () => [one, three, four, five, six], 'Shard 2 of 6 is missing: run it with `scrub run --shard 2/6`, and name its report too.'],
    ['several are', () => [four, one], 'Shards 2, 3 and 5, 6 of 6 are missing: run each with `scrub run --shard i/6`, and name their reports too.'],
    ['one comes twice', () => [...parts, two], 'part-2.json and part-2.json are both shard 2 of 6; name each shard once.'],
    ['a whole run', async () => [one, await written(toy, given)], /is the report of a whole run, not of a shard of one/],
    ['another seed', async () => [one, await other({ seed: 1 })], 'part-1.json and part-2.json are not shards of one run, they have other seeds: 0 and 1; merge what one command line made.'],
    ['another number of samples', async () => [one, await other({ samples: 41 })], /other numbers of samples for "nothing": 40 and 41/],
    ['other hypotheses', async () => [one, await other({ hypotheses: ['nothing'] })], /other hypotheses: "nothing", "A is all" and "nothing"/],
    ['another text', async () => [one, await other({ text: `${readFileSync(toy, 'utf8')}\n# changed\n` })], /other hypothesis files: .*toy\.scrub \(SHA-256 \w{12}…\) and .*toy\.scrub \(SHA-256 \w{12}…\)/],
    ['another cut', async () => [one, await written(toy, { ...given, shard: { index: 2, of: 3 } })], /other numbers of shards: 6 and 3/],
    ['costs left out', async () => [one, await other({ costs: true })], /other costs of nodes for "nothing": left out and measured/],
    ['another null band', async () => [await written(toy, { ...given, nulls: 3, shard: { index: 1, of: 6 } }), await other({ nulls: 4 })], /other null bands for "nothing": 3 hypotheses at 40 samples and 4 hypotheses at 40 samples/],
    ['no null band', async () => [one, await other({ nulls: 2 })], /other null bands for "nothing": left out and 2 hypotheses at 40 samples/],
    ['one sensitivity', async () => [one, await other({ sensitivity: true })], /other sensitivities for "nothing": left out and separate sampled, shared sampled/],
    ['one enumerated', async () => [one, await other({ exact: true })], /other ways to evaluate for "nothing": sampled and enumerated/],
    ['another baseline', async () => [one, await other({ wholePass: false })], /other baselines for "nothing": over the data and over the samples/],
    ['another model', () => [one, edited(({ model }) => (model.sha256 = '0'.repeat(64)))], /other models: .*toy\.onnx \(SHA-256 \w{12}…\) and .*toy\.onnx \(SHA-256 0{12}…\)/],
    ['other data', () => [one, edited(({ data }) => (data.sha256 = '0'.repeat(64)))], /other data: .*toy\.jsonl/],
    ['another Scrub', () => [one, edited((report) => (report.scrub = '9.9.9'))], /other versions of Scrub: 0\.0\.0 and 9\.9\.9/],
    ['another ONNX Runtime', () => [one, edited(({ versions }) => (versions.onnxruntime = '1.0.0'))], /other versions of ONNX Runtime/],
    ['another device', () => [one, edited((report) => (report.device = 'cuda'))], /other devices: cpu and cuda/],
    ['one that was stopped before another hypothesis', () => [one, edited(({ shard }) => (shard!.stopped = true))], 'part-2.json was stopped before it was done; run shard 2/6 again.'],
    ['one that was stopped', () => [one, edited(({ hypotheses }) => (hypotheses[0]!.partial = true))], 'part-2.json was stopped before it was done; run shard 2/6 again.'],
    ['a hole', () => [one, edited(({ hypotheses }) => hypotheses[0]!.shard!.first++), three, four, five, six], 'part-2.json is damaged: its samples of "nothing" begin with 7, not with 6; run that shard again.'],
  ])('%s', async (_, make, sentence) => {
    const reports = await make()
    expect(() => mergeShards(named(reports))).toThrow(sentence)
  })

  // The same files on another machine.
  test('paths may differ', () => {
    const moved = edited((report) => {
      for (const file of [report.file, report.model, report.data]) file.path = `/elsewhere${file.path}`
    })
    expect(mergeShards(named([one, moved, three, four, five, six])).report.file).toEqual(one.file)
  })

  test('more shards than samples', async () => {
    await expect(reportOf(toy, { ...given, samples: 3, shard: { index: 1, of: 4 } })).rejects.toThrow('"nothing" has only 3 samples to share out among 4 shards: use at most 3 shards.')
    const text = `${readFileSync(toy, 'utf8').replaceAll('option unimportant shared', '')}\noption pool 10\n`
    await expect(reportOf(toy, { ...given, text, shard: { index: 1, of: 1001 } })).rejects.toThrow('"nothing" has only 8 repetitions of its pools to share out among 1001 shards')
  })
})

test.each([[10, 3, [[0, 3], [3, 3], [6, 4]]], [4, 4, [[0, 1], [1, 1], [2, 1], [3, 1]]], [2 ** 52, 2, [[0, 2 ** 51], [2 ** 51, 2 ** 51]]]])('%i samples in %i shards', (total, of, expected) => {
  expect(Array.from({ length: of }, (_, i) => rangeOf({ index: i + 1, of }, total)).map(({ first, count }) => [first, count])).toEqual(expected)
})

test('every sample is in one shard, for all totals and cuts', () => {
  for (let total = 1; total < 60; total++) {
    for (let of = 1; of <= total; of++) {
      const cut = Array.from({ length: of }, (_, i) => rangeOf({ index: i + 1, of }, total))
      expect(cut.reduce((next, { first, count }) => (first === next ? next + count : NaN), 0)).toBe(total)
      expect(Math.max(...cut.map(({ count }) => count)) - Math.min(...cut.map(({ count }) => count))).toBeLessThanOrEqual(1)
    }
  }
})

test.each([1, 50, 149, 150, 151, 199, 200, 201, 400, 3000])('samples chosen among those chosen of parts are those chosen of all, of %i', (total) => {
  // Many ties, and a trend: the worst lie in one part.
  const all = Array.from({ length: total }, (_, sample) => ({ sample, scrubbed: ((sample * 7919) % 11) + (sample % 3 === 0 ? Math.floor(sample / 10) : 0) }))
  for (const sense of ['metric', 'score'] as const) {
    for (const cuts of [[total >> 1], [1], [total - 1], [Math.floor(total / 3), Math.floor((2 * total) / 3)], Array.from({ length: 19 }, (_, i) => Math.floor(((i + 1) * total) / 20))]) {
      let kept: typeof all = []
      for (const [i, end] of [...cuts, total].entries()) kept = chooseSamples([...kept, ...all.slice(i === 0 ? 0 : cuts[i - 1], end)], 5, sense).map(([one]) => one)
      expect(chooseSamples(kept, 5, sense)).toEqual(chooseSamples(all, 5, sense))
    }
    for (const first of [0, total >> 1]) {
      const part = all.slice(first)
      const likely = likelySamples(Float64Array.from(part, ({ scrubbed }) => scrubbed), first, 5, sense)
      expect(chooseSamples(likely.map((i) => part[i]!), 5, sense)).toEqual(chooseSamples(part, 5, sense))
      expect(likely.length).toBeLessThanOrEqual(350)
    }
  }
})

test('moments of parts are those of the whole', () => {
  const values = Array.from({ length: 100 }, (_, i) => Math.sin(i) * 10 ** (i % 7))
  const of = (some: readonly number[]): Running => {
    const running = new Running()
    for (const value of some) running.add(value)
    return running
  }
  for (const cut of [0, 1, 50, 99, 100]) {
    const { mean, se } = Running.merged([of(values.slice(0, cut)).moments(), of(values.slice(cut)).moments()]).result()
    expect(mean).toBeCloseTo(of(values).result().mean, 8)
    expect(se).toBeCloseTo(of(values).result().se, 8)
  }
})

test.each([[[1], '1'], [[1, 2], '1, 2'], [[1, 2, 3, 7, 9], '1 to 3, 7 and 9']])('%j is told as %s', (numbers, text) => expect(ranges(numbers)).toBe(text))
