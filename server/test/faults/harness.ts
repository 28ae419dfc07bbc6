/** Commands that something happens to: what they say, what they write, and what they leave behind. */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { execFileSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect } from 'vitest'
import type { Report } from '../../src/protocol/report.ts'
import { start, type Running } from '../cli/process.ts'
import { fixture } from '../scrub/run-file.ts'

/** What inject.mjs understands. */
export interface Fault {
  readonly process?: 'runner' | 'command'
  readonly at?: string
  readonly nth?: number
  readonly fault?: string
  readonly times?: number
  readonly device?: string
  readonly jump?: number
  readonly path?: string
  readonly from?: string
}

/** Other timings: SCRUB_FAULT_SEED=7 SCRUB_FAULT_CASES=50. */
export const SEED = Number(process.env['SCRUB_FAULT_SEED'] ?? 1)
export const CASES = Number(process.env['SCRUB_FAULT_CASES'] ?? 3)

/** Numbers in [0, 1), the same for a seed. */
export function numbers(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export interface Place {
  /** Holds the files of the toy, and nothing else at first. */
  readonly work: string
  /** TMPDIR, the folder of caches, and the marks of faults. */
  readonly temporary: string
  readonly cache: string
  readonly log: string
}

const made: string[] = []
afterAll(() => made.forEach((folder) => rmSync(folder, { recursive: true, force: true })))

/** `name` is that of the folder of work. */
export function place(name = 'work'): Place {
  const whole = mkdtempSync(join(tmpdir(), 'scrub-faults-'))
  made.push(whole)
  const at = { work: join(whole, name), temporary: join(whole, 'tmp'), cache: join(whole, 'cache'), log: join(whole, 'log') }
  for (const folder of [at.work, at.temporary, at.cache]) mkdirSync(folder, { recursive: true })
  for (const file of ['toy.scrub', 'toy.onnx', 'toy.jsonl']) cpSync(fixture(`toy/${file}`), join(at.work, file))
  return at
}

/** A run with every stage. */
export const RUN = ['run', 'toy.scrub', '-H', 'or of two', 'A is all', '--samples', '3000', '--batch', '40', '--null', '2', '--threads', '1', '--device', 'cpu', '--json', 'report.json', '--samples-out', 'samples.npz', '--emit', 'scrubbed.onnx']
/** The same, for as long as it takes to be told of batches. */
export const LONG = RUN.map((word) => (word === '3000' ? '20000' : word))
export const OUTPUTS = ['report.json', 'samples.npz', 'scrubbed.onnx', 'scrubbed.onnx.json']
/** In the order of a fixture's folder. */
export const FIXTURE = ['toy.jsonl', 'toy.onnx', 'toy.scrub']

const preload = new URL('./inject.mjs', import.meta.url).href

/** Starts a command in a place, with a fault where one is given. */
export function command(at: Place, args: readonly string[], fault?: Fault, variables: NodeJS.ProcessEnv = {}): Running {
  const injected = fault && { NODE_OPTIONS: `--import=${preload}`, SCRUB_FAULT: JSON.stringify({ log: at.log, ...fault }) }
  return start(args, at.work, { TMPDIR: at.temporary, XDG_CACHE_HOME: at.cache, SCRUB_SPILL: '', ...injected, ...variables })
}

/** How often the fault came. */
export const came = ({ log }: Place): number => (existsSync(log) ? readFileSync(log).length : 0)

/** One sentence, or a few: what, where, what to do; no stack, no half a line. */
export function expectClear(stderr: string, what: RegExp): void {
  expect(stderr).toMatch(what)
  expect(stderr).not.toMatch(/Something went wrong|undefined|\[object|^\s+at .*:\d+:\d+\)?$/m)
  expect(stderr.trimEnd()).toMatch(/[.)]$|^Wrote .*$/m)
}

/** The folder of work holds these files beside those of the fixture, and nothing lies anywhere else; no process is left. */
export function expectNothingLeft(at: Place, outputs: readonly string[]): void {
  expect(readdirSync(at.work).sort()).toEqual([...FIXTURE, ...outputs].sort())
  expect(readdirSync(at.temporary)).toEqual([])
  expect(readdirSync(at.cache, { recursive: true })).toEqual([])
  expect(processesIn(at)).toEqual([])
}

/** Command lines of processes that work there. */
function processesIn({ work }: Place): string[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc').filter((id) => /^\d+$/.test(id)).filter((id) => {
    try {
      return readFileSync(`/proc/${id}/environ`, 'utf8').includes(`PWD=${work}`) || execFileSync('readlink', [`/proc/${id}/cwd`], { encoding: 'utf8' }).trim() === work
    } catch {
      return false // Ended meanwhile, or somebody else's.
    }
  })
}

export const reportIn = ({ work }: Place, name = 'report.json'): Report => JSON.parse(readFileSync(join(work, name), 'utf8')) as Report

/** All numbers of a report but how long things took, rounded to a millionth of |shuffled - model| at the least. */
export function numbersOf({ hypotheses, model, data, device }: Report): unknown {
  const [{ shuffled, model: own }] = hypotheses as [Report['hypotheses'][number]]
  const unit = 1e-6 * Math.abs(shuffled.mean - own.mean)
  const rounded = (key: string, value: unknown): unknown => (/^(seconds|costSeconds|path)$/.test(key) ? undefined : typeof value === 'number' ? Math.round(value / unit) : value)
  return JSON.parse(JSON.stringify({ hypotheses, model, data, device }, rounded))
}

export const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url))
