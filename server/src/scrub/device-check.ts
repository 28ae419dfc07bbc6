/** The first samples on the device and on the processor: what a device computes is shown only where the two agree. */
import type { Checks } from '../protocol/report.ts'
import { streamData } from './compile.ts'
import { Draws } from './draws.ts'
import type { EvaluateGiven, Prepared, Shared } from './evaluate.ts'
import { Executable } from './executable.ts'
import { DeviceDisagrees } from './failures.ts'
import { flopsPerDatum } from './flops.ts'
import { PooledSampling } from './pools.ts'
import { streamsOfRead } from './reads.ts'
import type { Placement } from './runtime.ts'
import { seedOf } from './sample.ts'
import { samplesOf } from './shard.ts'

export type DeviceCheck = NonNullable<Checks['device']>

/** Samples compared: as many as the processor computes in about a second, */
const FLOPS = 2e11
/** but no fewer and no more than these. */
const LEAST = 2
const MOST = 64
/** Members of a pool, where samples are drawn from them. */
const MEMBERS = 8
/** Apart by so much and so much of the value, a metric is another one: rounding is some hundredth of it. */
const ABSOLUTE = 1e-3
const RELATIVE = 1e-3

/** Undefined on the processor. Asked again about the same hypothesis, it knows. Throws DeviceDisagrees. */
export async function checkDevice(given: EvaluateGiven, shared: Shared, p: Prepared): Promise<DeviceCheck | undefined> {
  const { runtime, checkedOnDevice } = shared
  if (!runtime.accelerator) return undefined
  const key = JSON.stringify([p.compiled.output.id, seedOf(p.hypothesis, shared.options), p.hypothesis.options.pool ?? null])
  const known = checkedOnDevice.get(key)
  if (known) return known
  const { own, theirs, placements } = await bothSides(given, shared, p)
  let largest = 0
  own.forEach((value, i) => {
    const difference = Math.abs(value - theirs[i]!)
    // NaN on both is told by who looks at the metric; on one, the device computes something else.
    if (Number.isNaN(value) && Number.isNaN(theirs[i]!)) return
    if (!(difference <= ABSOLUTE + RELATIVE * Math.abs(theirs[i]!))) throw new DeviceDisagrees(`The device ${runtime.device} computes another model than the CPU: the metric of sample ${i} of "${p.hypothesis.name}" is ${value} there and ${theirs[i]} on the CPU. Use --device cpu, and look for a newer driver.`)
    largest = Math.max(largest, difference)
  })
  const found = { samples: own.length, largest, ...placed([...shared.cache.placements(), ...placements]) }
  checkedOnDevice.set(key, found)
  return found
}

/** The metric of a few samples, here and on the processor with exact activations. */
export async function bothSides(given: EvaluateGiven, shared: Shared, p: Prepared): Promise<Both> {
  const reference: Shared = { ...shared, ...shared.reference() }
  return (p.units ? pooled(given, shared, reference, p) : sampled(shared, reference, p)).finally(() => reference.cache.rest())
}

interface Both {
  readonly own: Float64Array
  readonly theirs: Float64Array
  readonly placements: readonly Placement[]
}

async function sampled(shared: Shared, reference: Shared, p: Prepared): Promise<Both> {
  const { tree, classes, hypothesis, compiled } = p
  const perSample = compiled.reads.reduce((sum, read) => sum + flopsPerDatum([read.source]) * streamsOfRead(read).reduce((rows, { of }) => rows + (tree.byName.get(of)?.paths.length ?? 1), 0), 0)
  const asked = samplesOf(hypothesis, shared.options)
  const count = Math.max(LEAST, Math.min(MOST, asked, Math.floor(FLOPS / Math.max(1, perSample))))
  const draws = new Draws({ tree, classes, rows: shared.table.rows, seed: seedOf(hypothesis, shared.options), unimportant: hypothesis.options.unimportant }, 0, count)
  const on = async (side: Shared): Promise<{ values: Float64Array; placements: Placement[] }> => {
    const executable = await Executable.make(side, compiled, tree, side.options.batch, side === shared ? side.kept : undefined)
    try {
      side.cache.know(compiled.reads.map(({ source }) => source))
      await side.cache.ensure(executable.needs((stream) => streamData(draws, stream)))
      return { values: await executable.run(count, (stream) => streamData(draws, stream)), placements: executable.placements() }
    } finally {
      await executable.release()
    }
  }
  const { values: own, placements } = await on(shared)
  return { own, theirs: (await on(reference)).values, placements }
}

async function pooled(given: EvaluateGiven, shared: Shared, reference: Shared, p: Prepared): Promise<Both> {
  const on = async (side: Shared): Promise<{ values: Float64Array; placements: Placement[] }> => {
    side.cache.know(p.compiled.reads.map(({ source }) => source))
    const sampling = await PooledSampling.make(given, side, p)
    try {
      return { values: await sampling.few(MEMBERS), placements: sampling.placements() }
    } finally {
      await sampling.release()
    }
  }
  const { values: own, placements } = await on(shared)
  return { own, theirs: (await on(reference)).values, placements }
}

/** All sessions together. */
function placed(placements: readonly Placement[]): Pick<DeviceCheck, 'operators' | 'onCpu'> {
  const onCpu: Record<string, number> = {}
  for (const one of placements) for (const [operator, count] of one.onCpu) onCpu[operator] = (onCpu[operator] ?? 0) + count
  return { operators: placements.reduce((sum, { operators }) => sum + operators, 0), onCpu }
}
