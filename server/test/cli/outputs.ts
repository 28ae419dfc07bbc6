/** Outputs and environments that remember what was written to them. */
import pc from 'picocolors'
import type { Environment, Output } from '../../src/cli/environment.ts'
import { scrub } from '../../src/cli/program.ts'

export interface Memory extends Output {
  readonly text: () => string
}

export function memory(columns = 100, terminal = false, colour = false): Memory {
  let all = ''
  return { write: (text) => void (all += text), text: () => all, columns, terminal, colours: pc.createColors(colour) }
}

export interface Invocation {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

/** One command line, in this process. */
export async function invoke(args: readonly string[], folder: string, change: Partial<Environment> & { input?: string } = {}): Promise<Invocation> {
  const stdout = memory()
  const stderr = memory()
  const environment: Environment = { stdout, stderr, stdin: async () => change.input ?? '', folder, onInterrupt: () => () => {}, ...change }
  const exitCode = await scrub(args, environment)
  return { exitCode, stdout: stdout.text(), stderr: stderr.text() }
}
