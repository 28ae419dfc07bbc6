/** `scrub check`: findings of files against their models and data, before anything is evaluated. */
import type { FileFinding } from '../protocol/findings.ts'
import { warningsOf } from '../runner/warnings.ts'
import { analyse } from '../scrub/analyse.ts'
import { fileFindings } from '../scrub/positions.ts'
import { distinct } from '../scrub/warnings.ts'
import type { Environment } from './environment.ts'
import { EXIT, exitCodeOf, type ExitCode } from './exit.ts'
import { countFindings, showFindings, texts } from './show-findings.ts'
import { plural } from '../language/numbers.ts'
import { readSource, rootFolder } from './source.ts'

export interface CheckOptions {
  readonly strict?: boolean
  readonly root?: string
  readonly json?: boolean
  readonly sarif?: boolean
  /** Whether features are computed on the data, for the warnings that need it. */
  readonly data?: boolean
}

export async function check(files: readonly string[], options: CheckOptions, { stdout, stderr, folder, onInterrupt }: Environment): Promise<ExitCode> {
  const root = await rootFolder(options.root, folder)
  // All are opened before any is checked: a misspelt name should not cost a minute.
  const sources = await Promise.all(files.map((file) => readSource(file, folder)))
  const known = new Map<string, string>()
  const findings: FileFinding[] = []
  for (const source of sources) {
    if ('code' in source) {
      findings.push(source)
      continue
    }
    known.set(source.file, source.text)
    const { bound, findings: found } = await analyse(source.file, source.text, { root })
    findings.push(...found)
    if (!bound) continue
    const stop = new AbortController()
    const stopListening = onInterrupt(() => stop.abort())
    const warned = await warningsOf(bound, root, options.data !== false, stop.signal).finally(stopListening)
    if (stop.signal.aborted) return EXIT.interrupted
    if (warned.failed !== undefined) stderr.write(`${source.file}: the warnings that need the data are missing. ${warned.failed}\n`)
    findings.push(...fileFindings(distinct(warned.findings), source.file, source.text))
  }
  if (options.json) stdout.write(`${JSON.stringify({ findings }, null, 2)}\n`)
  else if (options.sarif) stdout.write(`${JSON.stringify((await import('./sarif.ts')).sarif(findings, folder), null, 2)}\n`)
  else {
    stdout.write(showFindings(findings, texts(known), folder, stdout))
    stderr.write(`${countFindings(findings)} in ${plural(files.length, 'file')}\n`)
  }
  return exitCodeOf(findings, options.strict)
}
