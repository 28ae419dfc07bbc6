/** A report as tables that a researcher likes to read. */
import type { HypothesisReport, Mean, NodeReport, Report } from '../protocol/report.ts'
import type { Output } from './environment.ts'
import { count, duration, mean, plural, recovered, share, significant, UNDEFINED } from './numbers.ts'
import { shown } from './source.ts'
import { alignedNumbers, table, type Column } from './table.ts'
import { cut, harmless, wrap } from './text.ts'

export interface ShowReport {
  /** Node tables of every hypothesis, with every node. */
  readonly nodes: boolean
  /** Paths are shown relative to this folder. */
  readonly folder: string
}

/** Rows of a node table before it is cut to the nodes that cost most. */
const MOST_NODES = 20

export function showReport(report: Report, options: ShowReport, output: Output): string {
  const { hypotheses } = report
  const blocks = [heading(report, options.folder, output)]
  if (hypotheses.length > 0) blocks.push(hypothesisTable(hypotheses, output), notes(hypotheses, output))
  if (options.nodes || hypotheses.length === 1) {
    for (const hypothesis of hypotheses) blocks.push(nodeBlock(hypothesis, options.nodes, output))
  }
  const expectations = hypotheses.map((hypothesis) => expectationLines(hypothesis, output)).join('')
  if (expectations !== '') blocks.push(expectations)
  return `${blocks.join('\n')}`
}

const factLines = (facts: readonly string[], output: Output): string =>
  wrap(facts, output.columns, ' · ').map((line) => `${output.colours.dim(line)}\n`).join('')

/** What was run on what: enough to cite. */
function heading(report: Report, folder: string, output: Output): string {
  const { bold } = output.colours
  const path = (file: string) => harmless(shown(file, folder))
  const facts = [
    `${report.metric.sense} ${report.metric.name}`,
    `model ${path(report.model.path)}`,
    `data ${path(report.data.path)} (${plural(report.data.rows, 'row')})`,
    `seed ${report.seed}`,
    report.device,
  ]
  return `${bold(path(report.file.path))}\n${factLines(facts, output)}`
}

function hypothesisTable(hypotheses: readonly HypothesisReport[], output: Output): string {
  const { bold } = output.colours
  const column = (head: string, cell: (hypothesis: HypothesisReport) => string): Column => ({ head, align: 'right', cells: hypotheses.map(cell) })
  const means = (head: string, of: (hypothesis: HypothesisReport) => Mean): Column => ({
    head,
    align: 'right',
    cells: alignedNumbers(hypotheses.map((hypothesis) => mean(of(hypothesis)))),
  })
  return table(
    [
      { head: 'hypothesis', align: 'left', cells: hypotheses.map((hypothesis) => harmless(hypothesis.name)) },
      { head: 'recovered', align: 'right', cells: alignedNumbers(hypotheses.map((hypothesis) => recovered(hypothesis.recovered))).map(bold) },
      means('scrubbed', (hypothesis) => hypothesis.scrubbed),
      means('model', (hypothesis) => hypothesis.model),
      means('shuffled', (hypothesis) => hypothesis.shuffled),
      means('constant', (hypothesis) => ({ ...hypothesis.constant, se: 0 })),
      column('samples', (hypothesis) => (hypothesis.exact ? 'exact' : count(hypothesis.samples) + (hypothesis.partial ? ' (partial)' : ''))),
      column('seconds', (hypothesis) => (hypothesis.seconds + hypothesis.costSeconds).toFixed(2)),
    ],
    output,
  )
}

/** What the columns mean, and why a number is missing. */
function notes(hypotheses: readonly HypothesisReport[], output: Output): string {
  const methods = new Set(hypotheses.map((hypothesis) => hypothesis.constant.method))
  const errors = hypotheses.every((hypothesis) => hypothesis.exact) ? 'all draws enumerated' : 'with its 95 % interval; elsewhere ± is one standard error'
  const lines = [`recovered: model = 100 %, shuffled = 0 %, ${errors}; constant: ${[...methods].join('; ')}.`]
  for (const hypothesis of hypotheses) {
    if (hypothesis.recovered.value === null) {
      lines.push(`${UNDEFINED} for ${harmless(hypothesis.name)}: model and shuffled have the same mean here, so there is nothing to recover.`)
    }
    if (hypothesis.partial) lines.push(`${harmless(hypothesis.name)} was stopped early: its numbers rest on ${plural(hypothesis.samples, 'sample')}.`)
  }
  return lines.flatMap((line) => wrap(line.split(' '), output.columns)).map((line) => `${output.colours.dim(line)}\n`).join('')
}

function nodeBlock(hypothesis: HypothesisReport, all: boolean, output: Output): string {
  const { bold } = output.colours
  const { better, worse, nodes } = hypothesis
  const facts = [
    plural(nodes.length, 'node'),
    plural(hypothesis.branches, 'branch', 'branches'),
    `unimportant inputs ${hypothesis.unimportant}`,
    `better on ${share(better.share)} of samples${better.share > 0 ? `, by ${significant(better.mean, 2)} on average` : ''}`,
    `worse on ${share(worse.share)}${worse.share > 0 ? `, by ${significant(worse.mean, 2)}` : ''}`,
    ...(hypothesis.costSeconds > 0 ? [`costs took ${duration(hypothesis.costSeconds)}`] : []),
  ]
  const listed = all || nodes.length <= MOST_NODES ? nodes : dearest(nodes)
  const left = nodes.length - listed.length
  return [
    `${bold(harmless(hypothesis.name))}\n`,
    factLines(facts, output),
    nodeTable(listed, output),
    left > 0 ? `${count(left)} more nodes that cost less; --nodes lists all of them.\n` : '',
  ].join('')
}

/** The nodes that cost most, in the order of the report. */
function dearest(nodes: readonly NodeReport[]): NodeReport[] {
  const kept = new Set(nodes.toSorted((a, b) => Math.abs(b.cost?.value ?? 0) - Math.abs(a.cost?.value ?? 0)).slice(0, MOST_NODES))
  return nodes.filter((node) => kept.has(node))
}

function nodeTable(nodes: readonly NodeReport[], output: Output): string {
  const column = (head: string, cell: (node: NodeReport) => string, align: Column['align'] = 'right'): Column => ({ head, align, cells: nodes.map(cell) })
  const indent = 2
  const columns = [
    column('node', (node) => node.name, 'left'),
    { ...column('place', (node) => harmless(node.place), 'left') },
    ...(nodes.some((node) => node.cost)
      ? [{ ...column('cost', () => ''), cells: alignedNumbers(nodes.map((node) => (node.cost ? recovered(node.cost) : UNDEFINED))) }]
      : []),
    column('swapped', (node) => (node.swapRate === null ? UNDEFINED : share(node.swapRate))),
    column('classes', (node) => count(node.classes)),
    column('singletons', (node) => share(node.singletons)),
  ]
  return table([...columns, { ...column('feature', (node) => cut(harmless(node.feature), 60), 'left'), optional: true }], output, indent)
}

/** `✓ "or of two" recovered > 95%`, with the value it was compared with. */
function expectationLines(hypothesis: HypothesisReport, output: Output): string {
  const { green, red, yellow } = output.colours
  return hypothesis.expectations
    .map(({ text, holds, uncertain }) => {
      const mark = holds ? green('✓') : red('✗')
      const doubt = uncertain ? yellow('; the interval straddles the bound') : ''
      return `${mark} ${harmless(text.replaceAll(/\s+/g, ' '))}  ${output.colours.dim(`(${recovered(hypothesis.recovered)})`)}${doubt}\n`
    })
    .join('')
}
