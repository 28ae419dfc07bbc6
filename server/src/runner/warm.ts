/** A runner that has finished an evaluation and waits for the next: activations that it has computed need not be computed again. */
import type { ChildProcess } from 'node:child_process'
import type { Socket } from 'node:net'

export interface WarmOptions {
  /** Milliseconds without an evaluation after which the process ends. */
  readonly idle: () => number
}

export class WarmRunner {
  private readonly options: WarmOptions
  private waiting: { readonly child: ChildProcess; readonly purpose: string; readonly timer: NodeJS.Timeout } | undefined
  private closed = false
  private readonly end = (): void => this.drop()

  constructor(options: WarmOptions) {
    this.options = options
    process.once('exit', this.end)
  }

  /** The one that waits, where it was used for the same purpose; another one ends, for two would take twice the memory. */
  take(purpose: string): ChildProcess | undefined {
    const { waiting } = this
    if (!waiting) return undefined
    if (waiting.purpose !== purpose || !waiting.child.connected) {
      this.drop()
      return undefined
    }
    this.forget()
    return waiting.child
  }

  /** Keeps one that has nothing to do, whose listeners are gone. */
  give(child: ChildProcess, purpose: string): void {
    this.drop()
    if (this.closed || !child.connected) return void child.kill('SIGKILL')
    // Whoever has nothing else to do may end.
    child.unref()
    child.channel?.unref()
    ;(child.stderr as Socket | null)?.unref()
    child.once('exit', this.end)
    this.waiting = { child, purpose, timer: setTimeout(this.end, this.options.idle()).unref() }
  }

  close(): void {
    this.closed = true
    process.off('exit', this.end)
    this.drop()
  }

  private drop(): void {
    const child = this.waiting?.child
    this.forget()
    child?.kill('SIGKILL')
  }

  private forget(): void {
    clearTimeout(this.waiting?.timer)
    this.waiting?.child.off('exit', this.end)
    this.waiting = undefined
  }
}
