/** Starts a runner, asks it one thing, and makes sure that it ends. */
import type { ChildProcess } from 'node:child_process'
import type { DeepAnswer, DeepRequest } from '../protocol/deep.ts'
import type { FileFinding } from '../protocol/findings.ts'
import type { Plan } from '../protocol/plan.ts'
import type { Interval, Report, Structure } from '../protocol/report.ts'
import { concatenate } from '../scrub/concatenate.ts'
import { forkRunner } from './fork.ts'
import { STOPPING, WRITING_FILES } from './phases.ts'
import { PROFILE } from './placement.ts'
import type { WarmRunner } from './warm.ts'
import { removeFolders } from '../scrub/own-folder.ts'
import { removeTemporaries } from './write.ts'
import type { Answer, Begun, ClassesAnswer, ClassesRequest, FailureKind, Profile, Request, RunRequest, Unwritten } from '../protocol/runner.ts'

export interface RunnerEvents {
  onProgress?(progress: { hypothesis: string; phase: string; done: number; total: number }): void
  /** What will be evaluated by a run that is watched. */
  onStructure?(hypothesis: string, structure: Structure): void
  /** What is known so far of a run that is watched. */
  onEarly?(report: Report): void
  /** Costs of nodes, as far as they are known, of a run that is watched. */
  onCosts?(hypothesis: string, costs: Record<string, Interval>): void
  /** The runner died or its device failed, and another one goes on: in sentences. */
  onRestart?(why: string): void
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
  | { readonly kind: 'report'; readonly report: Report; readonly profile: Profile; readonly partial: boolean; readonly unwritten: readonly Unwritten[] }
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
/** Milliseconds that it has to put a partial result together, once it has stopped, and to write its files. */
const WRITING = 10_000

/** A runner that fails is replaced this often, as long as each got further than the last. */
const MOST_RESTARTS = 3

/**
 * Runs a request, in the runner that `warm` keeps where there is one. When the runner dies, or its device fails, a new one goes on from
 * its last batch; once also where there was none yet. A device that `auto` took and that goes on failing is left for the CPU.
 */
export function startRun(asked: RunRequest, events: RunnerEvents = {}, warm?: WarmRunner): Running<RunOutcome> {
  const kept = new Map<string, Float64Array[]>()
  let request = asked
  let begun: Begun | undefined
  let current: Asked<RunOutcome>
  let cancelled = false
  let restarts = 0
  let fruitless = 0
  const attempt = async (): Promise<RunOutcome> => {
    let findings: FileFinding[] = []
    let batches = 0
    const resume = Object.fromEntries([...kept].map(([name, values]) => [name, concatenate(values)]))
    current = ask<RunOutcome>((id) => ({ type: 'run', id, request: { ...request, resume, ...(begun ? { inputs: begun.inputs } : {}) } }), events, (answer) => {
      switch (answer.type) {
        case 'findings': findings = answer.findings; return undefined
        case 'began': begun ??= answer; return undefined
        case 'batch':
          batches++
          if (!kept.has(answer.hypothesis)) kept.set(answer.hypothesis, [])
          kept.get(answer.hypothesis)!.push(answer.values)
          return undefined
        case 'structure': return void events.onStructure?.(answer.hypothesis, answer.structure)
        case 'early': return void events.onEarly?.(answer.report)
        case 'costs': return void events.onCosts?.(answer.hypothesis, answer.costs)
        case 'report': return { kind: 'report', report: answer.report, profile: answer.profile, partial: answer.partial, unwritten: answer.unwritten }
        case 'plan': return { kind: 'plan', plans: answer.plans, findings: answer.findings }
        case 'done': return { kind: 'findings', findings }
        default: return undefined
      }
    }, warm && { runner: warm, purpose: JSON.stringify([request.device, request.threads, request.root]) })
    const outcome = await current.result
    if (outcome.kind !== 'failed') return outcome
    removeLeft(request, current.pid)
    const next = cancelled ? undefined : after(outcome, batches)
    if (!next) return withDevice(outcome, request)
    request = next.request
    events.onRestart?.(next.why)
    return attempt()
  }
  /** What is tried next, and why; undefined where it is over. */
  const after = (outcome: Failed, batches: number): { request: RunRequest; why: string } | undefined => {
    const device = begun?.device ?? 'cpu'
    const { died, failure } = outcome
    const ofDevice = device !== 'cpu' && (failure === 'provider-unavailable' || failure === 'out-of-memory')
    if (died === undefined && !ofDevice) return undefined
    fruitless = batches > 0 ? 0 : fruitless + 1
    const why = died === undefined ? outcome.message : `The runner stopped (${died})`
    // Samples of one run are of one device.
    const same = { ...request, device: begun ? device : request.device, ...(begun?.reason === undefined ? {} : { deviceReason: begun.reason }) }
    if (restarts++ < MOST_RESTARTS && (batches > 0 || (died !== undefined && fruitless < 2))) return { request: same, why: `${why.replace(/\.$/, '')}; a new one ${kept.size > 0 ? 'goes on from its last batch' : 'starts from the beginning'}.` }
    if (asked.device !== 'auto' || device === 'cpu') return undefined
    const deviceReason = `\`auto\` took ${device}, which failed (${cause(outcome)}): everything was computed on the CPU instead.`
    kept.clear()
    begun = { inputs: begun!.inputs, device: 'cpu', reason: deviceReason }
    return { request: { ...asked, device: 'cpu', deviceReason }, why: deviceReason }
  }
  return {
    result: attempt(),
    cancel: () => {
      cancelled = true
      current.cancel()
    },
  }
}

const cause = ({ died, failure, message }: Failed): string => (died !== undefined ? `the runner stopped, ${died}` : failure === 'out-of-memory' ? 'it has too little memory' : message.replace(/\. .*/s, ''))

/** What a runner leaves that was killed. */
function removeLeft({ samplesOut, emit }: RunRequest, pid: number | undefined): void {
  if (pid !== undefined) removeFolders(PROFILE, pid)
  for (const path of [samplesOut, emit, emit && `${emit}.json`]) if (path !== undefined) removeTemporaries(path, pid)
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
interface Asked<T> extends Running<T> {
  /** Process id of the runner. */
  readonly pid: number | undefined
}

function ask<T>(request: (id: number) => Request, events: RunnerEvents, take: (answer: Answer) => T | undefined, keep?: { readonly runner: WarmRunner; readonly purpose: string }): Asked<T | Failed> {
  const id = ++asked
  const waiting = keep?.runner.take(keep.purpose)
  const child: ChildProcess = waiting ?? forkRunner('pipe')
  let log = ''
  let cancelling = false
  let sent = false
  let writing = false
  let stop = (): void => {}
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
    // One that has not been asked yet has nothing to put together.
    stop = () => settle({ kind: 'failed', failure: 'cancelled', message: 'The run was cancelled.' })
    const send = (): void => {
      sent = true
      child.send(request(id), () => {})
    }
    let found: T | undefined
    const answered = (answer: Answer): void => {
      if (answer.type === 'ready') send()
      else if (answer.id !== id) return
      else if (answer.type === 'progress') {
        writing ||= answer.phase === WRITING_FILES
        if (answer.phase === STOPPING || (writing && cancelling)) {
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
      send()
    }
  })
  return {
    result,
    pid: child.pid,
    cancel: () => {
      if (cancelling) return
      cancelling = true
      if (!sent) return stop()
      if (child.connected) child.send({ type: 'cancel', id }, () => {})
      timer = setTimeout(() => child.kill('SIGKILL'), writing ? WRITING : PATIENCE)
    },
  }
}

function crash(code: number | null, signal: NodeJS.Signals | null, log: string): Failed {
  const how = signal ?? `exit code ${code}`
  const memory = signal === 'SIGKILL' || /out of memory|bad_alloc|Cannot allocate memory/i.test(log)
  return memory
    ? { kind: 'failed', failure: 'out-of-memory', message: `The runner was stopped (${how}), probably for want of memory: lower --memory or --batch, or use fewer data (\`limit\`).`, detail: log, died: how }
    : { kind: 'failed', failure: 'crashed', message: `The runner stopped (${how}); nothing else is affected: run again, and report it with the model if it happens twice.`, detail: log, died: how }
}
