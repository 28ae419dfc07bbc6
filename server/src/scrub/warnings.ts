/** What a hypothesis says without meaning to: the warnings of semantics.md, section 5, from the structure and from what is known of the data. */
import type { Finding } from '@scrub/grammar'
import type { BoundFile, BoundHypothesis, BoundNode } from '../hypothesis/bound.ts'
import { tensorGraph, upFrom } from '../hypothesis/tensor-graph.ts'
import type { Fact, Witness } from '../protocol/inspect.ts'
import { PARTS, questionsOf, type NodeQuestions, rewritesKey } from './inspection.ts'
import { rewriteNotEqual } from './rewrite-check.ts'
import { notEqual } from './transformer-check.ts'
import { MAX_BRANCHES, nodeParents } from './tree.ts'

/** Branches above which a tree is called large. */
export const LARGE_TREE = 1000
/** Share of data alone in their class above which a feature can hardly be tested. */
export const UNTESTABLE = 0.9

/** Answers that are known, by kind and key. */
export type Known = <K extends Fact['kind']>(kind: K, key: string) => Extract<Fact, { kind: K }> | undefined

const warning = (code: string, span: Finding['span'], message: string, related?: Finding['related']): Finding => ({ code, severity: 'warning', span, message, ...(related ? { related } : {}) })

const number = (value: number): string => value.toLocaleString('en')

/** Warnings that need no data. None of a hypothesis with errors: what is broken leads nowhere. */
export function structuralWarnings(file: BoundFile, hypothesis: BoundHypothesis): Finding[] {
  if (!hypothesis.ok || clean.has(hypothesis.identity)) return []
  const { counts, largest } = branchesOf(hypothesis)
  const found: Finding[] = []
  const reach = influence(file)
  const unused = hypothesis.nodes.filter(({ name }) => !counts.has(name))
  for (const node of unused) {
    found.push(warning('no-effect', node.span, `\`${node.name}\` does not reach the output: no path of parents leads from it to ${hypothesis.outputs.map((name) => `\`${name}\``).join(' or ')}, so it claims nothing; make it a parent of another node, or remove it.`))
  }
  for (const node of hypothesis.nodes) {
    if (file.metric && counts.has(node.name) && !reach(node.place.tensor)) {
      found.push(warning('no-effect', node.placeSpan, `${node.place.text} does not influence \`${file.metric.name}\`: nothing leads from it to ${file.metric.outputs.map((name) => `\`${name}\``).join(' or ')}.`))
    }
  }
  const branches = [...counts.values()].reduce((sum, count) => sum + count, 0)
  if (branches > LARGE_TREE && largest && hypothesis.options.pool === undefined) {
    const refused = branches > MAX_BRANCHES ? ` More than ${number(MAX_BRANCHES)} cannot be run:` : ' Each is drawn and computed by itself:'
    const multiplied = largest.children > 1 ? ` \`${largest.node.name}\` multiplies them most: it is a parent of ${number(largest.children)} nodes.` : ''
    const advice = largest.children > 1 ? 'give it fewer children' : 'take larger slices as places of families'
    found.push(warning('large-tree', largest.node.span, `"${hypothesis.name}" has ${approximately(branches)} branches (paths from the output to a node).${multiplied}${refused} ${advice}, or set \`option pool 2000\`, with which paths share values.`))
  }
  if (found.length === 0) clean.add(hypothesis.identity)
  return found
}

/** Hypotheses without structural warnings. */
const clean = new WeakSet<object>()

const approximately = (count: number): string => (count < 1e9 ? number(count) : `about ${count.toExponential(1)}`)

/** Paths from the root to each node that has any, and the node that multiplies them most. */
function branchesOf(hypothesis: BoundHypothesis): { counts: ReadonlyMap<string, number>; largest: { node: BoundNode; children: number } | undefined } {
  const counts = new Map<string, number>()
  const children = new Map<string, number>()
  for (const name of hypothesis.outputs) counts.set(name, (counts.get(name) ?? 0) + 1)
  // Parents stand before their children.
  for (const node of [...hypothesis.nodes].reverse()) {
    const own = counts.get(node.name)
    if (own === undefined) continue
    for (const { node: parent } of nodeParents(node)) {
      counts.set(parent, (counts.get(parent) ?? 0) + own)
      children.set(parent, (children.get(parent) ?? 0) + 1)
    }
  }
  let largest: { node: BoundNode; children: number } | undefined
  for (const node of hypothesis.nodes) {
    const own = children.get(node.name) ?? 0
    if (own > (largest?.children ?? 1)) largest = { node, children: own }
  }
  return { counts, largest: largest ?? (hypothesis.nodes[0] && { node: hypothesis.nodes[0], children: children.get(hypothesis.nodes[0].name) ?? 0 }) }
}

const influences = new WeakMap<object, { readonly outputs: string; readonly above: Uint8Array }>()

/** Whether something leads from a tensor to an output that the metric reads. */
function influence(file: BoundFile): (tensor: string) => boolean {
  const graph = tensorGraph(file.graph)
  const outputs = file.metric?.outputs ?? []
  const key = outputs.join('\n')
  let known = influences.get(file.graph)
  if (known?.outputs !== key) {
    const above = new Uint8Array(graph.names.length)
    for (const output of outputs) {
      const id = graph.id.get(output)!
      above[id] = 1
      upFrom(graph, id).forEach((seen, i) => { if (seen) above[i] = 1 })
    }
    influences.set(file.graph, (known = { outputs: key, above }))
  }
  const { above } = known
  return (tensor) => above[graph.id.get(tensor)!] === 1
}

/** Each once: hypotheses that extend one another share nodes. */
export function distinct(findings: readonly Finding[]): Finding[] {
  const seen = new Set<string>()
  return findings.filter(({ code, span }) => {
    const key = `${code} ${span.start} ${span.end}`
    return seen.has(key) ? false : seen.add(key)
  })
}

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`

/** What is known of the parts that the file asks for to be found: an error where they are not the model. */
export function partsFindings(file: BoundFile, known: Known): Finding[] {
  const wrong = file.transformer && known('transformer', PARTS)?.wrong
  const rewritten = file.rewriteText === '' ? undefined : known('rewrites', rewritesKey(file))?.wrong
  const worst = rewritten && file.rewrites[rewritten.rewrite]
  return [...(wrong ? [notEqual(file, wrong)] : []), ...(worst ? [rewriteNotEqual({ ...rewritten, worst })] : [])]
}

/** Warnings that follow from what is known of the data; more of them when more is known. */
export function dataWarnings(hypothesis: BoundHypothesis, known: Known): Finding[] {
  const questions = questionsOf(hypothesis)
  return [
    ...hypothesis.nodes.flatMap((node, i) => {
      const found = featureWarnings(node, questions.features[i]!, known)
      const against = questions.determined[i] === undefined ? undefined : known('determined', questions.determined[i])?.against
      if (against) found.push(notAFunction(node, questions.parents[i]!.map((k) => hypothesis.nodes[k]!), against))
      if (known('constant', questions.constants[i]!)?.constant) found.push(constant(node))
      return found
    }),
    ...alike(hypothesis, questions, known),
  ]
}

function featureWarnings(node: BoundNode, key: string, known: Known): Finding[] {
  if (typeof node.feature === 'string') return []
  const broken = known('broken', key)
  if (broken) return [{ code: 'feature-failed', severity: 'error', span: node.featureSpan, message: `The feature of \`${node.name}\` cannot be computed on the data: ${broken.message.replace(/[.\s]*$/, '')}; change it so that it has a value on every datum.` }]
  const facts = known('feature', key)?.facts
  if (!facts) return []
  const found: Finding[] = []
  const { rows, classes, singletons, swapRate } = facts
  if (classes === 1) {
    found.push(warning('vacuous', node.featureSpan, `The feature of \`${node.name}\` has one value on all ${number(rows)} data (${facts.list[0]?.value}), so every datum may stand for every other and the node claims nothing; choose a feature that tells data apart, or write \`any\`.`))
  } else if (singletons > UNTESTABLE) {
    found.push(warning('untestable', node.featureSpan, `The feature of \`${node.name}\` tells nearly all data apart: ${number(classes)} classes of ${number(rows)} data, ${percent(singletons)} of the data alone in theirs. A drawn datum is another one only ${percent(swapRate)} of the time, so the claim is hardly tested; choose a coarser feature, use more data, or write \`exact\`.`))
  }
  if (facts.nan !== undefined) {
    found.push(warning('nan-feature', node.featureSpan, `The feature of \`${node.name}\` is not a number (NaN) on some data, such as row ${facts.nan}; all of these form one class. If that is not meant, guard the division or logarithm with \`if … then … else\`.`))
  }
  return found
}

function notAFunction(node: BoundNode, parents: readonly BoundNode[], [a, b]: readonly [Witness, Witness]): Finding {
  const names = node.parents.map((edge) => `\`${edge.kind === 'node' ? edge.node : edge.column}\``)
  const list = names.length > 4 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ')
  return warning(
    'not-a-function', node.featureSpan,
    `The feature of \`${node.name}\` is not determined by its parents (${list}): they agree on row ${a.row} (${a.text}) and row ${b.row} (${b.text}), but it is ${a.value} on the one and ${b.value} on the other. Add the parent that it depends on, or make the feature a function of those it has.`,
    parents.slice(0, 8).map((parent) => ({ span: parent.featureSpan, message: `the parent \`${parent.name}\`` })),
  )
}

const constant = (node: BoundNode): Finding =>
  warning('no-effect', node.placeSpan, `${node.place.text} has the same value for every datum, so nothing changes when another datum is drawn for \`${node.name}\`; choose another place, or remove the node.`)

function alike({ nodes }: BoundHypothesis, { groups, features, alike: question }: NodeQuestions, known: Known): Finding[] {
  const pairs = known('alike', question)?.pairs ?? []
  const found: Finding[] = []
  const said = new Set<string>()
  for (const { a, b, information } of pairs) {
    const of = (key: string) => groups.flatMap((group, i) => group.nodes.filter((k) => features[k] === key).map((k) => ({ node: nodes[k]!, i })))[0]
    const [first, second] = [of(a), of(b)]
    if (!first || !second || said.has(`${first.i} ${second.i}`)) continue
    said.add(`${first.i} ${second.i}`)
    const same = information === 1
    found.push(warning(
      'indistinguishable', second.node.featureSpan,
      `The features of \`${second.node.name}\` and \`${first.node.name}\` ${same ? 'divide the data into the same classes' : `divide the data into nearly the same classes (adjusted mutual information ${information.toFixed(3)})`}, so scrubbing on these data cannot tell the two apart; use data on which they differ, or one feature for both.`,
      [{ span: first.node.featureSpan, message: `the feature of \`${first.node.name}\`` }],
    ))
  }
  return found
}
