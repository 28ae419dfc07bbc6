/** The process that runs models: which program it is, and how it is started. */
import { fork, type ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { cudaEnvironment } from './cuda.ts'

/** The bundled runner beside this file, or the one that the sources build. */
export function runnerPath(): string {
  const beside = fileURLToPath(new URL('./runner.mjs', import.meta.url))
  return existsSync(beside) ? beside : fileURLToPath(new URL('../../dist/runner.mjs', import.meta.url))
}

/** `stderr`: what ONNX Runtime and the runner write there. */
export function forkRunner(stderr: 'pipe' | 'ignore', program: string = runnerPath()): ChildProcess {
  return fork(program, [], {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', stderr, 'ipc'],
    // ONNX Runtime's telemetry is off in every process that could load it.
    env: { ...process.env, ...cudaEnvironment(), ORT_DISABLE_TELEMETRY: '1' },
    execArgv: ['--max-old-space-size=8192'],
  })
}
