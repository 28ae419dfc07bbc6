/** How a command ends: exit codes, and the error that carries one with a sentence. */
import type { FailureKind } from '../protocol/runner.ts'

export const EXIT = {
  fine: 0,
  /** Findings of error severity, or an `expect` that does not hold. */
  findings: 1,
  /** Wrong usage: nothing was started. */
  usage: 2,
  /** The run failed. */
  failed: 3,
  /** Stopped by Ctrl-C. */
  interrupted: 130,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** Ends the command: its message is one sentence that says what, where and what to do. */
export class Stop extends Error {
  readonly exitCode: ExitCode
  constructor(exitCode: ExitCode, sentence: string) {
    super(sentence)
    this.exitCode = exitCode
  }
}

/** Raised for arguments that make no sense. */
export const wrongUsage = (sentence: string): Stop => new Stop(EXIT.usage, sentence)

/** A run that failed, as its sentence; a bug in the runner also tells where, to those who ask. */
export function failedRun({ failure, message, detail }: { readonly failure: FailureKind; readonly message: string; readonly detail?: string }): Stop {
  const bug = failure === 'internal' || failure === 'crashed'
  const stack = process.env['SCRUB_DEBUG'] && detail ? `\n${detail}` : ''
  return new Stop(EXIT.failed, `${message}${bug && !stack ? ' (SCRUB_DEBUG=1 shows where.)' : ''}${stack}`)
}

/** What findings make of the exit code. */
export function exitCodeOf(findings: readonly { readonly severity: string }[], strict = false): ExitCode {
  const wrong = findings.some(({ severity }) => severity === 'error' || (strict && severity === 'warning'))
  return wrong ? EXIT.findings : EXIT.fine
}
