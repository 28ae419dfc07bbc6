/** What a report of a problem should hold, as Markdown; nothing of models, data or hypotheses. */
import { block } from '../../server/src/language/markdown.ts'

export interface Facts {
  /** Versions of the extension, of VS Code and its host. */
  readonly versions: Readonly<Record<string, string>>
  /** What the doctor says; undefined where the server does not answer. */
  readonly doctor: string | undefined
  /** Settings that differ from their defaults. */
  readonly settings: Readonly<Record<string, unknown>>
  readonly trusted: boolean
  /** Of the log, oldest first. */
  readonly log: readonly string[]
  /** The user's folder, which is not told. */
  readonly home: string
}

/** Lines of the log that are told. */
const MOST_LINES = 100

export function diagnosticsReport({ versions, doctor, settings, trusted, log, home }: Facts): string {
  const text = [
    '### Versions', ...Object.entries(versions).map(([name, version]) => `* ${name}: ${version}`), `* workspace ${trusted ? 'trusted' : 'not trusted'}`, '',
    '### Machine', block(doctor?.trimEnd() ?? 'The language server does not answer.'), '',
    '### Settings', ...(Object.keys(settings).length > 0 ? [block(JSON.stringify(settings, undefined, 2))] : ['All at their defaults.']), '',
    '### Log', ...(log.length > 0 ? [block(log.slice(-MOST_LINES).join('\n'))] : ['Empty.']), '',
  ].join('\n')
  return home.length > 1 ? text.replaceAll(home, '~') : text
}
