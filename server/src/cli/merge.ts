/** `scrub merge`: the report of a whole run from those of its shards, or the table of a whole sweep. */
import { readdir, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Report } from '../protocol/report.ts'
import type { Unwritten } from '../protocol/runner.ts'
import { mergeShards } from '../scrub/merge-shards.ts'
import { BadInput } from '../scrub/failures.ts'
import type { Environment } from './environment.ts'
import { EXIT, wrongUsage, type ExitCode } from './exit.ts'
import { SUBMITTED } from './finished-shards.ts'
import { mergeSweep } from './merge-sweep.ts'
import { showFindings, texts } from './show-findings.ts'
import { outputPath, reason } from './source.ts'
import { codeOf, tellSweep } from './sweep.ts'
import { isSweep, readReports, type SweepFile } from './sweep-file.ts'
import { tellReport } from './tell-report.ts'

export interface MergeOptions {
  readonly nodes?: boolean
  readonly strict?: boolean
  readonly json?: string
  readonly html?: string
  readonly samplesOut?: string
}

export async function merge(given: readonly string[], options: MergeOptions, environment: Environment): Promise<ExitCode> {
  const { folder } = environment
  const paths = (await Promise.all(given.map((path) => reportsIn(path, folder)))).flat()
  const taken = paths.map((path) => resolve(folder, path))
  const checked = async (option: string, path: string) => {
    const file = await outputPath(option, path, folder, taken)
    taken.push(file)
    return file
  }
  const json = options.json === undefined || options.json === '-' ? options.json : await checked('--json', options.json)
  const page = options.html === undefined ? undefined : await checked('--html', options.html)
  const samplesOut = options.samplesOut === undefined ? undefined : await checked('--samples-out', options.samplesOut)
  const read = await Promise.all(paths.map(async (name) => ({ name, read: await readReports(name, folder) })))
  const sweeps = read.flatMap(({ name, read }) => (isSweep(read) ? [{ name, sweep: read }] : []))
  const reports = read.flatMap(({ name, read }) => (isSweep(read) ? [] : [{ name, report: read }]))
  if (sweeps.length > 0) {
    if (reports.length > 0) throw wrongUsage(`${sweeps[0]!.name} is a shard of a sweep, and ${reports[0]!.name} one of a single run; merge what one command line made.`)
    for (const [out, option] of [[page, '--html'], [samplesOut, '--samples-out']] as const) if (out !== undefined) throw wrongUsage(`${option} is about one run, and these are shards of a sweep of several; leave it out.`)
    return tellWhole(asked(() => mergeSweep(sweeps)), json, options, environment)
  }
  const { report, samples } = asked(() => mergeShards(reports))
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

/** A file itself; of a folder all reports in it. */
async function reportsIn(path: string, folder: string): Promise<string[]> {
  if (!(await stat(resolve(folder, path)).catch(() => undefined))?.isDirectory()) return [path]
  const names = (await readdir(resolve(folder, path))).filter((name) => name.endsWith('.json') && !name.startsWith('.') && name !== SUBMITTED)
  if (names.length === 0) throw wrongUsage(`There is no report in the folder ${path}: name one in which \`scrub run --shard i/n --json\` wrote its reports.`)
  return names.sort().map((name) => join(path, name))
}

async function tellWhole(runs: SweepFile['runs'], json: string | undefined, options: MergeOptions, environment: Environment): Promise<ExitCode> {
  const byFile = new Map<string, Report['findings']>(runs.map(({ report }) => [report.file.path, report.findings]))
  for (const findings of byFile.values()) environment.stderr.write(showFindings(findings, texts(new Map()), environment.folder, environment.stderr))
  await tellSweep({ runs }, json, options.json, environment)
  return runs.reduce<ExitCode>((worst, { report }) => Math.max(worst, codeOf(report, options.strict)) as ExitCode, EXIT.fine)
}

/** What does not belong together was not asked for rightly. */
function asked<T>(make: () => T): T {
  try {
    return make()
  } catch (error) {
    if (error instanceof BadInput) throw wrongUsage(error.message)
    throw error
  }
}
