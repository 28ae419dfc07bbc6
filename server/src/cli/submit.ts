/** `scrub submit`: a run or a sweep in shards, as jobs of a cluster. */
import { mkdir, readdir, realpath, rm } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { plural } from '../language/numbers.ts'
import type { Environment } from './environment.ts'
import { EXIT, wrongUsage, type ExitCode } from './exit.ts'
import { finishedShards, SUBMITTED, submittedText } from './finished-shards.ts'
import { matching } from './patterns.ts'
import { filesAndHypotheses, requestOf, type RunOptions } from './run-request.ts'
import { choices, settingText } from './settings.ts'
import { commandLine } from './shell.ts'
import { showFindings, texts } from './show-findings.ts'
import { arrayScript, mergeOptions, mergeScript, sbatch, type SlurmJob } from './slurm.ts'
import { outputPath, readSource, shown, writeWhole, type Source } from './source.ts'
import { requireSweepable } from './sweep.ts'

export interface SubmitOptions extends Pick<RunOptions, 'hypothesis' | 'metric' | 'set' | 'samples' | 'seed' | 'exact' | 'device' | 'threads' | 'batch' | 'memory' | 'cache' | 'reduceVariance' | 'costs' | 'null' | 'sensitivity' | 'strict' | 'root' | 'html'> {
  readonly slurm?: boolean
  readonly array: number
  readonly json: string
  readonly sbatch?: readonly string[]
  /** How Scrub is called on the nodes. */
  readonly scrub?: string
  readonly dryRun?: boolean
}

export async function submit(files: readonly string[], options: SubmitOptions, { folder, stdout, stderr }: Environment): Promise<ExitCode> {
  if (!options.slurm) throw wrongUsage('Submit to what? Write `scrub submit FILE --slurm --json OUT`.')
  if (options.json === '-') throw wrongUsage('--json must name a file: the report is written when the jobs have run.')
  const [named, hypothesis] = filesAndHypotheses('submit', files, options.hypothesis)
  const paths = await matching(named, folder)
  const sources: Source[] = []
  for (const path of paths) {
    const source = await readSource(path, folder)
    if ('code' in source) {
      stderr.write(showFindings([source], texts(new Map()), folder, stderr))
      return EXIT.findings
    }
    sources.push(source)
  }
  const isSweep = sources.length > 1 || options.set !== undefined
  const { array: of, json, html } = options
  if (isSweep) requireSweepable(options)
  // What can be refused now is not refused in a queue.
  for (const source of sources) for (const set of choices(options.set ?? [])) await requestOf(source, hypothesis, { ...options, ...set, json: undefined, html: undefined } as unknown as RunOptions, folder)
  const inputs = sources.map(({ file }) => file)
  const report = await outputPath('--json', json, folder, inputs)
  const page = html === undefined ? undefined : await outputPath('--html', html, folder, [...inputs, report])
  const shards = `${report.replace(/\.json$/i, '')}.shards`
  const run = runArguments(inputs, { ...options, hypothesis }, folder)
  const done = await finishedShards(shards, { run, of }, sources)
  const job: SlurmJob = {
    name: `scrub-${inputs.length > 1 ? 'sweep' : basename(inputs[0]!).replace(/\.scrub$/i, '').replaceAll(/[^\w.-]/g, '_')}`,
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
  // What was being written when a job was killed.
  for (const name of await readdir(shards)) if (/^\..*\.tmp$/.test(name)) await rm(join(shards, name), { force: true })
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
function runArguments(files: readonly string[], options: Omit<SubmitOptions, 'hypothesis'> & { readonly hypothesis: readonly string[] | undefined }, folder: string): string[] {
  const { hypothesis, metric, set, samples, seed, exact, device, threads, batch, memory, cache, reduceVariance, costs, null: nulls, sensitivity, root } = options
  const given = (name: string, value: string | number | undefined): string[] => (value === undefined ? [] : [name, String(value)])
  const flag = (name: string, value: boolean | undefined): string[] => (value ? [name] : [])
  return [
    'run', ...files,
    ...(hypothesis ? ['-H', ...hypothesis] : []),
    ...(set ?? []).flatMap((one) => ['--set', settingText(one)]),
    ...given('--metric', metric), ...given('-n', samples), ...given('-s', seed), ...flag('--exact', exact), ...given('--reduce-variance', reduceVariance?.join(',')), ...given('--cache', cache), ...given('--device', device), ...given('--threads', threads), ...given('--batch', batch),
    ...given('--memory', memory === undefined ? undefined : memory / 1_000_000),
    ...flag('--no-costs', !costs),
    ...given('--null', nulls), ...flag('--sensitivity', sensitivity),
    ...given('--root', root === undefined ? undefined : resolve(folder, root)),
  ]
}

/** The very program that runs now. */
async function ownCommand(): Promise<string> {
  return commandLine([process.execPath, await realpath(process.argv[1]!)])
}
