/** The command line as its own process, from the bundle. */
import { spawn, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Invocation } from './outputs.ts'

const main = fileURLToPath(new URL('../../bin/scrub.mjs', import.meta.url))

export interface Running {
  readonly child: ChildProcess
  readonly ended: Promise<Invocation & { signal: NodeJS.Signals | null }>
}

/** Start `scrub` with these arguments. A test that hangs is killed by the runner's limit, and the process with it. */
export function start(args: readonly string[], folder: string, variables: NodeJS.ProcessEnv = {}): Running {
  // The test runner's own wishes about colours are not ours.
  const { NO_COLOR: _no, FORCE_COLOR: _force, ...inherited } = process.env
  const child = spawn(process.execPath, [main, ...args], { cwd: folder, env: { ...inherited, ...variables }, stdio: ['ignore', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const limit = setTimeout(() => child.kill('SIGKILL'), 100_000)
  const ended = new Promise<Invocation & { signal: NodeJS.Signals | null }>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => {
      clearTimeout(limit)
      resolve({ exitCode: code ?? -1, stdout, stderr, signal })
    })
  })
  return { child, ended }
}

export const runProcess = (args: readonly string[], folder: string, variables?: NodeJS.ProcessEnv): Running['ended'] => start(args, folder, variables).ended
