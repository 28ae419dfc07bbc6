/** Runs a fixture in this process, as the runner does. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Report } from '../../src/protocol/report.ts'
import type { RunRequest } from '../../src/protocol/runner.ts'
import { openRuntime } from '../../src/runner/onnxruntime.ts'
import type { Evaluated } from '../../src/scrub/evaluate.ts'
import { run, type RunResult } from '../../src/scrub/run.ts'
import type { Runtime } from '../../src/scrub/runtime.ts'
import type { WorkspaceStore } from '../../src/scrub/store.ts'

export const fixture = (path: string): string => fileURLToPath(new URL(`../../../test-fixtures/${path}`, import.meta.url))

export interface Given extends Partial<RunRequest> {
  readonly runtime?: Runtime
  /** Keeps what it opens for the next run, and does not close it. */
  readonly store?: WorkspaceStore
}

/** `text` replaces that of the file; costs are off unless asked for. */
export function runFile(file: string, { runtime, store, ...request }: Given = {}): Promise<RunResult> {
  const text = request.text ?? readFileSync(file, 'utf8')
  return run({ file, device: 'cpu', costs: false, ...request, text }, () => runtime ?? openRuntime({ device: 'cpu', threads: 1 }), '0.0.0', {
    breathe: async () => {},
    progress: () => {},
    findings: () => {},
  }, store)
}

/** The report of a file that has no errors. */
export async function reportOf(file: string, given: Given = {}): Promise<Report & { evaluated: Evaluated }> {
  const result = await runFile(file, given)
  if (result.kind === 'findings') throw new Error(result.findings.map((f) => `${f.range.start.line + 1}: ${f.code} ${f.message}`).join('\n'))
  if (result.kind === 'plan') throw new Error('only a plan was asked for')
  return { ...result.report, evaluated: result.evaluated }
}
