/** Which shards of a run are done: what failed or is of another run is run again. */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sha256File } from '../data/hash.ts'
import type { Report, Shard } from '../protocol/report.ts'
import { VERSION } from '../version.ts'
import { shardFile } from './slurm.ts'
import type { Source } from './source.ts'
import { isSweep, readReports, type SweepFile, type SweepShard } from './sweep-file.ts'
import { sharesOf } from './sweep-shares.ts'

/** What the shards in a folder are shards of: written before they are submitted. */
export interface Submitted {
  readonly run: readonly string[]
  readonly of: number
}

export const SUBMITTED = 'submitted.json'

/** Numbers of the shards whose reports are there, whole, and of this run: same options, and files that have not changed since. */
export async function finishedShards(folder: string, { run, of }: Submitted, sources: readonly Source[]): Promise<Set<number>> {
  const before = await readFile(join(folder, SUBMITTED), 'utf8').catch(() => '')
  if (before !== submittedText({ run, of })) return new Set()
  const hashes = new Map(sources.map(({ file, text }) => [file, createHash('sha256').update(text).digest('hex')]))
  const sums = new Map<string, Promise<string | undefined>>()
  const unchanged = async ({ path, sha256 }: { readonly path: string; readonly sha256: string }): Promise<boolean> => {
    if (!sums.has(path)) sums.set(path, sha256File(path).catch(() => undefined))
    return (await sums.get(path)) === sha256
  }
  const done = new Set<number>()
  for (let index = 1; index <= of; index++) {
    // Whatever is wrong with it, running it again mends it.
    const read = await readReports(join(folder, shardFile(index, of)), folder).catch(() => undefined)
    const reports = read && wholePart(read, { index, of })
    if (!reports || reports.some((report) => report.scrub !== VERSION || hashes.get(report.file.path) !== report.file.sha256)) continue
    if ((await Promise.all(reports.flatMap(({ model, data }) => [unchanged(model), unchanged(data)]))).every(Boolean)) done.add(index)
  }
  return done
}

/** The reports of a shard with that number; undefined where it is another one, or was stopped. */
function wholePart(read: Report | SweepFile, { index, of }: Shard): readonly Report[] | undefined {
  if (read.shard?.index !== index || read.shard.of !== of) return undefined
  const reports = isSweep(read) ? partsIn(read, read.shard as SweepShard) : [read]
  return reports?.some(({ shard, hypotheses }) => shard?.stopped || hypotheses.some(({ partial }) => partial)) ? undefined : reports
}

/** Of a sweep's shard; undefined where some of its runs failed. */
function partsIn({ runs }: SweepFile, shard: SweepShard): Report[] | undefined {
  const found = sharesOf(shard, shard.planned.length).flatMap(({ run }) => runs.find((one) => one.run === run)?.report ?? [])
  return found.length === sharesOf(shard, shard.planned.length).length ? found : undefined
}

export const submittedText = ({ run, of }: Submitted): string => `${JSON.stringify({ scrub: VERSION, of, run }, null, 2)}\n`
