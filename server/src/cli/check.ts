/** `scrub check`: findings of files against their models and data, before anything is evaluated. */
import type { Checked } from '../protocol/deep.ts'
import type { FileFinding } from '../protocol/findings.ts'
import { startDeepCheck, type DeepOutcome } from '../runner/client.ts'
import { warningsOf } from '../runner/warnings.ts'
import { analyse } from '../scrub/analyse.ts'
import { fileFindings } from '../scrub/positions.ts'
import { distinct } from '../scrub/warnings.ts'
import type { Environment } from './environment.ts'
import { EXIT, exitCodeOf, failedRun, type ExitCode } from './exit.ts'
import { progress } from './progress.ts'
import { showChecked } from './show-checked.ts'
import { countFindings, showFindings, texts } from './show-findings.ts'
import { plural } from '../language/numbers.ts'
import { readSource, rootFolder, shown, type Source } from './source.ts'

export interface CheckOptions {
  readonly strict?: boolean
  readonly root?: string
  readonly json?: boolean
  readonly sarif?: boolean
  /** Whether features are computed on the data, for the warnings that need it. */
  readonly data?: boolean
  /** Whether all that a run would refuse on the weights and the data is tried. */
  readonly deep?: boolean
}

export async function check(files: readonly string[], options: CheckOptions, environment: Environment): Promise<ExitCode> {
  const { stdout, stderr, folder, onInterrupt } = environment
  const root = await rootFolder(options.root, folder)
  // All are opened before any is checked: a misspelt name should not cost a minute.
  const sources = await Promise.all(files.map((file) => readSource(file, folder)))
  const known = new Map<string, string>()
  const findings: FileFinding[] = []
  const checked: (Checked & { readonly file: string })[] = []
  let failed = false
  for (const source of sources) {
    if ('code' in source) {
      findings.push(source)
      continue
    }
    known.set(source.file, source.text)
    const { bound, findings: found } = await analyse(source.file, source.text, { root })
    findings.push(...found)
    if (!bound) continue
    const deep = options.deep ? await deeply(source, root, environment) : undefined
    if (deep?.kind === 'failed') {
      if (deep.failure === 'cancelled') return EXIT.interrupted
      stderr.write(`${shown(source.file, folder)} was not checked on the weights and the data. ${failedRun(deep).message}\n`)
      failed = true
    } else if (deep) {
      findings.push(...deep.findings)
      checked.push(...deep.checked.map((one) => ({ file: source.file, ...one })))
    }
    const stop = new AbortController()
    const stopListening = onInterrupt(() => stop.abort())
    const wanted = { data: options.data !== false && deep?.kind !== 'failed', deep: options.deep ?? false }
    const warned = await warningsOf(bound, root, wanted, stop.signal).finally(stopListening)
    if (stop.signal.aborted) return EXIT.interrupted
    if (warned.failed !== undefined) stderr.write(`${source.file}: the warnings that need the data are missing. ${warned.failed}\n`)
    findings.push(...fileFindings(distinct(warned.findings), source.file, source.text))
  }
  if (options.json) stdout.write(`${JSON.stringify({ findings, ...(options.deep ? { checked } : {}) }, null, 2)}\n`)
  else if (options.sarif) stdout.write(`${JSON.stringify((await import('./sarif.ts')).sarif(findings, folder), null, 2)}\n`)
  else {
    stdout.write(showFindings(findings, texts(known), folder, stdout) + showChecked(checked, folder))
    stderr.write(`${countFindings(findings)} in ${plural(files.length, 'file')}\n`)
  }
  return failed ? EXIT.failed : exitCodeOf(findings, options.strict)
}

/** In a runner, as a run is: Ctrl-C ends it. */
async function deeply({ file, text }: Source, root: string | undefined, { stderr, onInterrupt }: Environment): Promise<DeepOutcome> {
  const bar = progress(stderr)
  const { result, cancel } = startDeepCheck({ file, text, ...(root === undefined ? {} : { root }) }, { onProgress: (step) => bar.update(step) })
  const stopListening = onInterrupt(cancel)
  return result.finally(() => {
    stopListening()
    bar.end()
  })
}
