/** `scrub merge`: the report of a whole run from those of its shards. */
import { resolve } from 'node:path'
import type { Unwritten } from '../protocol/runner.ts'
import { mergeShards, type Merged } from '../scrub/merge-shards.ts'
import { BadInput } from '../scrub/failures.ts'
import type { Environment } from './environment.ts'
import { wrongUsage, type ExitCode } from './exit.ts'
import { readReport } from './read-report.ts'
import { outputPath, reason } from './source.ts'
import { tellReport } from './tell-report.ts'

export interface MergeOptions {
  readonly nodes?: boolean
  readonly strict?: boolean
  readonly json?: string
  readonly html?: string
  readonly samplesOut?: string
}

export async function merge(paths: readonly string[], options: MergeOptions, environment: Environment): Promise<ExitCode> {
  const { folder } = environment
  const taken = paths.map((path) => resolve(folder, path))
  const checked = async (option: string, path: string) => {
    const file = await outputPath(option, path, folder, taken)
    taken.push(file)
    return file
  }
  const json = options.json === undefined || options.json === '-' ? options.json : await checked('--json', options.json)
  const page = options.html === undefined ? undefined : await checked('--html', options.html)
  const samplesOut = options.samplesOut === undefined ? undefined : await checked('--samples-out', options.samplesOut)
  const { report, samples } = merged(await Promise.all(paths.map(async (name) => ({ name, report: await readReport(name, folder) }))))
  const unwritten: Unwritten[] = []
  if (samplesOut !== undefined) {
    try {
      (await import('../runner/samples.ts')).writeSamples(samplesOut, samples)
    } catch (error) {
      unwritten.push({ path: samplesOut, what: 'The values of the samples', reason: reason(error) })
    }
  }
  return tellReport(report, { ...(json === undefined ? {} : { json }), ...(page === undefined ? {} : { page }) }, new Map(), { ...options, also: [options.samplesOut], unwritten }, environment)
}

function merged(parts: Parameters<typeof mergeShards>[0]): Merged {
  try {
    return mergeShards(parts)
  } catch (error) {
    if (error instanceof BadInput) throw wrongUsage(error.message)
    throw error
  }
}
