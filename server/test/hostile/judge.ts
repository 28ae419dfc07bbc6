/** Opens cases in a process of its own and says what is wrong with how they were answered. */
import { fork, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Case, layOut, sizeOf } from './case.ts'
import type { Answer, Question } from './child.ts'
import type { Kind } from './examine.ts'

/** Seconds of processor time for one file: other work on the machine must not make a failure. */
const MOST_SECONDS = 2
/** Seconds after which a process is ended that has not answered. */
const PATIENCE = 20
/** What a file may take in memory: so many times its size, beside what any takes (the code itself, and what waits for its collection). */
const TIMES = 4
const BASE = 128 * 2 ** 20
/** A text costs more: every word of it is an object with a place. */
const TEXT_TIMES = 128
/** Compressed data may grow that much, as server/src/data/source.ts has it, beside what is there to decode it. */
const PACKED_TIMES = 100
const PACKED_BASE = 64 * 2 ** 20

function mostMemory(kind: Kind, path: string, size: number): number {
  if (kind === 'hypothesis') return BASE + TEXT_TIMES * size
  return /\.(npz|parquet)$/.test(path) ? BASE + Math.max(PACKED_BASE, PACKED_TIMES * size) : BASE + TIMES * size
}
const LONGEST_SENTENCE = 1000

export interface Verdict {
  readonly outcome: 'opened' | 'refused' | 'broken'
  /** Undefined when all is well. */
  readonly fault?: string
  readonly seconds: number
  readonly grown: number
}

/** Holds one process; `stop` ends it. */
export class Judge {
  private child: ChildProcess | undefined
  readonly folder = mkdtempSync(join(tmpdir(), 'scrub-hostile-'))

  stop(): void {
    this.child?.kill('SIGKILL')
    this.child = undefined
    rmSync(this.folder, { recursive: true, force: true })
  }

  /** What took too long or too much is tried again in a fresh process before it is a fault: that one has nothing left over from other files. */
  async judge(kind: Kind, given: Case): Promise<Verdict> {
    const path = layOut(given, join(this.folder, 'case'))
    const first = await this.once({ kind, path }, sizeOf(given))
    if (first.fault === undefined || first.outcome === 'broken' || !/seconds|MiB/.test(first.fault)) return first
    this.restart()
    const second = await this.once({ kind, path: layOut(given, join(this.folder, 'case')) }, sizeOf(given))
    this.restart()
    return second
  }

  /** The same for a file that lies elsewhere; nothing is written beside it but what the product writes. */
  judgeFile(kind: Kind, path: string, size: number): Promise<Verdict> {
    return this.once({ kind, path }, size)
  }

  private restart(): void {
    this.child?.kill('SIGKILL')
    this.child = undefined
  }

  private async once(question: Question, size: number): Promise<Verdict> {
    const answer = await this.ask(question)
    if (typeof answer === 'string') {
      this.restart()
      return { outcome: 'broken', fault: answer, seconds: PATIENCE, grown: 0 }
    }
    const { seconds, grown } = answer
    if (answer.outcome === 'broken') return { outcome: 'broken', fault: answer.stack, seconds, grown }
    const fault = unclear(answer.sentences)
      ?? (seconds > MOST_SECONDS ? `took ${seconds.toFixed(1)} seconds` : undefined)
      ?? (grown > mostMemory(question.kind, question.path, size) ? `took ${Math.ceil(grown / 2 ** 20)} MiB for a file of ${size} bytes` : undefined)
    return { outcome: answer.outcome, ...(fault === undefined ? {} : { fault }), seconds, grown }
  }

  private ask(question: Question): Promise<Answer | string> {
    const child = this.child ??= fork(fileURLToPath(new URL('./child.ts', import.meta.url)), [], {
      execArgv: ['--expose-gc', '--max-semi-space-size=4', '--no-warnings'], stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    })
    let complaint = ''
    const hear = (text: Buffer): void => {
      complaint = `${complaint}${text.toString()}`.slice(-2000)
    }
    child.stderr!.on('data', hear)
    return new Promise((resolve) => {
      const settle = (result: Answer | string): void => {
        clearTimeout(late)
        child.off('message', settle).off('exit', died)
        child.stderr!.off('data', hear)
        resolve(result)
      }
      const died = (code: number | null, signal: string | null): void => settle(`the process ended (${signal ?? code}): ${complaint.trim()}`)
      const late = setTimeout(() => settle(`no answer within ${PATIENCE} seconds`), PATIENCE * 1000)
      child.on('message', settle).on('exit', died)
      child.send(question)
    })
  }
}

/** Why one of the sentences is none for people. */
function unclear(sentences: readonly string[]): string | undefined {
  for (const text of sentences) {
    const why = /[\n\r]/.test(text) ? 'has several lines' : text.length > LONGEST_SENTENCE ? `has ${text.length} characters` : !/[.:?)`…]$/.test(text) ? 'does not end'
      : LEAKS.find((leak) => leak.test(text.replace(/`[^`]*`/g, '``')))?.source
    if (why !== undefined) return `an unclear sentence (${why}): ${text.slice(0, 400)}`
  }
  return undefined
}

/** Signs that something of the program, and not of the file, was told. */
const LEAKS = [/\bundefined\b/, /\[object /, /Cannot (?:read|set|convert|mix)/, /is not (?:a function|iterable|defined)/, /\bNaN of\b/, /call stack/, /Invalid (?:array|typed array|string) length/, /out of bounds|outside the bounds|offset is out/i, /Unexpected token/]
