/** How the runs of a sweep are shared out among its shards. */
import type { Shard } from '../protocol/report.ts'
import { rangeOf } from '../scrub/shard.ts'

/** A run, by its place in the sweep, and which part of its samples. */
export interface Share {
  readonly run: number
  readonly shard: Shard
}

/**
 * What one shard of the sweep does: one run, or a part of one, where there are at least as many shards as runs, else several whole
 * runs that follow each other. What runs do once, each of their shards does: so none is cut where that gains nothing.
 */
export function sharesOf(shard: Shard, runs: number): Share[] {
  const { index, of } = shard
  if (of < runs) {
    const { first, count } = rangeOf(shard, runs)
    return Array.from({ length: count }, (_, i) => ({ run: first + i, shard: { index: 1, of: 1 } }))
  }
  for (let run = 0; ; run++) {
    const { first, count } = rangeOf({ index: run + 1, of: runs }, of)
    if (index <= first + count) return [{ run, shard: { index: index - first, of: count } }]
  }
}
