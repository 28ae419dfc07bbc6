/** A runner that stays: answers many requests at a time, is replaced when it dies, and goes when nothing is asked of it. */
import type { ChildProcess } from 'node:child_process'
import type { Answer, FailureKind, Request } from '../protocol/runner.ts'
import { forkRunner } from './fork.ts'
import type { Fact } from '../protocol/inspect.ts'
import type { InspectRequest } from '../scrub/inspection.ts'
import type { InspectAnswer, InspectMessage } from './inspect.ts'
import type { Opened, OpenedMessage, OpenMessage, OpenRequest } from './open.ts'

export interface ServiceOptions {
  /** Milliseconds without a request after which the process ends. */
  readonly idle: () => number
  /** What the runner writes to stderr, and that it died. */
  readonly log: (text: string) => void
}

/** A request that came to no answer; `message` is a sentence for people. */
export class ServiceFailure extends Error {
  readonly failure: FailureKind
  constructor(failure: FailureKind, message: string) {
    super(message)
    this.failure = failure
  }
}

type Asked = Request | OpenMessage | InspectMessage
type Answered = Answer | OpenedMessage | InspectAnswer

interface Pending {
  readonly take: (answer: Answered) => void
  readonly fail: (failure: ServiceFailure) => void
}

/** Milliseconds that a process has to come up: against hangs. */
const STARTING = 30_000

export class RunnerService {
  private readonly options: ServiceOptions
  private readonly pending = new Map<number, Pending>()
  private child: ChildProcess | undefined
  private ready: Promise<ChildProcess> | undefined
  private idle: NodeJS.Timeout | undefined
  private ids = 0
  private closed = false
  private readonly end = () => this.child?.kill('SIGKILL')

  constructor(options: ServiceOptions) {
    this.options = options
    process.once('exit', this.end)
  }

  /** Tried again once where the runner dies: it may have been another request's fault. */
  open(request: OpenRequest): Promise<Opened> {
    const once = () => this.ask((id) => ({ type: 'open', id, request }), (answer) => (answer.type === 'opened' ? answer.opened : undefined))
    return once().catch((error: unknown) => {
      if (error instanceof ServiceFailure && error.failure === 'crashed') return once()
      throw error
    })
  }

  /** Answers questions about the data fact by fact; resolves after the last one. */
  async inspect(request: InspectRequest, tell: (fact: Fact) => void, signal?: AbortSignal): Promise<void> {
    await this.ask((id) => ({ type: 'inspect', id, request }), (answer) => {
      if (answer.type === 'fact') tell(answer.fact)
      return answer.type === 'inspected' ? true : undefined
    }, signal)
  }

  /**
   * Asks, and waits for the first answer that `take` makes something of; others it may look at. `done` ends a request
   * that has no such answer. Rejects with a ServiceFailure. When `signal` aborts, the runner is asked to stop.
   */
  async ask<T>(request: (id: number) => Asked, take: (answer: Answered) => T | undefined, signal?: AbortSignal): Promise<T> {
    if (this.closed) throw new ServiceFailure('cancelled', 'The server is shutting down.')
    const id = ++this.ids
    clearTimeout(this.idle)
    const result = new Promise<T>((resolve, reject) => {
      this.pending.set(id, {
        fail: reject,
        take: (answer) => {
          if (answer.type === 'failed') reject(new ServiceFailure(answer.kind, answer.message))
          else if (answer.type === 'done') reject(new ServiceFailure('internal', 'The runner gave no answer.'))
          else {
            const value = take(answer)
            if (value !== undefined) resolve(value)
          }
        },
      })
    })
    const cancel = () => {
      this.send({ type: 'cancel', id })
      this.pending.get(id)?.fail(new ServiceFailure('cancelled', 'The request was cancelled.'))
    }
    result.catch(() => {})
    try {
      await this.running()
      if (signal?.aborted) cancel()
      else {
        signal?.addEventListener('abort', cancel, { once: true })
        this.send(request(id))
      }
      return await result
    } finally {
      signal?.removeEventListener('abort', cancel)
      this.pending.delete(id)
      if (this.pending.size === 0 && !this.closed) this.idle = setTimeout(() => this.stop(), this.options.idle()).unref()
    }
  }

  /** Process id of the runner; undefined while there is none. */
  get pid(): number | undefined {
    return this.child?.pid
  }

  close(): void {
    this.closed = true
    clearTimeout(this.idle)
    process.off('exit', this.end)
    this.stop()
  }

  private stop(): void {
    this.child?.kill('SIGKILL')
    this.child = undefined
    this.ready = undefined
  }

  private send(request: Asked): void {
    if (this.child?.connected) this.child.send(request, () => {})
  }

  private running(): Promise<ChildProcess> {
    return (this.ready ??= this.start())
  }

  private start(): Promise<ChildProcess> {
    const child = forkRunner('pipe')
    this.child = child
    // A server that has nothing else to do may end.
    child.unref()
    child.channel?.unref()
    child.stderr?.setEncoding('utf8').on('data', this.options.log)
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => child.kill('SIGKILL'), STARTING)
      const gone = (why: string) => {
        clearTimeout(late)
        const failure = new ServiceFailure('crashed', `The runner stopped (${why}); it is started again when it is needed.`)
        reject(failure)
        // Only those that asked this process; an idle one was sent away.
        if (this.child !== child) return
        this.child = undefined
        this.ready = undefined
        if (this.pending.size > 0) this.options.log(failure.message)
        for (const { fail } of [...this.pending.values()]) fail(failure)
      }
      child.on('message', (answer: Answered) => {
        if (answer.type === 'ready') {
          clearTimeout(late)
          resolve(child)
        } else this.pending.get(answer.id)?.take(answer)
      })
      child.on('error', (error) => gone(error.message))
      child.on('exit', (code, signal) => gone(signal ?? `exit code ${code}`))
    })
  }
}
