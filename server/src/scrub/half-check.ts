/** What keeping activations as float16 changes: the metric of a few samples, beside the same from exact activations. */
import type { Checks } from '../protocol/report.ts'
import { bothSides } from './device-check.ts'
import type { EvaluateGiven, Prepared, Shared } from './evaluate.ts'
import { BadInput } from './failures.ts'

/** As differences of the metric; undefined where activations are kept as they are. */
export async function checkHalf(given: EvaluateGiven, shared: Shared, p: Prepared): Promise<Checks['cache']> {
  if (!shared.options.half) return undefined
  const { own, theirs } = await bothSides(given, shared, p)
  const differences = own.map((value, i) => value - theirs[i]!)
  return { dtype: 'float16', samples: own.length, largest: differences.reduce((most, one) => Math.max(most, Math.abs(one)), 0), mean: differences.reduce((sum, one) => sum + one, 0) / own.length }
}

/** Throws BadInput for what float16 is not for. */
export function requireWholeNumbers({ exact, emit, half }: Shared['options'], accelerator: boolean): void {
  const not = !half ? undefined : accelerator ? 'is for the CPU: add --device cpu' : exact ? 'has an error, and --exact has none' : emit ? 'is for running, and --emit writes activations as they are' : undefined
  if (not) throw new BadInput(`\`--cache float16\` ${not}, or leave --cache out.`)
}

/** Of tensors that were to be kept so. */
export const tooWide = (count: number): string =>
  `${count === 1 ? 'One cached tensor holds numbers' : `${count} cached tensors hold numbers`} beyond 65504, the largest of float16, and ${count === 1 ? 'is' : 'are'} kept as float32.`
