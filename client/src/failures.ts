/** A failed evaluation: one sentence, and what can be done about it. */
import type { RunFailure } from '../../server/src/protocol/editor.ts'
import type { How } from './runs.ts'

export interface Action {
  readonly title: string
  /** A command of VS Code or Scrub. */
  readonly command?: string
  /** Evaluates once more. */
  readonly retry?: How
}

/** Samples of a batch after which the memory of one batch is hardly what fails. */
const SMALL_BATCH = 64

const LOG: Action = { title: 'Open Log', command: 'scrub.showLog' }

/** `crashes`: how often in a row a run with this key ended the runner. */
export function actionsOf({ failure }: RunFailure, crashes: number): readonly Action[] {
  switch (failure) {
    case 'cancelled': return []
    case 'out-of-memory': return [{ title: 'Retry with Small Batches', retry: { again: true, batch: SMALL_BATCH } }, LOG]
    // What crashes twice crashes again.
    case 'crashed': return [...(crashes < 2 ? [{ title: 'Retry', retry: { again: true } }] : []), { title: 'Copy Report', command: 'scrub.copyDiagnostics' }, LOG]
    case 'provider-unavailable': return [{ title: 'GPU Doctor', command: 'scrub.doctor' }, LOG]
    case 'untrusted': return [{ title: 'Manage Trust', command: 'workbench.trust.manage' }]
    case 'bad-input':
    case 'not-ready': return [{ title: 'Go to Problem', command: 'scrub.showProblems' }]
    case 'internal': return [{ title: 'Copy Report', command: 'scrub.copyDiagnostics' }, LOG]
  }
}
