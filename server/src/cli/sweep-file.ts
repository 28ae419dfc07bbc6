/** The reports of a sweep in one file: what `scrub run --set … --json` writes, of a shard also which part of the sweep it is. */
import { Ajv } from 'ajv'
import type { Report, Shard } from '../protocol/report.ts'
import { EXIT, Stop } from './exit.ts'
import { checkedReport, readJson } from './read-report.ts'
import type { Choice } from './settings.ts'
import { harmless } from './text.ts'

/** One run of it, and what was set. */
export interface SweepRun {
  readonly set: Choice
  readonly report: Report
}

/** A run of the whole sweep. */
export interface Planned {
  /** The file, as it was named. */
  readonly file: string
  readonly set: Choice
}

/** What only a part of the sweep says, to be put together with the others. */
export interface SweepShard extends Shard {
  /** All runs of the whole sweep, in order. */
  readonly planned: readonly Planned[]
}

export interface SweepFile {
  /** Left out of a whole sweep. */
  readonly shard?: SweepShard
  /** Those that were done; of a part, `run` is its place in `planned`, from 0. */
  readonly runs: readonly (SweepRun & { readonly run?: number })[]
}

const set = { type: 'object', additionalProperties: { type: ['number', 'string'] } }
const place = { type: 'integer', minimum: 0 }
const number = { type: 'integer', minimum: 1 }
const schema = {
  type: 'object',
  required: ['runs'],
  properties: {
    shard: {
      type: 'object',
      required: ['index', 'of', 'planned'],
      properties: { index: number, of: number, planned: { type: 'array', items: { type: 'object', required: ['file', 'set'], properties: { file: { type: 'string' }, set } } } },
    },
    runs: { type: 'array', items: { type: 'object', required: ['set', 'report'], properties: { run: place, set } } },
  },
}

export const sweepText = (file: SweepFile): string => `${JSON.stringify(file, null, 2)}\n`

/** A report, or those of a sweep. Throws Stop with a sentence for what is neither. */
export async function readReports(path: string, folder: string): Promise<Report | SweepFile> {
  const read = await readJson(path, folder)
  if (typeof read !== 'object' || read === null || !('runs' in read)) return checkedReport(path, read)
  const validate = new Ajv({ allowUnionTypes: true }).compile<SweepFile>(schema)
  if (!validate(read)) {
    const { instancePath, message } = validate.errors![0]!
    throw new Stop(EXIT.findings, `${path} does not hold the reports of a sweep: \`${harmless(instancePath.slice(1).replaceAll('/', '.'))}\` ${harmless(message ?? 'is wrong')}; name a file that \`scrub run --json\` wrote.`)
  }
  for (const [i, { report }] of read.runs.entries()) checkedReport(`Run ${i + 1} in ${path}`, report)
  return read
}

export const isSweep = (read: Report | SweepFile): read is SweepFile => 'runs' in read
