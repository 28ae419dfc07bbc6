/** Batch scripts for Slurm: an array of shards, and the merge that waits for it. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { runsOf } from '../scrub/same-run.ts'
import { EXIT, Stop } from './exit.ts'
import { commandLine, quoted } from './shell.ts'

export interface SlurmJob {
  readonly name: string
  /** Where both run, absolute. */
  readonly folder: string
  /** Shards that there are, and the numbers of those to run. */
  readonly of: number
  readonly missing: readonly number[]
  /** How Scrub is called on the nodes, as shell text. */
  readonly scrub: string
  /** `run` and its arguments, without the shard and its report. */
  readonly run: readonly string[]
  /** `merge` and its arguments, without the reports. */
  readonly merge: readonly string[]
  /** Where the shards' reports and logs lie, absolute. */
  readonly shards: string
  /** Further options of sbatch for both. */
  readonly sbatch: readonly string[]
}

/** The report of one shard. */
export const shardFile = (index: number | string, of: number): string => `${index}-of-${of}.json`

/** Each task of the array runs one shard: its number is that of the task. */
export function arrayScript({ name, folder, of, missing, scrub, run, shards, sbatch }: SlurmJob): string {
  const task = '"$SLURM_ARRAY_TASK_ID"'
  return script(
    [`--job-name=${name}`, `--array=${taskList(missing)}`, `--chdir=${folder}`, `--output=${shards.replaceAll('%', '%%')}/%a.log`, ...sbatch],
    `${scrub} ${commandLine(run)} --shard ${task}/${of} --json ${quoted(`${shards}/`)}${task}${shardFile('', of)}`,
  )
}

export function mergeScript({ name, folder, of, scrub, merge, shards, sbatch }: SlurmJob): string {
  const files = Array.from({ length: of }, (_, i) => `${shards}/${shardFile(i + 1, of)}`)
  return script([`--job-name=${name}-merge`, `--chdir=${folder}`, `--output=${shards.replaceAll('%', '%%')}/merge.log`, ...sbatch], `${scrub} ${commandLine([...merge, ...files])}`)
}

const script = (options: readonly string[], command: string): string => `#!/bin/sh\n${options.map((option) => `#SBATCH ${directive(option)}\n`).join('')}${command}\n`

/** `--name=value`, in double quotes where it holds spaces: sbatch reads these lines, no shell. */
function directive(option: string): string {
  const [, name, value] = /^(--[\w-]+=)(.*)$/s.exec(option) ?? []
  return name !== undefined && /[\s"'#\\]/.test(value!) ? `${name}"${value!.replaceAll(/["\\]/g, '\\$&')}"` : option
}

/** `1-3,7`. */
export const taskList = (numbers: readonly number[]): string => runsOf(numbers).map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(',')

/** What `sbatch` is given to submit the merge: after the array where there is one, and never where a shard failed. */
export const mergeOptions = (array: string | undefined): string[] => (array === undefined ? [] : [`--dependency=afterok:${array}`, '--kill-on-invalid-dep=yes'])

/** Submits a script, and gives the number of its job. */
export async function sbatch(options: readonly string[], path: string, folder: string): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)('sbatch', ['--parsable', ...options, path], { cwd: folder })
    // `JOB;CLUSTER` where there are several.
    return stdout.trim().split(';', 1)[0]!
  } catch (error) {
    const { code, stderr } = error as NodeJS.ErrnoException & { stderr?: string }
    if (code === 'ENOENT') throw new Stop(EXIT.failed, '`sbatch` was not found: submit where Slurm is installed, or see the scripts with --dry-run.')
    throw new Stop(EXIT.failed, `\`sbatch\` refused ${path}: ${(stderr ?? String(error)).trim().replace(/^sbatch: error: /gm, '').replaceAll('\n', ' ')}`)
  }
}
