/** The process in which files are opened: a path in, what came of it out. Its memory is measured here. */
import { readFileSync, writeFileSync } from 'node:fs'
import { examine, type Kind } from './examine.ts'

export interface Question {
  readonly kind: Kind
  readonly path: string
}

export type Answer = {
  /** Seconds of processor time, of all threads. */
  readonly seconds: number
  /** Bytes that the process grew by at its largest. */
  readonly grown: number
} & ({ readonly outcome: 'opened' | 'refused'; readonly sentences: readonly string[] } | { readonly outcome: 'broken'; readonly stack: string })

/** Resident bytes now and at most since `forget`; where the system does not tell, what it is now for both. */
function resident(): { now: number; most: number } {
  try {
    const status = readFileSync('/proc/self/status', 'utf8')
    const field = (name: string): number => 1024 * Number(new RegExp(`^${name}:\\s*(\\d+)`, 'm').exec(status)![1])
    return { now: field('VmRSS'), most: field('VmHWM') }
  } catch {
    const { rss } = process.memoryUsage()
    return { now: rss, most: rss }
  }
}

/** Lets the system count its maximum anew. */
function forget(): void {
  try {
    writeFileSync('/proc/self/clear_refs', '5')
  } catch {
    // Elsewhere than on Linux the maximum is not known, and what is held in the end is looked at.
  }
}

async function answer({ kind, path }: Question): Promise<Answer> {
  global.gc!()
  forget()
  const before = resident().now
  const start = process.cpuUsage()
  const measured = () => {
    const { user, system } = process.cpuUsage(start)
    return { seconds: (user + system) / 1e6, grown: Math.max(0, resident().most - before) }
  }
  try {
    const examined = await examine(kind, path)
    return { ...measured(), ...examined }
  } catch (error) {
    return { ...measured(), outcome: 'broken', stack: error instanceof Error ? error.stack ?? error.message : String(error) }
  }
}

process.on('message', (question: Question) => void answer(question).then((told) => process.send!(told)))
