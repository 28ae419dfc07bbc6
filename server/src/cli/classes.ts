/** `scrub classes`: the equivalence classes that a node's feature makes of the data. */
import type { ClassesAnswer } from '../protocol/runner.ts'
import { startClasses } from '../runner/client.ts'
import type { Environment, Output } from './environment.ts'
import { EXIT, exitCodeOf, failedRun, wrongUsage, type ExitCode } from './exit.ts'
import { mustHave, outline } from './names.ts'
import { count, effective, plural, share } from '../language/numbers.ts'
import { showFindings, texts } from './show-findings.ts'
import { readSource, rootFolder } from './source.ts'
import { table } from './table.ts'
import { cut, harmless } from './text.ts'

export interface ClassesOptions {
  readonly hypothesis?: string
  readonly root?: string
  readonly json?: boolean
}

export async function classes(file: string, node: string, options: ClassesOptions, { stdout, stderr, folder, onInterrupt }: Environment): Promise<ExitCode> {
  const source = await readSource(file, folder)
  if ('code' in source) {
    stderr.write(showFindings([source], texts(new Map()), folder, stderr))
    return EXIT.findings
  }
  const { hypothesis } = options
  if (hypothesis !== undefined) mustHave('-H', hypothesis, outline(source).hypotheses)
  const { result, cancel } = startClasses({ ...source, node, hypothesis, root: await rootFolder(options.root, folder) })
  const stopListening = onInterrupt(cancel)
  const outcome = await result.finally(stopListening)
  if (outcome.kind === 'failed') {
    if (outcome.failure === 'cancelled') return EXIT.interrupted
    // What a runner refuses here is the name of the node.
    throw outcome.failure === 'bad-input' ? wrongUsage(outcome.message) : failedRun(outcome)
  }
  stderr.write(showFindings(outcome.findings, texts(new Map([[source.file, source.text]])), folder, stderr))
  if (outcome.kind === 'findings') {
    if (options.json) stdout.write(`${JSON.stringify({ findings: outcome.findings }, null, 2)}\n`)
    return exitCodeOf(outcome.findings)
  }
  stdout.write(options.json ? `${JSON.stringify(outcome.answer, null, 2)}\n` : showClasses(outcome.answer, stdout))
  return EXIT.fine
}

/** Longer lists are for --json. */
const MOST_CLASSES = 30

export function showClasses(answer: ClassesAnswer, output: Output): string {
  const { bold, dim } = output.colours
  const list = answer.list.slice(0, MOST_CLASSES)
  const more = answer.classes - list.length
  return [
    `${bold(answer.node)} = ${harmless(answer.feature)}  at ${harmless(answer.place)}\n`,
    dim(
      `${plural(answer.rows, 'datum', 'data')} in ${plural(answer.classes, 'class', 'classes')} (effectively ${effective(answer.effectiveClasses)}), ` +
        `${share(answer.singletons)} alone in theirs; hypothesis ${harmless(answer.hypothesis)}\n`,
    ),
    '\n',
    table(
      [
        { head: 'value', align: 'left', cells: list.map(({ value }) => harmless(value)) },
        { head: 'data', align: 'right', cells: list.map((entry) => count(entry.count)) },
        { head: 'share', align: 'right', cells: list.map((entry) => share(entry.share)) },
        {
          head: 'examples',
          align: 'left',
          optional: true,
          cells: list.map(({ examples }) => cut(examples.map(({ row, text }) => `${row}: ${harmless(text)}`).join('   '), output.columns)),
        },
      ],
      output,
    ),
    more > 0 ? `${plural(more, 'more class', 'more classes')}${answer.classes > answer.list.length ? '' : '; --json lists all of them'}.\n` : '',
  ].join('')
}
