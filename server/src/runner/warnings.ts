/** All warnings about a file that was analysed: what a command asks once, and an editor bit by bit. */
import type { Finding } from '@scrub/grammar'
import type { BoundFile } from '../hypothesis/bound.ts'
import type { Fact } from '../protocol/inspect.ts'
import { inspectionOf } from '../scrub/inspection.ts'
import { dataWarnings, partsFindings, structuralWarnings, type Known } from '../scrub/warnings.ts'
import { RunnerService, ServiceFailure } from './service.ts'

export interface Warned {
  readonly findings: readonly Finding[]
  /** Why the data could not be asked, as a sentence; the findings are then those of the structure alone. */
  readonly failed?: string
}

export interface WarningsWanted {
  /** Features and places are computed on the data too. */
  readonly data: boolean
  /** A deep check compares the parts of the model and the rewrites, and tells of them. */
  readonly deep: boolean
}

/** `signal` stops what is computed. */
export async function warningsOf(bound: BoundFile, root: string | undefined, { data, deep }: WarningsWanted, signal?: AbortSignal): Promise<Warned> {
  const structural = bound.hypotheses.flatMap((hypothesis) => structuralWarnings(bound, hypothesis))
  const request = data ? inspectionOf(bound, bound.hypotheses, root, (kind) => deep && (kind === 'transformer' || kind === 'rewrites'), deep) : undefined
  if (!request) return { findings: structural }
  const facts = new Map<string, Fact>()
  const known: Known = (kind, key) => facts.get(`${kind} ${key}`) as never
  const runner = new RunnerService({ idle: () => 0, log: () => {} })
  let failed: string | undefined
  try {
    await runner.inspect(request, (fact) => facts.set(`${fact.kind} ${fact.key}`, fact), signal)
  } catch (error) {
    if (!(error instanceof ServiceFailure)) throw error
    failed = error.message
  } finally {
    runner.close()
  }
  const findings = [...structural, ...partsFindings(bound, known), ...bound.hypotheses.flatMap((hypothesis) => dataWarnings(hypothesis, known))]
  return failed === undefined ? { findings } : { findings, failed }
}
