/** A hypothesis whose draws were enumerated: every shard does all of it, and all must have found the same. */
import type { HypothesisReport } from '../protocol/report.ts'
import { BadInput } from './failures.ts'
import { mergedBesides, type Part } from './merge-besides.ts'

/** Of |shuffled - model|: what two machines may differ by. */
const TOLERANCE = 1e-6

/** Seconds are those of all shards together. Throws BadInput where two do not agree. */
export function mergeEnumerated(parts: readonly Part[]): HypothesisReport {
  const [first, ...rest] = parts as [Part, ...Part[]]
  for (const other of rest) requireEqualMeans(first, other)
  const { besides: _sums, null: _null, sensitivity: _ways, ...same } = first.hypothesis
  return {
    ...same,
    difference: null,
    seconds: parts.reduce((sum, { hypothesis: { seconds } }) => sum + seconds, 0),
    expectations: [],
    ...mergedBesides(parts, { recovered: same.recovered, lines: same, paired: undefined, group: 1 }),
  }
}

function requireEqualMeans(a: Part, b: Part): void {
  const { name, model, shuffled } = a.hypothesis
  for (const what of ['scrubbed', 'model', 'shuffled'] as const) {
    const [x, y] = [a.hypothesis[what].mean, b.hypothesis[what].mean]
    if (!(Math.abs(x - y) <= TOLERANCE * Math.max(Math.abs(shuffled.mean - model.mean), Math.abs(x)))) throw new BadInput(`${a.name} and ${b.name} enumerate the same draws of "${name}", but have other means of ${what}: ${x} and ${y}; run both again on machines that compute alike.`)
  }
}
