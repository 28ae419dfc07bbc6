/** Which shards of a run are done: what failed or is of another run is run again. */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sha256File } from '../data/hash.ts'
import type { Report } from '../protocol/report.ts'
import { VERSION } from '../version.ts'
import { readReport } from './read-report.ts'
import { shardFile } from './slurm.ts'
import type { Source } from './source.ts'

/** What the shards in a folder are shards of: written before they are submitted. */
export interface Submitted {
  readonly run: readonly string[]
  readonly of: number
}

export const SUBMITTED = 'submitted.json'

/** Numbers of the shards whose reports are there, whole, and of this run: same options, and files that have not changed since. */
export async function finishedShards(folder: string, { run, of }: Submitted, source: Source): Promise<Set<number>> {
  const before = await readFile(join(folder, SUBMITTED), 'utf8').catch(() => '')
  if (before !== submittedText({ run, of })) return new Set()
  const text = createHash('sha256').update(source.text).digest('hex')
  const sums = new Map<string, Promise<string | undefined>>()
  const unchanged = async ({ path, sha256 }: { readonly path: string; readonly sha256: string }): Promise<boolean> => {
    if (!sums.has(path)) sums.set(path, sha256File(path).catch(() => undefined))
    return (await sums.get(path)) === sha256
  }
  const done = new Set<number>()
  for (let index = 1; index <= of; index++) {
    // Whatever is wrong with it, running it again mends it.
    const report: Report | undefined = await readReport(join(folder, shardFile(index, of)), folder).catch(() => undefined)
    if (!report || report.scrub !== VERSION || report.file.sha256 !== text) continue
    if (report.shard?.index !== index || report.shard.of !== of || report.shard.stopped || report.hypotheses.some(({ partial }) => partial)) continue
    if ((await unchanged(report.model)) && (await unchanged(report.data))) done.add(index)
  }
  return done
}

export const submittedText = ({ run, of }: Submitted): string => `${JSON.stringify({ scrub: VERSION, of, run }, null, 2)}\n`
