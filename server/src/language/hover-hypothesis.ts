/** Hover on a hypothesis: its nodes, the size of its tree, its last result and what is expected of it; and on a metric. */
import type { BoundHypothesis, BoundMetric } from '../hypothesis/bound.ts'
import { nodeParents } from '../scrub/tree.ts'
import { baseOf, familiesOf } from './families.ts'
import { code, paragraphs, plain, some, table } from './markdown.ts'
import { count, plural, recovered } from './numbers.ts'
import type { LastResult, Snapshot } from './snapshot.ts'

const MOST_ROWS = 10
const MOST_NAMES = 6

export function hypothesisMarkdown(snapshot: Snapshot, name: string): string | undefined {
  const hypothesis = snapshot.bound?.hypotheses.find((one) => one.name === name)
  const result = snapshot.result(name)
  if (!hypothesis) return result && paragraphs(`**hypothesis** ${code(name)}`, resultMarkdown(result))
  const expected = snapshot.bound!.expectations.filter((one) => one.hypothesis === name || (one.bound.kind === 'hypothesis' && one.bound.name === name))
  const branches = branchesOf(hypothesis)
  return paragraphs(
    `**hypothesis** ${code(name)}: ${plural(hypothesis.nodes.length, 'node')}, ${Number.isFinite(branches) && branches < 1e15 ? plural(branches, 'branch', 'branches') : 'more than 10¹⁵ branches'} of the tree`,
    hypothesis.ok ? undefined : 'It has errors, so it cannot be evaluated yet.',
    nodesTable(hypothesis),
    result ? resultMarkdown(result) : 'Not evaluated yet.',
    expected.length > 0 && `Expected: ${some(expected.map(({ text }) => code(text.replace(/\s+/g, ' '))), MOST_NAMES)}`,
  )
}

function nodesTable(hypothesis: BoundHypothesis): string | undefined {
  const families = [...familiesOf(hypothesis)]
  if (families.length === 0) return undefined
  const rows = families.slice(0, MOST_ROWS).map(([base, members]) => {
    const { featureText, place, parents } = members[0]!
    const names = [...new Set(parents.map((edge) => (edge.kind === 'node' ? baseOf(edge.node) : edge.column)))]
    return [plain(members.length > 1 ? `${base} (${members.length})` : members[0]!.name), plain(featureText, 40), plain(`${place.text}${members.length > 1 ? ' …' : ''}`, 40), names.slice(0, MOST_NAMES).map((one) => plain(one)).join(', ')]
  })
  const more = families.length - rows.length
  return paragraphs(table(['node', 'feature', 'place', 'parents'], rows), more > 0 && `… and ${more} more.`)
}

function resultMarkdown({ report, stale, time, metric, device }: LastResult): string {
  const { value, low, high } = report.recovered
  const interval = value === null ? 'nothing can be said: the shuffled model is as good as the model itself' : `**${recovered(report.recovered)}** recovered`
  const percent = (part: number) => `${(100 * part).toFixed(1)} %`
  const bounds = low === null || high === null || report.exact ? '' : ` (95 % interval ${percent(low)} to ${percent(high)})`
  return paragraphs(
    `${stale ? 'Of an older text' : 'Last result'}: ${interval}${bounds}, ${report.exact ? 'enumerated' : `${count(report.samples)} samples`}${report.partial ? ', stopped early' : ''}; metric ${code(metric)}, on ${code(device)}, ${when(time)}.`,
    ...report.expectations.map(({ text, holds, uncertain }) => `${holds ? '✓' : '✗'} ${code(text.replace(/\s+/g, ' '))}${uncertain ? ' (the interval straddles the bound)' : ''}`),
  )
}

/** Date and time of day where the server runs. */
function when(time: number): string {
  const at = new Date(time)
  const two = (value: number) => String(value).padStart(2, '0')
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}`
}

/** Paths from the root to a node, counted without being made: there may be very many. */
export function branchesOf({ nodes, outputs }: BoundHypothesis): number {
  const paths = new Map<string, number>()
  for (const name of outputs) paths.set(name, (paths.get(name) ?? 0) + 1)
  let all = 0
  // Parents stand before children.
  for (const node of [...nodes].reverse()) {
    const own = paths.get(node.name) ?? 0
    all += own
    if (own > 0) for (const { node: parent } of nodeParents(node)) paths.set(parent, (paths.get(parent) ?? 0) + own)
  }
  return all
}

/** `evaluated` is the metric that is used; another one of the file is only typed. */
export function metricMarkdown(snapshot: Snapshot, name: string, sense: BoundMetric['sense']): string {
  const evaluated = snapshot.bound?.metric
  const own = evaluated?.name === name ? evaluated : undefined
  const list = (what: string, names: readonly string[]) => names.length > 0 && `${what} ${some(names.map((one) => code(one)), MOST_NAMES)}`
  const reads = own && [list('the outputs', own.outputs), list('the unscrubbed outputs', own.unscrubbed), list('the columns', own.columns)].filter(Boolean).join(', ')
  return paragraphs(
    `**${sense}** ${code(name)}: one number per datum, of which ${sense === 'metric' ? 'less' : 'more'} is better`,
    reads && `Reads ${reads}.`,
    evaluated && !own ? `${code(evaluated.name)} is evaluated, unless another is chosen.` : undefined,
  )
}
