/** Activations that leave the memory: they come back as they were, nothing is computed twice, and a disk that fails fails no run. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { openRuntime } from '../../src/runner/onnxruntime.ts'
import { Cancelled, type Runtime } from '../../src/scrub/runtime.ts'
import { openSpillFile, type SpillFile } from '../../src/scrub/spill-file.ts'
import { Spill, type Shelf } from '../../src/scrub/spill.ts'
import { WorkspaceStore } from '../../src/scrub/store.ts'
import { tmpdir } from 'node:os'
import { fixture, reportOf, runFile, type Given } from './run-file.ts'

const CHUNK = 4 * 2 ** 20

/** A file in memory that tells what was asked of it, and fails when it is told to. */
class Recorded implements SpillFile {
  readonly room: number
  readonly reads: { readonly at: number; readonly bytes: number }[] = []
  readonly writes: { readonly at: number; readonly bytes: number }[] = []
  closed = 0
  private data = Buffer.alloc(0)
  private readonly failing: (call: 'read' | 'write', times: number) => boolean

  constructor(room = Infinity, failing: (call: 'read' | 'write', times: number) => boolean = () => false) {
    this.room = room
    this.failing = failing
  }

  readonly open = async (): Promise<SpillFile> => this

  async write(bytes: Uint8Array, at: number): Promise<void> {
    if (this.failing('write', this.writes.length)) throw new Error('ENOSPC: no space left on device, write')
    this.writes.push({ at, bytes: bytes.length })
    expect(at).toBe(this.data.length)
    this.data = Buffer.concat([this.data, bytes])
  }

  async read(into: Uint8Array, at: number): Promise<void> {
    if (this.failing('read', this.reads.length)) throw new Error('EIO: i/o error, read')
    this.reads.push({ at, bytes: into.length })
    expect(at + into.length).toBeLessThanOrEqual(this.data.length)
    this.data.copy(into, 0, at)
  }

  async close(): Promise<void> {
    this.closed++
  }
}

const breathe = async (): Promise<void> => {}

/** Rows whose bytes tell the function and the input. */
const rowsOf = (shelf: number, ids: readonly number[], rowBytes: number): Uint8Array => Uint8Array.from(ids.flatMap((id) => Array.from({ length: rowBytes }, (_, k) => (shelf * 101 + id * 7 + k) % 251)))

async function read(spill: Spill, shelf: Shelf, wanted: readonly number[]): Promise<{ ids: Int32Array; bytes: Uint8Array; done: number }> {
  const ids = Int32Array.from(wanted)
  const bytes = new Uint8Array(ids.length * shelf.rowBytes)
  return { ids, bytes, done: await spill.fetch(shelf, ids, bytes) }
}

describe('rows', () => {
  test('of any functions, written in any order, are read back as they were; each is written once', async () => {
    const kept = fc.tuple(fc.nat(2), fc.uniqueArray(fc.integer({ min: -1, max: 39 }), { maxLength: 40 }))
    await fc.assert(
      fc.asyncProperty(fc.array(kept, { maxLength: 12 }), fc.uniqueArray(fc.nat(39)), async (calls, wanted) => {
        const file = new Recorded()
        const spill = new Spill(file.open, breathe)
        const sizes = [1, 12, 40_000]
        const shelves = sizes.map((size) => spill.shelf(size, 40))
        const known = sizes.map(() => new Set<number>())
        for (const [which, ids] of calls) {
          await spill.keep(shelves[which]!, Int32Array.from(ids), rowsOf(which, ids, sizes[which]!))
          for (const id of ids) if (id >= 0) known[which]!.add(id)
        }
        expect(spill.written).toBe(known.reduce((sum, { size }, which) => sum + size * sizes[which]!, 0))
        for (const [which, shelf] of shelves.entries()) {
          expect([...shelf.place.keys()].filter((id) => shelf.place[id]! >= 0)).toEqual([...known[which]!].sort((a, b) => a - b))
          const some = wanted.filter((id) => known[which]!.has(id))
          const { ids, bytes, done } = await read(spill, shelf, some)
          expect(done).toBe(some.length)
          expect([...ids].sort((a, b) => a - b)).toEqual(some.toSorted((a, b) => a - b))
          expect(Buffer.compare(bytes, rowsOf(which, [...ids], sizes[which]!))).toBe(0)
        }
        expect(Math.max(0, ...file.reads.map(({ bytes }) => bytes))).toBeLessThanOrEqual(CHUNK)
      }),
      { numRuns: 60 },
    )
  })

  test('that follow each other, or nearly, are one call; calls are large, and go forwards', async () => {
    const file = new Recorded()
    const spill = new Spill(file.open, breathe)
    const shelf = spill.shelf(1000, 10_000)
    const all = Array.from({ length: 10_000 }, (_, id) => 9999 - id)
    await spill.keep(shelf, Int32Array.from(all), new Uint8Array(1e7))
    expect(file.writes.length).toBe(Math.ceil(1e7 / (Math.floor(CHUNK / 1000) * 1000)))
    await read(spill, shelf, all.filter((id) => id % 2 === 0))
    expect(file.reads.length).toBe(Math.ceil(1e7 / CHUNK))
    expect(file.reads.map(({ at }) => at)).toEqual(file.reads.map(({ at }) => at).toSorted((a, b) => a - b))
    file.reads.length = 0
    // Far from each other: what lies between is not read.
    await read(spill, shelf, [0, 5000, 9999])
    expect(file.reads.map(({ bytes }) => bytes)).toEqual([1000, 1000, 1000])
  })

  test('a run that is cancelled meanwhile stops between two calls, and what was written is known', async () => {
    const file = new Recorded()
    let left = 2
    const spill = new Spill(file.open, async () => {
      if (left-- === 0) throw new Cancelled()
    })
    const shelf = spill.shelf(CHUNK, 5)
    const [all, bytes] = [Int32Array.of(0, 1, 2, 3, 4), new Uint8Array(5 * CHUNK)]
    await expect(spill.keep(shelf, all, bytes)).rejects.toThrow(Cancelled)
    expect([file.writes.length, ...shelf.place]).toEqual([2, 0, 1, -1, -1, -1])
    await spill.keep(shelf, all, bytes)
    expect([file.writes.length, ...shelf.place]).toEqual([5, 0, 1, 2, 3, 4])
    left = 2
    await expect(spill.fetch(shelf, all, bytes)).rejects.toThrow(Cancelled)
    expect([file.reads.length, spill.problem]).toEqual([2, undefined])
    expect(await spill.fetch(shelf, all, bytes)).toBe(5)
  })

  test('beyond what the disk has room for are not written', async () => {
    const spill = new Spill(new Recorded(55).open, breathe)
    const shelf = spill.shelf(10, 8)
    await spill.keep(shelf, Int32Array.of(0, 1, 2, 3, 4, 5, 6, 7), rowsOf(0, [0, 1, 2, 3, 4, 5, 6, 7], 10))
    expect([...shelf.place]).toEqual([0, 1, 2, 3, 4, -1, -1, -1])
    expect([spill.written, await spill.room(), spill.problem]).toEqual([50, 0, expect.stringMatching(/half of what is free/)])
    const { bytes } = await read(spill, shelf, [4, 1])
    expect(Buffer.compare(bytes, rowsOf(0, [1, 4], 10))).toBe(0)
  })
})

const cpu = openRuntime({ device: 'cpu', threads: 1 })

/** Counts functions of data that are computed for the cache in passes with a matrix product. */
function counting(): { readonly runtime: Runtime; readonly counted: { rows: number; values: number } } {
  const counted = { rows: 0, values: 0 }
  const load: Runtime['load'] = async (model, folder) => {
    const session = await cpu.load(model, folder)
    const product = /MatMul|Gemm/.test(Buffer.from(model).toString('latin1'))
    return {
      release: () => session.release(),
      run: async (feeds, held) => {
        const outputs = await session.run(feeds, held)
        const rows = product ? (outputs['o0']?.dims[0] ?? 0) : 0
        counted.rows += rows
        counted.values += rows * Object.keys(outputs).length
        return outputs
      },
    }
  }
  return { runtime: { ...cpu, load }, counted }
}

/** A run that has a disk of its own. */
async function runOn(file: SpillFile | undefined, name: string, given: Given) {
  const { runtime, counted } = counting()
  const store = new WorkspaceStore(file && (async () => file))
  try {
    const { hypotheses, evaluated, notes } = await reportOf(fixture(name), { samples: 200, costs: true, runtime, store, ...given })
    const samples = hypotheses.map((h) => evaluated.samples.get(h.name)!)
    return { counted, notes, evaluated, samples: samples.map(({ scrubbed, model, reference }) => ({ scrubbed, model, reference })), costs: hypotheses.map((h) => h.nodes.map(({ cost }) => cost)), shuffled: hypotheses.map((h) => h.shuffled) }
  } finally {
    await store.close()
  }
}

/** Little memory: a small part of what the cached functions take. */
const CASES: [string, Given][] = [
  ['zoo/slices.scrub', { memory: 400 }],
  ['toy/toy.scrub', { memory: 2000 }],
  ['deep/deep3.scrub', { memory: 20_000 }],
  ['paren/paren.scrub', { memory: 2e6, hypotheses: ['claim 1', 'split and swapped'] }],
]

describe('with little memory', () => {
  test.each(CASES)('%s has the same samples and costs bit for bit, and every datum goes through the model once', async (name, given) => {
    const file = new Recorded()
    const much = await runOn(undefined, name, { ...given, memory: 2 ** 32 })
    const little = await runOn(file, name, given)
    expect(file.writes.length).toBeGreaterThan(0)
    expect(file.reads.length).toBeGreaterThan(0)
    expect(file.closed).toBe(1)
    expect({ samples: little.samples, costs: little.costs, shuffled: little.shuffled }).toEqual({ samples: much.samples, costs: much.costs, shuffled: much.shuffled })
    expect(little.counted.rows).toBe(much.counted.rows)
    expect(little.notes).toBeUndefined()
    const phases = Object.values(little.evaluated.profile).flatMap(Object.keys)
    expect(phases).toEqual(expect.arrayContaining(['disk', 'costs, disk']))
  }, 120_000)

  test.each(CASES)('%s computes every function of a drawn datum at most once, also where only those are computed', async (name, given) => {
    const much = await runOn(undefined, name, { ...given, wholePass: false, memory: 2 ** 32 })
    const little = await runOn(new Recorded(), name, { ...given, wholePass: false })
    expect(little.counted.values).toBeLessThanOrEqual(much.counted.values)
    little.samples.forEach(({ scrubbed, reference }, i) => {
      expect(reference).toEqual(much.samples[i]!.reference)
      // Which data share a pass decides the last bits of some operators.
      expect(Math.max(...scrubbed.map((v, k) => Math.abs(v - much.samples[i]!.scrubbed[k]!)))).toBeLessThan(1e-5)
    })
  }, 120_000)

  test.each<[string, string, Given]>([
    ['samples from pools', 'deep/deep12.scrub', { memory: 50_000 }],
    ['permuted hypotheses and other ways to draw', 'zoo/slices.scrub', { memory: 100, nulls: 3, sensitivity: true, costs: false }],
    ['enumeration', 'toy/toy.scrub', { memory: 3200, exact: true }],
  ])('%s: the same report', async (_, name, given) => {
    const report = async (file: Recorded | undefined, memory: number) => {
      const store = new WorkspaceStore(file?.open)
      const { hypotheses } = await reportOf(fixture(name), { samples: 100, costs: true, ...given, memory, runtime: cpu, store })
      await store.close()
      // Samples that are shown, and those that are checked, are of the first part.
      return hypotheses.map((h) => ({ ...h, sampled: [], texts: {}, seconds: 0, costSeconds: 0, checks: null }))
    }
    const file = new Recorded()
    // With little memory there is also none for the values of an enumeration; what is sampled then is another test's.
    const little = (await report(file, given.memory!)).filter(({ exact }) => exact || !given.exact)
    const much = await report(undefined, 2 ** 32)
    expect(little.length).toBeGreaterThan(0)
    expect(little).toEqual(much.filter((one) => little.some((other) => other.name === one.name)))
    expect(file.reads.length).toBeGreaterThan(0)
  }, 120_000)

  test('what the cache holds stays within half of it, with the disk and without', async () => {
    for (const file of [new Recorded(), undefined]) {
      const store = new WorkspaceStore(file?.open)
      let most = 0
      const load: Runtime['load'] = async (model, folder) => {
        const session = await cpu.load(model, folder)
        const run: typeof session.run = (feeds, held) => {
          most = Math.max(most, store['kept']?.workspace.cache.resident ?? 0)
          return session.run(feeds, held)
        }
        return { run, release: () => session.release() }
      }
      await reportOf(fixture('paren/paren.scrub'), { hypotheses: ['claim 1', 'direct'], samples: 400, costs: true, memory: 5e5, store, runtime: { ...cpu, load } })
      await store.close()
      expect(most).toBeGreaterThan(1.5e5)
      expect(most).toBeLessThanOrEqual(2.5e5)
    }
  }, 120_000)

  test('the file lives as long as the workspace: a second run reads what the first one wrote', async () => {
    const file = new Recorded()
    let opened = 0
    const { runtime, counted } = counting()
    const store = new WorkspaceStore(async () => (opened++, file))
    const given = { hypotheses: ['claim 1'], samples: 100, memory: 2e6, runtime, store }
    const first = await reportOf(fixture('paren/paren.scrub'), given)
    const rows = counted.rows
    const again = await reportOf(fixture('paren/paren.scrub'), given)
    expect(again.hypotheses[0]!.scrubbed).toEqual(first.hypotheses[0]!.scrubbed)
    expect([counted.rows, opened, file.closed]).toEqual([rows, 1, 0])
    await store.close()
    expect(file.closed).toBe(1)
  }, 60_000)

  test('a real file does the same', async () => {
    const given = { hypotheses: ['claim 1'], samples: 200, memory: 2e6 }
    const file = await openSpillFile([tmpdir()])
    const [much, little] = [await runOn(undefined, 'paren/paren.scrub', { ...given, memory: 2 ** 32 }), await runOn(file, 'paren/paren.scrub', given)]
    expect(little.samples).toEqual(much.samples)
    expect(little.costs).toEqual(much.costs)
  }, 60_000)
})

describe('a disk that fails: the run goes on without it, and says so', () => {
  const name = 'paren/paren.scrub'
  const given = { hypotheses: ['claim 1'], samples: 100, memory: 2e5, costs: false }
  const near = async (run: Awaited<ReturnType<typeof runOn>>): Promise<void> => {
    const much = await runOn(undefined, name, { ...given, memory: 2 ** 32 })
    const [{ scrubbed }] = run.samples as unknown as [{ scrubbed: Float64Array }]
    expect(Math.max(...scrubbed.map((v, i) => Math.abs(v - much.samples[0]!.scrubbed[i]!)))).toBeLessThan(1e-4)
  }

  test.each<[string, SpillFile, RegExp]>([
    ['at the first write', new Recorded(Infinity, (call) => call === 'write'), /cannot be written \(ENOSPC: no space left on device\)/],
    ['at a later write', new Recorded(Infinity, (call, times) => call === 'write' && times === 5), /cannot be written \(ENOSPC/],
    ['at the first read', new Recorded(Infinity, (call) => call === 'read'), /cannot be read \(EIO: i\/o error\)/],
    ['at a later read', new Recorded(Infinity, (call, times) => call === 'read' && times === 3), /cannot be read \(EIO/],
    ['by being full', new Recorded(2 ** 18), /half of what is free on the disk, 0\.26 MB, is taken/],
  ])('%s', async (_, file, problem) => {
    const run = await runOn(file, name, given)
    expect(run.notes).toEqual([expect.stringMatching(problem)])
    expect(run.notes![0]).toMatch(/^Activations that did not fit into the memory were computed again, because .*SCRUB_SPILL\.$/)
    await near(run)
  }, 60_000)

  test('by not being there', async () => {
    const store = new WorkspaceStore(() => openSpillFile([`${fixture('paren')}/no such folder`]))
    const { notes, hypotheses } = await reportOf(fixture(name), { ...given, store })
    await store.close()
    expect(hypotheses[0]!.samples).toBe(100)
    expect(notes).toEqual([expect.stringMatching(/no temporary file can be made for them \(ENOENT: no such file or directory/)])
  }, 60_000)

  test('where everything fits it is not even opened', async () => {
    const store = new WorkspaceStore(() => Promise.reject(new Error('opened')))
    const { notes } = await reportOf(fixture(name), { ...given, memory: 2 ** 32, store })
    await store.close()
    expect(notes).toBeUndefined()
  }, 60_000)
})

describe('the plan', () => {
  const disk = async (memory: number, store: WorkspaceStore) => {
    const result = await runFile(fixture('paren/paren.scrub'), { hypotheses: ['claim 1'], samples: 100, memory, explain: true, store })
    await store.close()
    return result.kind === 'plan' ? result.plans[0]!.disk : undefined
  }

  test('tells what the file will hold, or why it will not', async () => {
    expect(await disk(2 ** 32, new WorkspaceStore(new Recorded().open))).toBeNull()
    const run = new Recorded()
    await runOn(run, 'paren/paren.scrub', { hypotheses: ['claim 1'], samples: 100, memory: 2e6 })
    const plan = await disk(2e6, new WorkspaceStore(new Recorded().open))
    const written = run.writes.reduce((sum, { bytes }) => sum + bytes, 0)
    expect(plan!.bytes).toBeGreaterThan(0)
    expect(plan!.bytes).toBeLessThanOrEqual(written)
    expect(await disk(2e6, new WorkspaceStore())).toEqual({ bytes: 0 })
    expect(await disk(2e6, new WorkspaceStore(() => Promise.reject(new Error('EACCES: permission denied'))))).toEqual({ bytes: 0, problem: 'no temporary file can be made for them (EACCES: permission denied)' })
  })
})
