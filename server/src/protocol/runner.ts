/** Messages between the process that runs models and the one that asked. Plain data (structured clone). */
import type { DeepAnswer, DeepRequest } from './deep.ts'
import type { FileFinding } from './findings.ts'
import type { Plan } from './plan.ts'
import type { Reduction } from './reductions.ts'
import type { ClassFacts } from './inspect.ts'
import type { Interval, Report, Shard, Structure } from './report.ts'

/** What to run. Paths are absolute; `text` is the file as it is in the editor, saved or not. */
export interface RunRequest {
  file: string
  text: string
  /** Paths must stay inside this folder; undefined trusts them. */
  root?: string
  /** Names; undefined runs all. */
  hypotheses?: string[]
  metric?: string
  samples?: number
  seed?: number
  /** Half-width of the interval of `recovered` at which to stop, as a fraction. */
  precision?: number
  /** Ways to a smaller error from as many samples. */
  reduce?: Reduction[]
  exact?: boolean
  /** Largest number of root evaluations of an exact run. */
  exactLimit?: number
  device: string
  threads?: number
  /** Samples per batch; chosen when undefined. */
  batch?: number
  /** Bytes that cached activations may take. */
  memory?: number
  /** How cached activations are kept; as they are when undefined. */
  cache?: 'float16'
  /** Only this part of the samples. */
  shard?: Shard
  costs: boolean
  /** Of these hypotheses alone; of all when undefined. */
  costsOf?: string[]
  /** Permuted hypotheses beside each. */
  nulls?: number
  /** Each under every way to draw unimportant inputs. */
  sensitivity?: boolean
  /** Tell what is known while it runs: for those who watch. */
  watched?: boolean
  /** Take `model` over the whole dataset, or only over the run's reference data; decided by the arithmetic it takes when undefined. */
  wholePass?: boolean
  /** Values that an earlier runner gave before it died, by hypothesis: the first samples, in order. */
  resume?: Record<string, Float64Array>
  /** The files as that runner found them. */
  inputs?: string
  /** Why this device, in a sentence for the report, where it is not the one that was asked for. */
  deviceReason?: string
  /** Tell what would be done instead. */
  explain?: boolean
  /** Write the compiled model of the first hypothesis here. */
  emit?: string
  /** Write per-sample values (.npz) here. */
  samplesOut?: string
}

/** Where the time of a run went. */
export interface Profile {
  /** Seconds in all. */
  readonly total: number
  /** By hypothesis and phase; '' is what they share. */
  readonly phases: Readonly<Record<string, Readonly<Record<string, Spent>>>>
  /** Bytes of activations in memory at the end. */
  readonly cached: number
  /** Samples of one call of ONNX Runtime, by hypothesis. */
  readonly batch: Readonly<Record<string, number>>
}

/** Seconds, and those of them that passed in calls of ONNX Runtime. */
export interface Spent {
  readonly seconds: number
  readonly inside: number
}

/** A run whose files are open. */
export interface Begun {
  /** The state of its files. */
  inputs: string
  /** The device that was taken, and why where there was a choice. */
  device: string
  reason?: string
}

/** A file that was asked for and could not be written. */
export interface Unwritten {
  path: string
  /** What should be in it. */
  what: string
  /** Why not; continues a sentence. */
  reason: string
}

export type Request =
  | { type: 'run'; id: number; request: RunRequest }
  | { type: 'classes'; id: number; request: ClassesRequest }
  | { type: 'deep'; id: number; request: DeepRequest }
  | { type: 'cancel'; id: number }

export interface ClassesRequest {
  file: string
  text: string
  root?: string
  hypothesis?: string
  node: string
}

export interface ClassesAnswer {
  hypothesis: string
  node: string
  feature: string
  place: string
  rows: number
  classes: number
  singletons: number
  effectiveClasses: number
  /** Largest classes first, at most 200. */
  list: ClassFacts[]
}

/** One sentence each, with what to do. */
export type FailureKind = 'cancelled' | 'out-of-memory' | 'provider-unavailable' | 'bad-input' | 'crashed' | 'internal'

export type Answer =
  | { type: 'progress'; id: number; hypothesis: string; phase: string; done: number; total: number }
  | { type: 'findings'; id: number; findings: FileFinding[] }
  | ({ type: 'began'; id: number } & Begun)
  /** The metric of the samples that follow those already told: what a new runner resumes from. */
  | { type: 'batch'; id: number; hypothesis: string; values: Float64Array }
  /** What will be evaluated; only of runs that are watched. */
  | { type: 'structure'; id: number; hypothesis: string; structure: Structure }
  /** What is known so far, while costs or samples are missing; only of runs that are watched. */
  | { type: 'early'; id: number; report: Report }
  /** Costs of nodes as they are known so far, by name. */
  | { type: 'costs'; id: number; hypothesis: string; costs: Record<string, Interval> }
  | { type: 'report'; id: number; report: Report; profile: Profile; partial: boolean; unwritten: readonly Unwritten[] }
  | { type: 'plan'; id: number; plans: readonly Plan[]; findings: FileFinding[] }
  | { type: 'classes'; id: number; answer: ClassesAnswer; findings: FileFinding[] }
  | { type: 'deep'; id: number; answer: DeepAnswer }
  | { type: 'failed'; id: number; kind: FailureKind; message: string; detail?: string }
  | { type: 'done'; id: number }
  /** The process is up. */
  | { type: 'ready' }
