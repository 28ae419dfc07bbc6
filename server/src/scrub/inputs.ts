/** The files that a run reads: its numbers must be of one version of each, and its report must name that one. */
import { basename } from 'node:path'
import { BadInput } from './failures.ts'
import type { Breathe } from './runtime.ts'
import { firstChanged, stampOf, type Stamps } from './stamp.ts'

/** Milliseconds between two looks at files that are used. */
const LOOK = 250

export class Inputs {
  private readonly stamps: Stamps

  /** `stamps` were taken before anything was read. */
  constructor(stamps: Stamps) {
    this.stamps = stamps
  }

  /** For another process, which can tell whether it finds the same. */
  get key(): string {
    return JSON.stringify([...this.stamps])
  }

  /** Throws BadInput where an earlier runner found other files. */
  requireSame(key: string | undefined): void {
    if (key === undefined) return
    const before = new Map(JSON.parse(key) as [string, string | null][])
    for (const [path, stamp] of before) if ((stampOf(path) ?? null) !== stamp) throw changed(path)
  }

  /** What is wrong where a file is not the one that was opened. */
  problem(): BadInput | undefined {
    const path = firstChanged(this.stamps)
    return path === undefined ? undefined : changed(path)
  }

  /** Throws BadInput where a file is not the one that was opened. */
  requireUnchanged(): void {
    const problem = this.problem()
    if (problem) throw problem
  }

  /** Also looks at the files, now and then: hours of work on two versions would be in vain. */
  watched(breathe: Breathe): Breathe {
    let last = performance.now()
    return async () => {
      await breathe()
      const now = performance.now()
      if (now - last < LOOK) return
      last = now
      this.requireUnchanged()
    }
  }
}

function changed(path: string): BadInput {
  const name = basename(path)
  return new BadInput(stampOf(path) === undefined ? `${name} was removed while this run used it, so there is no result: put it back, and run again.` : `${name} changed while this run used it, so its numbers would be of two versions: run again.`)
}
