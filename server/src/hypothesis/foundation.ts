/** What all hypotheses of a file rest on: data, vocabularies, lets, graph, metric. Bound once for many edits of hypotheses. */
import type { DataItem, Finding, LetItem, MetricItem } from '@scrub/grammar'
import { compileExpr } from '../expr/compile.ts'
import { hint } from '../expr/names.ts'
import type { ExprValue, Scope } from '../expr/types.ts'
import { Dag } from '../onnx/dag.ts'
import type { FileParts } from './bind-hypothesis.ts'
import type { BoundFile, BoundMetric, HypothesisOptions, InputBinding } from './bound.ts'
import { fileText } from './canonical.ts'
import { bindGraph, transformerItem } from './components.ts'
import { groundOf, type Ground } from './edges.ts'
import { Findings } from './findings.ts'
import { bindInputs } from './inputs.ts'
import type { Statements } from './items.ts'
import type { ModelGraph } from '../model/graph.ts'
import type { BoundRewrite } from './rewrites.ts'
import { bindMetric, metricScope } from './metric.ts'
import { bindOptions } from './options.ts'
import { columnScope, letScope } from './scopes.ts'
import { bindVocabs } from './vocab.ts'
import { contextOf, type Given, type World } from './world.ts'
import { transformerOf } from '../transformer/find.ts'

export interface Foundation {
  readonly world: World
  readonly findings: Findings
  /** What is wrong with lets, by name; of those that something has used so far. */
  readonly letFindings: ReadonlyMap<string, readonly Finding[]>
  /** Lets that the metrics, the inputs and the filter use. */
  readonly usedLets: ReadonlySet<string>
  readonly parts: FileParts
  readonly inputs: readonly InputBinding[]
  readonly filter: ExprValue | undefined
  readonly limit: number | undefined
  readonly components: ReadonlyMap<string, string>
  readonly points: ReadonlyMap<string, string>
  readonly options: HypothesisOptions
  readonly transformer?: BoundFile['transformer']
  readonly original?: ModelGraph
  readonly rewrites: readonly BoundRewrite[]
  /** What all of them do. */
  readonly rewriteText: string
}

/** Bind everything but hypotheses and expectations. `features` may hold values of an earlier text on the same data. */
export function layFoundation(statements: Statements, text: string, given: Given, features: Dag, metricName: string | undefined): Foundation {
  const findings = new Findings()
  const used = transformerItem(statements.graphs)
  const transformer = used && transformerOf(given.graph)
  const world: World & { graph: ModelGraph } = {
    given, text, features,
    graph: transformer?.kind === 'transformer' ? transformer.graph : given.graph,
    ...(transformer ? { transformer } : {}),
    columns: new Map(given.dataset.columns.map((column) => [column.name, column])),
    lets: letsOf(statements.lets, findings),
    usedLets: new Set(),
    vocabs: new Map(),
    lengths: new Map(),
    statics: { lookup: (name) => scope.lookup(name), lookupIn: (space, name) => scope.lookupIn(space, name), names: () => scope.names() },
  }
  const context = contextOf(world, features, findings)
  const letFindings = new Map<string, readonly Finding[]>()
  const scope = letScope(world.lets, columnScope(world, context), context, world.usedLets, (name, found) => letFindings.set(name, found))
  bindVocabs(world, statements.vocabs, findings)

  // With an error in any of these no hypothesis can run.
  const base = findings.part()
  const data = statements.data[0]
  const own = bindInputs(world, data, base)
  const filter = bindFilter(world, data, scope, base)
  const complete = own.length === given.graph.inputs.length
  const { table, rewrites } = bindGraph(world, statements.graphs, own, base)
  const inputs = [...own, ...rewrites.inputs]
  const metric = chooseMetric(world, statements.metrics, metricName, base, findings)
  const components = new Map<string, string>()
  const points = new Map<string, string>()
  for (const [name, { sort, place, blocks }] of table.names) (sort === 'component' ? components : points).set(name, blocks ?? place.tensor)
  const options = bindOptions(statements.options, { unimportant: 'together' }, findings)
  const limit = data?.limit?.integer ? data.limit.value : undefined
  const blocking = new Set([...components.values(), ...world.graph.inputs, ...(metric?.outputs ?? [])])
  let canonical: string | undefined
  let ground: Ground | undefined
  return {
    world, findings, letFindings, inputs, filter, limit, components, points, options,
    ...(used && transformer?.kind === 'transformer' ? { transformer: { view: transformer, span: used.span } } : {}),
    ...(world.graph === given.graph ? {} : { original: given.graph }),
    rewrites: rewrites.done,
    rewriteText: rewrites.canonical,
    usedLets: new Set(world.usedLets),
    parts: {
      world, table, metric, scope, options,
      blocking,
      ground: () => (ground ??= groundOf(world.graph, table, blocking)),
      covered: complete ? coverage(inputs) : undefined,
      sound: base.errors === 0 && metric !== undefined,
      text: () => (canonical ??= [fileText(world, new Dag(), inputs, metric, filter?.value, limit), rewrites.canonical].filter(Boolean).join('\n')),
    },
  }
}

function letsOf(items: readonly LetItem[], findings: Findings): Map<string, LetItem> {
  const lets = new Map<string, LetItem>()
  for (const item of items) {
    if (!item.name) continue
    const name = item.name.text
    const other = lets.get(name)
    if (other) findings.error('duplicate-name', item.name.span, `\`${name}\` is defined twice; give one of them another name.`, [{ span: other.span, message: 'the first' }])
    else lets.set(name, item)
  }
  return lets
}

function coverage(inputs: readonly InputBinding[]): (column: string) => readonly string[] {
  const covered = new Map<string, string[]>()
  for (const { input, columns } of inputs) for (const column of columns) covered.set(column, [...(covered.get(column) ?? []), input])
  return (column) => covered.get(column) ?? []
}

function bindFilter(world: World, data: DataItem | undefined, scope: Scope, findings: Findings): ExprValue | undefined {
  const expr = data?.filter
  const value = expr && compileExpr(expr, scope, contextOf(world, world.features, findings))?.parts
  if (!expr || !value) return undefined
  const [part] = value
  if (value.length === 1 && part?.dtype === 'bool' && part.shape.length === 0 && part.batched) return part
  const found = value.length !== 1 ? 'a tuple' : part!.shape.length > 0 ? `of shape [${part!.shape.join(', ')}] per datum` : part!.dtype === 'bool' ? 'the same for every datum' : part!.dtype
  findings.error('type-mismatch', expr.span, `A filter is true or false for each datum, but this is ${found}; compare a column with something, or take \`any(…)\` or \`all(…)\`.`)
  return undefined
}

/** Every metric is checked; the one evaluated is the one named, or the first. An error in another breaks no hypothesis. */
function chooseMetric(world: World, items: readonly MetricItem[], wanted: string | undefined, base: Findings, findings: Findings): BoundMetric | undefined {
  const named = items.filter((item) => item.name)
  const chosen = wanted === undefined ? named[0] : named.find((item) => item.name!.text === wanted)
  if (wanted !== undefined && !chosen) {
    base.error('unknown-metric', items[0]?.span ?? { start: 0, end: 0 }, `This file has no metric \`${wanted}\`${hint(wanted, named.map((item) => item.name!.text))}.`)
  }
  const seen = new Set<string>()
  let result: BoundMetric | undefined
  for (const item of named) {
    const name = item.name!.text
    if (seen.has(name)) findings.error('duplicate-name', item.name!.span, `There are two metrics \`${name}\`; give one of them another name.`)
    else {
      const part = item === chosen ? base : findings
      const bound = bindMetric(world, item, part)
      if (item === chosen) result = bound
      if (bound && bound.outputs.length === 0) {
        part.error('no-output-node', item.value!.span, `\`${name}\` reads no output of the model, so no hypothesis can change it; name one of ${world.graph.outputs.map((o) => `\`${o}\``).join(', ')}.`)
      }
    }
    seen.add(name)
  }
  return result
}

/** A let that nothing uses is checked too: it may read columns and outputs. */
export function checkUnusedLets({ world }: Foundation, used: ReadonlySet<string>, findings: Findings): void {
  const scope = metricScope(world, contextOf(world, new Dag(), findings))
  for (const [name, item] of world.lets) {
    if (used.has(name) || item.indices.length > 0) continue
    const binding = scope.lookup(name)
    if (binding?.kind === 'forbidden') findings.error(binding.code, item.name!.span, binding.message)
  }
}
