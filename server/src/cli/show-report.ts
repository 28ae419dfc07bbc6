/** A report as tables that a researcher likes to read. */
import type { HypothesisReport, Mean, NodeReport, Report } from '../protocol/report.ts'
import type { Output } from './environment.ts'
import { deviceText } from '../language/device-text.ts'
import { halfText } from '../language/half-text.ts'
import { count, duration, mean, nullBand, plural, poolText, recovered, recoveredColumn, share, significant, UNDEFINED } from '../language/numbers.ts'
import { shown } from './source.ts'
import { alignedNumbers, fits, table, type Column } from './table.ts'
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
  if (hypotheses.length > 0) blocks.push(hypothesisTable(hypotheses, output), notes(report, output))
  blocks.push(...besides(hypotheses, output))
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
  const numbers = (head: string, cells: readonly string[]): Column => ({ head, align: 'right', cells: alignedNumbers(cells) })
  const means = (head: string, of: (hypothesis: HypothesisReport) => Mean) => numbers(head, hypotheses.map((hypothesis) => mean(of(hypothesis))))
  const samples = ({ exact, partial, samples: drawn }: HypothesisReport) => (exact ? 'exact' : count(drawn) + (partial ? ' (partial)' : ''))
  const name: Column = { head: 'hypothesis', align: 'left', cells: hypotheses.map((hypothesis) => harmless(hypothesis.name)) }
  const own = [
    { ...numbers('recovered', recoveredColumn(hypotheses.map((hypothesis) => hypothesis.recovered))), style: output.colours.bold },
    means('scrubbed', (hypothesis) => hypothesis.scrubbed),
  ]
  const references = [
    means('model', (hypothesis) => hypothesis.model),
    means('shuffled', (hypothesis) => hypothesis.shuffled),
    means('constant', (hypothesis) => ({ ...hypothesis.constant, se: 0 })),
  ]
  const effort: Column[] = [
    { head: 'samples', align: 'right', cells: hypotheses.map(samples) },
    ...(hypotheses.some(({ reduced }) => reduced) ? [numbers('variance', hypotheses.map(({ reduced }) => (reduced ? significant(reduced.variance, 2) : UNDEFINED)))] : []),
    numbers('seconds', hypotheses.map((hypothesis) => (hypothesis.seconds + hypothesis.costSeconds).toFixed(2))),
  ]
  const all = [name, ...own, ...references, ...effort]
  if (fits(all, output)) return table(all, output)
  // Numbers that are the same for all need no column.
  const same = references.filter(({ cells }) => cells.every((cell) => cell === cells[0]))
  const line = factLines(same.map(({ head, cells }) => `${head} ${cells[0]!.trim()}`), output)
  return (same.length > 0 ? `${line}\n` : '') + table(all.filter((column) => !same.includes(column)), output)
}

/** What the columns mean, and why a number is missing. */
function notes(report: Report, output: Output): string {
  const { hypotheses, sharedSeconds } = report
  const methods = new Set(hypotheses.map((hypothesis) => hypothesis.constant.method))
  const errors = hypotheses.every((hypothesis) => hypothesis.exact) ? 'all draws enumerated' : 'with its 95 % interval; elsewhere ± is one standard error'
  const lines = [`recovered: model = 100 %, shuffled = 0 %, ${errors}; constant: ${[...methods].join('; ')}; seconds: with the costs of nodes, without the ${duration(sharedSeconds)} for activations and what else hypotheses share.`]
  const ways = new Set(hypotheses.flatMap(({ reduced }) => reduced?.ways ?? []))
  if (ways.size > 0) lines.push(`variance: that of \`scrubbed\`, as a share of that of as many independent samples (${[...ways].join(', ')}).`)
  for (const hypothesis of hypotheses) {
    if (hypothesis.recovered.value === null) {
      lines.push(`${UNDEFINED} for ${harmless(hypothesis.name)}: model and shuffled have the same mean here, so there is nothing to recover.`)
    }
    if (hypothesis.pool) lines.push(`${harmless(hypothesis.name)} was sampled with pools: ${poolText(hypothesis.pool)}; ± comes from the repetitions, and what a node costs is not measured.`)
    if (hypothesis.partial) lines.push(`${harmless(hypothesis.name)} was stopped early: its numbers rest on ${plural(hypothesis.samples, 'sample')}.`)
  }
  lines.push(...deviceText(report, hypotheses), ...halfText(hypotheses), ...(report.notes ?? []).map(harmless))
  return lines.flatMap((line) => wrap(line.split(' '), output.columns)).map((line) => `${output.colours.dim(line)}\n`).join('')
}

/** What was asked for besides: the null band, and the other ways to draw unimportant inputs. */
function besides(hypotheses: readonly HypothesisReport[], output: Output): string[] {
  const told = hypotheses.filter((one) => one.null ?? one.sensitivity)
  if (told.length === 0) return []
  const name: Column = { head: 'hypothesis', align: 'left', cells: told.map((one) => harmless(one.name)) }
  const column = (head: string, cells: readonly string[]): Column => ({ head, align: 'right', cells: alignedNumbers(cells) })
  const columns = [name]
  const lines: string[] = []
  if (told.some((one) => one.null)) {
    columns.push({ head: 'null', align: 'right', cells: told.map((one) => (one.null ? nullBand(one.null) : UNDEFINED)) })
    const { values, samples } = told.find((one) => one.null)!.null!
    lines.push(`null: the smallest and the largest \`recovered\` of ${plural(values.length, 'hypothesis', 'hypotheses')} of the same shape whose features are permuted over the data, ${plural(samples, 'sample')} each.`)
  }
  if (told.some((one) => one.sensitivity)) {
    for (const way of ['together', 'separate', 'shared'] as const) columns.push(column(way, recoveredColumn(told.map((one) => one.sensitivity?.[way] ?? { value: null, low: null, high: null }))))
    lines.push('together, separate, shared: `recovered` with unimportant inputs drawn that way.')
  }
  return [table(columns, output) + lines.flatMap((line) => wrap(line.split(' '), output.columns)).map((line) => `${output.colours.dim(line)}\n`).join('')]
}

function nodeBlock(hypothesis: HypothesisReport, all: boolean, output: Output): string {
  const { bold } = output.colours
  const { better, worse, nodes } = hypothesis
  const facts = [
    plural(nodes.length, 'node'),
    plural(hypothesis.branches, 'branch', 'branches'),
    `unimportant inputs ${hypothesis.unimportant}`,
    `better on ${share(better.share)} of samples${better.share > 0 ? `, by ${significant(Math.abs(better.mean), 2)} on average` : ''}`,
    `worse on ${share(worse.share)}${worse.share > 0 ? `, by ${significant(Math.abs(worse.mean), 2)}` : ''}`,
    ...(hypothesis.costSeconds >= 1 ? [`costs took ${duration(hypothesis.costSeconds)}`] : []),
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
      ? [{ ...column('cost', () => ''), cells: alignedNumbers(recoveredColumn(nodes.map((node) => node.cost ?? { value: null, low: null, high: null }))) }]
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
      const doubt = hypothesis.recovered.value === null ? '; not defined, so this does not hold' : uncertain ? '; the interval straddles the bound' : ''
      return `${mark} ${harmless(text.replaceAll(/\s+/g, ' '))}  ${output.colours.dim(`(${recovered(hypothesis.recovered)})`)}${doubt && yellow(doubt)}\n`
    })
    .join('')
}
