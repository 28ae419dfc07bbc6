/** Starts a runner, asks it one thing, and makes sure that it ends. */
import type { ChildProcess } from 'node:child_process'
import type { DeepAnswer, DeepRequest } from '../protocol/deep.ts'
import type { FileFinding } from '../protocol/findings.ts'
import type { Plan } from '../protocol/plan.ts'
import type { Interval, Report, Structure } from '../protocol/report.ts'
import { concatenate } from './concatenate.ts'
import { forkRunner } from './fork.ts'
import { STOPPING } from './phases.ts'
import type { WarmRunner } from './warm.ts'
import type { Answer, ClassesAnswer, ClassesRequest, FailureKind, Profile, Request, RunRequest } from '../protocol/runner.ts'

export interface RunnerEvents {
  onProgress?(progress: { hypothesis: string; phase: string; done: number; total: number }): void
  /** What will be evaluated by a run that is watched. */
  onStructure?(hypothesis: string, structure: Structure): void
  /** What is known so far of a run that is watched. */
  onEarly?(report: Report): void
  /** Costs of nodes, as far as they are known, of a run that is watched. */
  onCosts?(hypothesis: string, costs: Record<string, Interval>): void
  /** The runner died, and a new one goes on from its last batch. */
  onRestart?(reason: string): void
  /** What ONNX Runtime and the runner write to stderr. */
  onLog?(text: string): void
}

export interface Failed {
  readonly kind: 'failed'
  readonly failure: FailureKind
  readonly message: string
  /** Stack of the runner, for the log. */
  readonly detail?: string
  /** The signal or exit code, when the process ended by itself or was killed. */
  readonly died?: string
}

export type RunOutcome =
  | { readonly kind: 'report'; readonly report: Report; readonly profile: Profile; readonly partial: boolean }
  | { readonly kind: 'plan'; readonly plans: readonly Plan[]; readonly findings: FileFinding[] }
  | { readonly kind: 'findings'; readonly findings: FileFinding[] }
  | Failed

export type ClassesOutcome =
  | { readonly kind: 'classes'; readonly answer: ClassesAnswer; readonly findings: FileFinding[] }
  | { readonly kind: 'findings'; readonly findings: FileFinding[] }
  | Failed

export type DeepOutcome = ({ readonly kind: 'deep' } & DeepAnswer) | Failed

export interface Running<T> {
  readonly result: Promise<T>
  /** Asks the runner to stop between batches, and kills it after 1.5 s. */
  cancel(): void
}

/** Milliseconds that a cancelled runner has to finish its batch. */
const PATIENCE = 1500
/** Milliseconds that it has to put a partial result together, once it has stopped. */
const WRITING = 10_000

/** A runner that dies is replaced this often, as long as each got further than the last. */
const MOST_RESTARTS = 3

/** Runs a request, in the runner that `warm` keeps where there is one; when the runner dies, a new one goes on from its last batch. */
export function startRun(request: RunRequest, events: RunnerEvents = {}, warm?: WarmRunner): Running<RunOutcome> {
  const kept = new Map<string, Float64Array[]>()
  let current: Running<RunOutcome>
  let cancelled = false
  const attempt = async (restarts: number): Promise<RunOutcome> => {
    let findings: FileFinding[] = []
    let batches = 0
    const resume = Object.fromEntries([...kept].map(([name, values]) => [name, concatenate(values)]))
    current = ask<RunOutcome>((id) => ({ type: 'run', id, request: { ...request, resume } }), events, (answer) => {
      switch (answer.type) {
        case 'findings': findings = answer.findings; return undefined
        case 'batch':
          batches++
          if (!kept.has(answer.hypothesis)) kept.set(answer.hypothesis, [])
          kept.get(answer.hypothesis)!.push(answer.values)
          return undefined
        case 'structure': return void events.onStructure?.(answer.hypothesis, answer.structure)
        case 'early': return void events.onEarly?.(answer.report)
        case 'costs': return void events.onCosts?.(answer.hypothesis, answer.costs)
        case 'report': return { kind: 'report', report: answer.report, profile: answer.profile, partial: answer.partial }
        case 'plan': return { kind: 'plan', plans: answer.plans, findings: answer.findings }
        case 'done': return { kind: 'findings', findings }
        default: return undefined
      }
    }, warm && { runner: warm, purpose: JSON.stringify([request.device, request.threads, request.root]) })
    const outcome = await current.result
    if (outcome.kind !== 'failed' || !outcome.died || cancelled || batches === 0 || restarts >= MOST_RESTARTS) return withDevice(outcome, request)
    events.onRestart?.(outcome.died)
    return attempt(restarts + 1)
  }
  return {
    result: attempt(0),
    cancel: () => {
      cancelled = true
      current.cancel()
    },
  }
}

/** A driver that takes the process with it is the likeliest reason where a device was asked for. */
function withDevice(outcome: RunOutcome, { device }: RunRequest): RunOutcome {
  if (outcome.kind !== 'failed' || outcome.failure !== 'crashed' || device === 'auto' || device === 'cpu') return outcome
  return { ...outcome, message: `${outcome.message.replace(/\.$/, '')}; or use --device cpu.` }
}

export function startClasses(request: ClassesRequest, events: RunnerEvents = {}): Running<ClassesOutcome> {
  return ask<ClassesOutcome>((id) => ({ type: 'classes', id, request }), events, (answer) => {
    switch (answer.type) {
      case 'findings': return { kind: 'findings', findings: answer.findings }
      case 'classes': return { kind: 'classes', answer: answer.answer, findings: answer.findings }
      default: return undefined
    }
  })
}

/** Tries a file on the weights and the data without evaluating it. */
export function startDeepCheck(request: DeepRequest, events: RunnerEvents = {}): Running<DeepOutcome> {
  return ask<DeepOutcome>((id) => ({ type: 'deep', id, request }), events, (answer) => (answer.type === 'deep' ? { kind: 'deep', ...answer.answer } : undefined))
}

let asked = 0

/** `keep`: the runner is one that waits, and waits again where it could answer. */
function ask<T>(request: (id: number) => Request, events: RunnerEvents, take: (answer: Answer) => T | undefined, keep?: { readonly runner: WarmRunner; readonly purpose: string }): Running<T | Failed> {
  const id = ++asked
  const waiting = keep?.runner.take(keep.purpose)
  const child: ChildProcess = waiting ?? forkRunner('pipe')
  let log = ''
  let cancelling = false
  let timer: NodeJS.Timeout | undefined
  const hear = (text: string): void => {
    log = (log + text).slice(-4000)
    events.onLog?.(text)
  }
  child.stderr?.setEncoding('utf8').on('data', hear)
  const result = new Promise<T | Failed>((resolve) => {
    let outcome: T | Failed | undefined
    const settle = (final: T | Failed): void => {
      if (outcome !== undefined) return
      outcome = final
      clearTimeout(timer)
      resolve(final)
      child.kill('SIGKILL')
    }
    /** All is said, and the runner waits for the next. */
    const release = (final: T, { runner, purpose }: NonNullable<typeof keep>): void => {
      outcome = final
      child.off('message', answered).off('error', unstarted).off('exit', gone)
      child.stderr?.off('data', hear)
      runner.give(child, purpose)
      resolve(final)
    }
    let found: T | undefined
    const answered = (answer: Answer): void => {
      if (answer.type === 'ready') child.send(request(id), () => {})
      else if (answer.id !== id) return
      else if (answer.type === 'progress') {
        if (answer.phase === STOPPING) {
          clearTimeout(timer)
          timer = setTimeout(() => child.kill('SIGKILL'), WRITING)
        }
        events.onProgress?.(answer)
      }
      else if (answer.type === 'failed') settle({ kind: 'failed', failure: answer.kind, message: answer.message, ...(answer.detail === undefined ? {} : { detail: answer.detail }) })
      else {
        found ??= take(answer)
        if (found === undefined) return
        // What comes last says that the runner has nothing to do any more.
        if (!keep || cancelling) settle(found)
        else if (answer.type === 'done') release(found, keep)
      }
    }
    const unstarted = (error: Error): void => settle({ kind: 'failed', failure: 'crashed', message: `The runner could not be started: ${error.message}.` })
    const gone = (code: number | null, signal: NodeJS.Signals | null): void => settle(found ?? (cancelling ? { kind: 'failed', failure: 'cancelled', message: 'The run was cancelled.' } : crash(code, signal, log)))
    child.on('message', answered).on('error', unstarted).on('exit', gone)
    if (waiting) {
      child.ref()
      child.channel?.ref()
      child.send(request(id), () => {})
    }
  })
  return {
    result,
    cancel: () => {
      if (cancelling) return
      cancelling = true
      if (child.connected) child.send({ type: 'cancel', id }, () => {})
      timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE)
    },
  }
}

function crash(code: number | null, signal: NodeJS.Signals | null, log: string): Failed {
  const how = signal ?? `exit code ${code}`
  const memory = signal === 'SIGKILL' || /heap out of memory|bad_alloc/.test(log)
  return memory
    ? { kind: 'failed', failure: 'out-of-memory', message: `The runner was stopped (${how}), probably for want of memory: lower --memory or --batch, or use fewer data (\`limit\`).`, detail: log, died: how }
    : { kind: 'failed', failure: 'crashed', message: `The runner stopped (${how}); nothing else is affected: run again, and report it with the model if it happens twice.`, detail: log, died: how }
}
