/** Gives memory back while nobody types: V8 would keep what a burst of editing has left behind until it is short of memory. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** Milliseconds of quiet after which memory is given back. */
const QUIET = 4000
/** Bytes of the heap beyond what was in use after the last time. */
const WORTH = 48 * 2 ** 20

export class Tidy {
  private timer: NodeJS.Timeout | undefined
  private collect: ((options: object) => void) | undefined
  private used = 0

  /** Something happens. */
  active(): void {
    clearTimeout(this.timer)
    this.timer = setTimeout(() => this.quiet(), QUIET).unref()
  }

  close(): void {
    clearTimeout(this.timer)
  }

  private quiet(): void {
    if (process.memoryUsage().heapTotal < this.used + WORTH) return
    if (!this.collect) {
      setFlagsFromString('--expose-gc')
      this.collect = runInNewContext('gc') as (options: object) => void
    }
    // Pages that are free go back to the system.
    this.collect({ type: 'major', execution: 'sync', flavor: 'last-resort' })
    this.used = process.memoryUsage().heapTotal
  }
}
