/** What the language status item says. */
import type { Health } from '../../server/src/protocol/editor.ts'

export interface StatusText {
  readonly text: string
  readonly detail: string
  readonly severity: 'Information' | 'Warning' | 'Error'
  readonly busy: boolean
}

/** `evaluated`: hypotheses that are evaluated or wait to be; `health` of the file that is looked at. */
export function statusText(state: 'starting' | 'running' | 'stopped', evaluated: readonly string[], health: Health | undefined): StatusText {
  if (state === 'stopped') return { text: 'Scrub: the language server has stopped', detail: '', severity: 'Error', busy: false }
  if (state === 'starting') return { text: 'Scrub: starting', detail: '', severity: 'Information', busy: true }
  const [first] = evaluated
  const more = evaluated.length > 1 ? ` and ${evaluated.length - 1} more` : ''
  return {
    text: first === undefined ? (health?.text ?? 'Scrub') : `Evaluating "${first}"${more}`,
    detail: health ? `language server ${Math.round(health.memory / 2 ** 20)} MB` : '',
    severity: health && !health.valid ? 'Warning' : 'Information',
    busy: first !== undefined,
  }
}
