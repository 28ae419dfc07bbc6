/** A whole sweep, from the files of its shards: every run from the shards that have a part in it. */
import { BadInput } from '../scrub/failures.ts'
import { mergeShards } from '../scrub/merge-shards.ts'
import { requireEach } from '../scrub/same-run.ts'
import { harmless } from './text.ts'
import { choiceText } from './settings.ts'
import type { Planned, SweepFile, SweepRun, SweepShard } from './sweep-file.ts'
import { sharesOf } from './sweep-shares.ts'

/** The file of one shard, with its name for people. */
export interface NamedSweep {
  readonly name: string
  readonly sweep: SweepFile
}

/** As the single sweep has them, in any order. Throws BadInput, with a sentence that names them, for files that are not all shards of one sweep. */
export function mergeSweep(given: readonly NamedSweep[]): SweepRun[] {
  const shards = given.map(({ name, sweep: { shard, runs } }) => {
    if (!shard) throw new BadInput(`${name} is a whole sweep, not a shard of one; name what \`scrub run --shard i/n --json\` wrote.`)
    return { name, shard, runs }
  })
  const first = shards[0]!
  for (const other of shards) requireSameSweep(first, other)
  const ordered = requireEach(shards)
  const { planned } = first.shard
  const parts = planned.map((): Parameters<typeof mergeShards>[0][number][] => [])
  for (const { name, shard, runs } of ordered) {
    for (const { run } of sharesOf(shard, planned.length)) {
      const found = runs.find((one) => one.run === run)
      if (!found) throw new BadInput(`${name} lacks run ${run + 1} of ${planned.length} (${told(planned[run]!)}): it failed or was stopped there; run shard ${shard.index}/${shard.of} again.`)
      parts[run]!.push({ name, report: found.report })
    }
  }
  return planned.map(({ set }, run) => ({ set, report: mergeShards(parts[run]!).report }))
}

const told = ({ file, set }: Planned): string => harmless(`${file}${choiceText(set)}`)

type Part = { readonly name: string; readonly shard: SweepShard }

/** Files may be named otherwise on another machine: whether they are the same is seen in the reports. */
function requireSameSweep(a: Part, b: Part): void {
  const differ = (what: string, x: unknown, y: unknown): never => {
    throw new BadInput(`${a.name} and ${b.name} are not shards of one sweep, they have other ${what}: ${x} and ${y}; merge what one command line made.`)
  }
  const [x, y] = [a.shard, b.shard]
  if (x.of !== y.of) differ('numbers of shards', x.of, y.of)
  if (x.planned.length !== y.planned.length) differ('numbers of runs', x.planned.length, y.planned.length)
  const other = x.planned.findIndex(({ set }, i) => choiceText(set) !== choiceText(y.planned[i]!.set))
  if (other >= 0) differ(`settings in run ${other + 1}`, told(x.planned[other]!), told(y.planned[other]!))
}
