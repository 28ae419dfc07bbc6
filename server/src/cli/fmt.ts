/** `scrub fmt`: format files in place, or standard input to standard output. A text with syntax errors is left alone. */
import { format, parse } from '@scrub/grammar'
import type { FileFinding } from '../protocol/findings.ts'
import { fileFindings } from '../scrub/positions.ts'
import type { Environment } from './environment.ts'
import { EXIT, Stop, wrongUsage, type ExitCode } from './exit.ts'
import { showFindings, texts } from './show-findings.ts'
import { readSource, reason, writeWhole, type Source } from './source.ts'

export interface FmtOptions {
  readonly check?: boolean
  readonly json?: boolean
}

interface Formatted {
  /** As given on the command line. */
  readonly file: string
  readonly changed: boolean
}

export async function fmt(files: readonly string[], options: FmtOptions, environment: Environment): Promise<ExitCode> {
  if (files.includes('-')) {
    if (files.length > 1 || options.json) throw wrongUsage('`-` stands alone: standard input goes to standard output.')
    return formatInput(options, environment)
  }
  const { stdout, stderr, folder } = environment
  const results: Formatted[] = []
  let broken = false
  for (const file of files) {
    const source = await readSource(file, folder)
    const findings = 'code' in source ? [source] : syntaxOf(source)
    if ('code' in source || findings.length > 0) {
      stderr.write(showFindings(findings, texts(new Map()), folder, stderr))
      stderr.write(`${file} was left as it is\n`)
      broken = true
      continue
    }
    const text = format(source.text)
    const changed = text !== source.text
    if (changed && !options.check) await replace(source.file, text, file)
    results.push({ file, changed })
  }
  const changed = results.filter((result) => result.changed)
  if (options.json) stdout.write(`${JSON.stringify({ files: results }, null, 2)}\n`)
  else if (options.check) stdout.write(changed.map(({ file }) => `${file}\n`).join(''))
  else stderr.write(changed.map(({ file }) => `formatted ${file}\n`).join(''))
  return broken || (options.check && changed.length > 0) ? EXIT.findings : EXIT.fine
}

async function formatInput({ check }: FmtOptions, { stdin, stdout, stderr, folder }: Environment): Promise<ExitCode> {
  const source = { file: '<stdin>', text: await stdin() }
  const findings = syntaxOf(source)
  if (findings.length > 0) {
    stderr.write(showFindings(findings, texts(new Map([[source.file, source.text]])), folder, stderr))
    return EXIT.findings
  }
  const text = format(source.text)
  if (check) return text === source.text ? EXIT.fine : EXIT.findings
  stdout.write(text)
  return EXIT.fine
}

const syntaxOf = ({ file, text }: Source): FileFinding[] => fileFindings(parse(text).findings, file, text)

async function replace(path: string, text: string, file: string): Promise<void> {
  try {
    await writeWhole(path, text)
  } catch (error) {
    throw new Stop(EXIT.failed, `${file} could not be written: ${reason(error)}.`)
  }
}
