/** The runner: a child process that runs models, so that nothing native can freeze or bring down who asked. */
import type { Answer, FailureKind, Request, Unwritten } from '../protocol/runner.ts'
import { concatenate } from '../scrub/concatenate.ts'
import { STOPPING, WRITING_FILES } from './phases.ts'
import { deepCheck } from '../scrub/deep-check.ts'
import { classesOfFile } from '../scrub/describe-classes.ts'
import { BadInput, DeviceDisagrees, FailedCheck } from '../scrub/failures.ts'
import { TooLargeToEmit } from '../scrub/emit-model.ts'
import { NotBatched } from '../scrub/compile.ts'
import { TreeTooLarge } from '../scrub/tree.ts'
import { DataError } from '../data/columns.ts'
import { ModelError } from '../model/graph.ts'
import { InspectStore } from '../scrub/inspect.ts'
import { run } from '../scrub/run.ts'
import { Cancelled } from '../scrub/runtime.ts'
import { openSpillFile, spillFolders } from '../scrub/spill-file.ts'
import { WorkspaceStore } from '../scrub/store.ts'
import { VERSION } from '../version.ts'
import { writeEmitted } from './emit.ts'
import { explained } from './explain.ts'
import { runtimeFor } from './choose.ts'
import { backends, openRuntime, ProviderUnavailable, speedOf, tryDevice } from './onnxruntime.ts'
import { DeviceFailed } from './device-failed.ts'
import type { ProbedMessage, ProbeMessage } from './probe.ts'
import type { InspectAnswer, InspectMessage } from './inspect.ts'
import { reason } from './reason.ts'
import { opened, type OpenedMessage, type OpenMessage } from './open.ts'
import { writeSamples } from './samples.ts'

const cancelled = new Set<number>()
/** Runs share the workspace: one at a time, each after the one that was asked for before it. */
let runs: Promise<unknown> = Promise.resolve()
/** A folder for activations that leave the memory, or `none`. */
const spillTo = process.env['SCRUB_SPILL']
const store = new WorkspaceStore(spillTo === 'none' ? undefined : () => openSpillFile(spillFolders(spillTo)))
const inspections = new InspectStore(() => openRuntime({ device: 'cpu' }))
/** Time after which a long computation lets messages in. */
const BREATH = 15
/** Milliseconds between messages about the progress. */
const PROGRESS = 100

const send = (answer: Answer | OpenedMessage | InspectAnswer | ProbedMessage): void => {
  if (process.connected) process.send!(answer)
}

/** Lets messages in now and then; throws when the run was cancelled. */
function breather(id: number): () => Promise<void> {
  let last = performance.now()
  return async () => {
    const now = performance.now()
    if (now - last >= BREATH) {
      last = now
      await new Promise<void>((resume) => setImmediate(resume))
    }
    if (cancelled.has(id)) {
      // Who asked now knows that the partial result is being made.
      send({ type: 'progress', id, hypothesis: '', phase: STOPPING, done: 0, total: 1 })
      throw new Cancelled()
    }
  }
}

function reporter(id: number) {
  let last = 0
  let what = ''
  return (hypothesis: string, phase: string, done: number, total: number): void => {
    const now = performance.now()
    const key = `${hypothesis} ${phase}`
    if (key === what && now - last < PROGRESS && done < total) return
    what = key
    last = now
    send({ type: 'progress', id, hypothesis, phase, done, total })
  }
}

/** Tells finished samples now and then: a message for each of many small batches would be all that the processes do. */
function keeper(id: number): (hypothesis: string, values: Float64Array) => void {
  let last = performance.now()
  let about = ''
  let held: Float64Array[] = []
  return (hypothesis, values) => {
    if (hypothesis !== about) held = [] // of one that is finished: its report will tell
    about = hypothesis
    held.push(values.slice())
    const now = performance.now()
    if (now - last < PROGRESS) return
    last = now
    send({ type: 'batch', id, hypothesis, values: concatenate(held) })
    held = []
  }
}

async function answer(request: Request | OpenMessage | InspectMessage): Promise<void> {
  const { id } = request
  try {
    if (request.type === 'run') {
      const asked = request.request
      const result = await run(asked, (work) => runtimeFor(asked, work), VERSION, {
        breathe: breather(id),
        progress: reporter(id),
        batch: keeper(id),
        findings: (findings) => send({ type: 'findings', id, findings }),
        began: (begun) => send({ type: 'began', id, ...begun }),
        ...(asked.watched ? { watcher: { structure: (hypothesis, structure) => send({ type: 'structure', id, hypothesis, structure }), early: (report) => send({ type: 'early', id, report }), costs: (hypothesis, costs) => send({ type: 'costs', id, hypothesis, costs }) } } : {}),
      }, store)
      // Also what only showed on the data.
      if (result.kind === 'findings') return send({ type: 'findings', id, findings: result.findings })
      if (result.kind === 'plan') return send({ type: 'plan', id, plans: result.plans, findings: result.findings })
      const { samples, emitted } = result.evaluated
      const unwritten: Unwritten[] = []
      if (asked.samplesOut !== undefined || emitted) send({ type: 'progress', id, hypothesis: '', phase: WRITING_FILES, done: 0, total: 1 })
      if (asked.samplesOut !== undefined) attempt(asked.samplesOut, 'The values of the samples', (path) => writeSamples(path, samples), unwritten)
      if (asked.emit !== undefined && emitted) attempt(asked.emit, 'The compiled model', (path) => writeEmitted(path, emitted), unwritten)
      send({ type: 'report', id, report: result.report, profile: result.profile, partial: result.partial, unwritten })
    } else if (request.type === 'classes') {
      const result = await classesOfFile(request.request, () => openRuntime({ device: 'cpu' }), breather(id))
      if (result.kind === 'findings') send({ type: 'findings', id, findings: result.findings })
      else send({ type: 'classes', id, answer: result.answer, findings: result.findings })
    } else if (request.type === 'deep') {
      send({ type: 'deep', id, answer: await deepCheck(request.request, () => openRuntime({ device: 'cpu' }), { breathe: breather(id), progress: reporter(id), blamed }) })
    } else if (request.type === 'open') {
      send({ type: 'opened', id, opened: await opened(request.request) })
    } else if (request.type === 'inspect') {
      await inspections.answer(request.request, (fact) => send({ type: 'fact', id, fact }), breather(id))
      send({ type: 'inspected', id })
    }
  } catch (error) {
    send({ type: 'failed', id, ...failure(error) })
  } finally {
    cancelled.delete(id)
    send({ type: 'done', id })
  }
}

/** A disk that is full takes nothing from the report. */
function attempt(path: string, what: string, write: (path: string) => void, unwritten: Unwritten[]): void {
  try {
    write(path)
  } catch (error) {
    unwritten.push({ path, what, reason: reason(error) })
  }
}

/** One sentence for what went wrong. */
function failure(error: unknown): { kind: FailureKind; message: string; detail?: string } {
  const message = error instanceof Error ? error.message : String(error)
  const detail = error instanceof Error && error.stack ? { detail: error.stack } : {}
  if (error instanceof Cancelled) return { kind: 'cancelled', message: 'The run was cancelled before the first batch.' }
  if (error instanceof BadInput || error instanceof DataError || error instanceof ModelError || error instanceof TreeTooLarge || error instanceof NotBatched || error instanceof TooLargeToEmit) return { kind: 'bad-input', message }
  if (error instanceof ProviderUnavailable || error instanceof DeviceDisagrees) return { kind: 'provider-unavailable', message }
  if (error instanceof FailedCheck) return { kind: 'internal', message }
  if (/bad_alloc|out of memory|OUT_OF_DEVICE_MEMORY|max buffer size limit|MaxStorageBufferBindingSize|Failed to allocate|Array buffer allocation failed|Invalid (typed )?array length/i.test(message)) {
    return { kind: 'out-of-memory', message: 'The run needs more memory than there is: lower --memory or --batch, or use fewer data (`limit`).', ...detail }
  }
  const known = explained(message)
  if (known?.data) return { kind: 'bad-input', message: known.message, ...detail }
  if (error instanceof DeviceFailed) return { kind: 'provider-unavailable', message: `Device "${error.device}" failed in the middle of the run (${firstLine(message).replace(/\.$/, '').slice(0, 200)}). Run again, or use --device cpu.`, ...detail }
  return { kind: 'internal', message: known?.message ?? firstLine(message), ...detail }
}

const blamed = (message: string): string | undefined => {
  const known = explained(message)
  return known?.data ? known.message : undefined
}

const firstLine = (text: string): string => text.split('\n', 1)[0]!.slice(0, 600)

async function probed({ id, device, measure }: ProbeMessage): Promise<void> {
  let known: ReturnType<typeof backends> = { version: '', backends: {} }
  try {
    known = backends()
    await tryDevice(device)
    send({ type: 'probed', id, ...known, ...(measure ? { speed: await speedOf(device) } : {}) })
  } catch (error) {
    send({ type: 'probed', id, ...known, problem: error instanceof Error ? error.message : String(error) })
  }
}

process.on('message', (request: Request | OpenMessage | InspectMessage | ProbeMessage) => {
  if (request.type === 'cancel') cancelled.add(request.id)
  else if (request.type === 'probe') void probed(request)
  else if (request.type === 'run') runs = runs.then(() => answer(request))
  else void answer(request)
})
process.on('disconnect', () => process.exit(0))
// Ctrl-C in a terminal and the end of a job reach the whole process group: who asked decides what to do about it, and this process ends with that one.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => {})
send({ type: 'ready' })
