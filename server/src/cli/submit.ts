/** `scrub submit`: a run in shards, as jobs of a cluster. */
import { mkdir, realpath } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { plural } from '../language/numbers.ts'
import type { Environment } from './environment.ts'
import { EXIT, wrongUsage, type ExitCode } from './exit.ts'
import { finishedShards, SUBMITTED, submittedText } from './finished-shards.ts'
import { requestOf, type RunOptions } from './run-request.ts'
import { commandLine } from './shell.ts'
import { showFindings, texts } from './show-findings.ts'
import { arrayScript, mergeOptions, mergeScript, sbatch, type SlurmJob } from './slurm.ts'
import { outputPath, readSource, shown, writeWhole } from './source.ts'

export interface SubmitOptions extends Pick<RunOptions, 'hypothesis' | 'metric' | 'samples' | 'seed' | 'device' | 'threads' | 'batch' | 'memory' | 'costs' | 'strict' | 'root' | 'html'> {
  readonly slurm?: boolean
  readonly array: number
  readonly json: string
  readonly sbatch?: readonly string[]
  /** How Scrub is called on the nodes. */
  readonly scrub?: string
  readonly dryRun?: boolean
}

export async function submit(path: string, options: SubmitOptions, { folder, stdout, stderr }: Environment): Promise<ExitCode> {
  if (!options.slurm) throw wrongUsage('Submit to what? Write `scrub submit FILE --slurm --json OUT`.')
  if (options.json === '-') throw wrongUsage('--json must name a file: the report is written when the jobs have run.')
  const source = await readSource(path, folder)
  if ('code' in source) {
    stderr.write(showFindings([source], texts(new Map()), folder, stderr))
    return EXIT.findings
  }
  const { array: of, json, html, hypothesis } = options
  // What can be refused now is not refused in a queue.
  await requestOf(source, hypothesis, { ...options, json: undefined, html: undefined } as unknown as RunOptions, folder)
  const report = await outputPath('--json', json, folder, [source.file])
  const page = html === undefined ? undefined : await outputPath('--html', html, folder, [source.file, report])
  const shards = `${report.replace(/\.json$/i, '')}.shards`
  const run = runArguments(source.file, options, folder)
  const done = await finishedShards(shards, { run, of }, source)
  const job: SlurmJob = {
    name: `scrub-${basename(source.file).replace(/\.scrub$/i, '').replaceAll(/[^\w.-]/g, '_')}`,
    folder, of, run, shards,
    missing: Array.from({ length: of }, (_, i) => i + 1).filter((index) => !done.has(index)),
    scrub: options.scrub ?? (await ownCommand()),
    merge: ['merge', '--json', report, ...(page === undefined ? [] : ['--html', page]), ...(options.strict ? ['--strict'] : [])],
    sbatch: options.sbatch ?? [],
  }
  const scripts = { array: join(shards, 'run.sh'), merge: join(shards, 'merge.sh') }
  if (done.size > 0) stderr.write(`${plural(done.size, 'shard')} of ${of} ${done.size === 1 ? 'is' : 'are'} done already.\n`)
  if (options.dryRun) {
    const told = (path: string, text: string, extra: readonly string[]): string => `# ${commandLine(['sbatch', ...extra, shown(path, folder)])}\n${text}`
    stdout.write([...(job.missing.length > 0 ? [told(scripts.array, arrayScript(job), [])] : []), told(scripts.merge, mergeScript(job), mergeOptions(job.missing.length > 0 ? 'JOB' : undefined))].join('\n'))
    return EXIT.fine
  }
  await mkdir(shards, { recursive: true })
  await writeWhole(join(shards, SUBMITTED), submittedText({ run, of }))
  await writeWhole(scripts.merge, mergeScript(job))
  let array: string | undefined
  if (job.missing.length > 0) {
    await writeWhole(scripts.array, arrayScript(job))
    array = await sbatch([], scripts.array, folder)
    stderr.write(`Submitted job ${array}: ${plural(job.missing.length, 'shard')}, with logs in ${shown(shards, folder)}\n`)
  }
  const merge = await sbatch(mergeOptions(array), scripts.merge, folder)
  stderr.write(`Submitted job ${merge}: it writes ${shown(report, folder)}${array === undefined ? '' : ' once all shards are done; if one fails, submit again, and only what is missing is run'}\n`)
  return EXIT.fine
}

/** The command line of a shard, with paths that are the same everywhere. */
function runArguments(file: string, options: SubmitOptions, folder: string): string[] {
  const { hypothesis, metric, samples, seed, device, threads, batch, memory, costs, root } = options
  const given = (name: string, value: string | number | undefined): string[] => (value === undefined ? [] : [name, String(value)])
  return [
    'run', file,
    ...(hypothesis ? ['-H', ...hypothesis] : []),
    ...given('--metric', metric), ...given('-n', samples), ...given('-s', seed), ...given('--device', device), ...given('--threads', threads), ...given('--batch', batch),
    ...given('--memory', memory === undefined ? undefined : memory / 1_000_000),
    ...(costs ? [] : ['--no-costs']),
    ...given('--root', root === undefined ? undefined : resolve(folder, root)),
  ]
}

/** The very program that runs now. */
async function ownCommand(): Promise<string> {
  return commandLine([process.execPath, await realpath(process.argv[1]!)])
}
