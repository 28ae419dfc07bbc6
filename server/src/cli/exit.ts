/** How a command ends: exit codes, and the error that carries one with a sentence. */

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

/** What findings make of the exit code. */
export function exitCodeOf(findings: readonly { readonly severity: string }[], strict = false): ExitCode {
  const wrong = findings.some(({ severity }) => severity === 'error' || (strict && severity === 'warning'))
  return wrong ? EXIT.findings : EXIT.fine
}
