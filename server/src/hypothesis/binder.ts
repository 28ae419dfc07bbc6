/**
 * Binds the versions of one file as it is edited. What an edit does not touch is kept: the foundation while its statements
 * are the same, and each hypothesis while its own text, those it extends and the lets it uses are.
 */
import { walk, type Expr, type File, type Finding, type LetItem, type Span } from '@scrub/grammar'
import { compileExpr } from '../expr/compile.ts'
import type { Compiled } from '../expr/types.ts'
import { Dag } from '../onnx/dag.ts'
import { bindHypothesis } from './bind-hypothesis.ts'
import type { BoundFile, BoundHypothesis, PlacesAt } from './bound.ts'
import { collectorOf, hypothesesByName } from './collect.ts'
import { bindExpectations } from './expectations.ts'
import { Findings } from './findings.ts'
import { checkUnusedLets, type Foundation, layFoundation } from './foundation.ts'
import { filesOf } from './header.ts'
import { statementsOf, type Statements } from './items.ts'
import { metricScope } from './metric.ts'
import { movedFinding, movedHypothesis, movedPlaces, moveOf } from './moved.ts'
import { namesIn } from './walk-expr.ts'
import { contextOf, type Given } from './world.ts'

/** A hypothesis as it was bound, with all that it depends on. */
interface Kept {
  readonly bound: BoundHypothesis
  readonly typed: (expr: Expr) => Compiled | undefined
  readonly findings: readonly Finding[]
  readonly places: readonly PlacesAt[]
  /** Names that were looked up outside hypotheses, and what their lets said. */
  readonly asked: ReadonlySet<string>
  readonly answers: string
  /** Where the statements stand in whose text its spans lie. */
  readonly anchors: Anchors
}

/** Statements by what they are: lets by name, others of the foundation by number, the hypothesis and its bases by distance. */
type Anchors = ReadonlyMap<string, Span>

interface State {
  readonly given: Given
  readonly metricName: string | undefined
  readonly features: Dag
  /** Values that the first binding needed. */
  size: number
  foundation: Foundation
  /** Texts of the foundation's statements and of the lets that these use; texts of all with where they stand. */
  fixed: string
  layout: string
  kept: ReadonlyMap<string, Kept>
}

/** So many values may pile up from earlier versions, as a multiple of what one version needs, and in any case. */
const MOST_GROWTH = 4
const LEAST_VALUES = 4000

export class Binder {
  private state: State | undefined

  /** The steps of one binding: stopping between two of them loses nothing that was kept. The last one gives the file. */
  *bind(file: File, text: string, given: Given, metricName?: string): Generator<void, BoundFile, void> {
    const statements = statementsOf(file)
    const state = this.prepared(statements, text, given, metricName)
    const { foundation } = state
    yield

    const findings = new Findings()
    filesOf(file).findings.forEach(findings.add)
    foundation.findings.list.forEach(findings.add)
    const byName = hypothesesByName(statements.hypotheses, findings)
    const world = { ...foundation.world, text }
    const parts = { ...foundation.parts, world }
    const collect = collectorOf(world, byName)
    const letText = letTexts(foundation.world.lets, text)
    const fixed = anchorsOf(statements)
    const next = new Map<string, Kept>()
    const hypotheses: Kept[] = []
    for (const [name, item] of byName) {
      const bases = basesOf(name, byName)
      const anchors = new Map([...fixed, ...[item, ...bases].map((one, i) => [`hypothesis ${i}`, one.span] as const)])
      const key = [item, ...bases].map(({ span }) => text.slice(span.start, span.end)).join('\0')
      const old = state.kept.get(key)
      let kept: Kept
      if (old && answersTo(old.asked, letText, foundation.world.lets, old.findings.length > 0) === old.answers) {
        kept = reused(old, anchors)
      } else {
        const collected = collect(name)
        const { bound, typed } = bindHypothesis(parts, collected)
        const asked = new Set(collected.bases.reduce((all, base) => [...all, ...base.asked], [...collected.asked]))
        const found = collected.findings.list
        kept = { bound, typed, findings: found, places: collected.findings.places, asked, answers: answersTo(asked, letText, foundation.world.lets, found.length > 0), anchors }
        yield
      }
      next.set(key, kept)
      hypotheses.push(kept)
      kept.findings.forEach(findings.add)
    }
    state.kept = next

    const asked = new Set(hypotheses.flatMap((kept) => [...kept.asked]))
    // Hypotheses that were kept have not asked this foundation.
    for (const name of asked) if (foundation.world.lets.has(name)) foundation.parts.scope.lookup(name)
    const used = closure([...foundation.usedLets, ...asked], foundation.world.lets)
    for (const name of used) foundation.letFindings.get(name)?.forEach(findings.add)
    // Files and weights that a let names are asked for when it is first used.
    foundation.findings.list.forEach(findings.add)
    checkUnusedLets(foundation, used, findings)
    const expectations = bindExpectations(statements.expects, text, new Set(byName.keys()), findings)
    state.size ||= state.features.size
    return {
      graph: foundation.world.graph,
      ...(foundation.original ? { original: foundation.original } : {}),
      ...(foundation.transformer ? { transformer: foundation.transformer } : {}),
      rewrites: foundation.rewrites,
      rewriteText: foundation.rewriteText,
      schema: given.dataset,
      features: state.features,
      components: foundation.components,
      points: foundation.points,
      blocking: foundation.parts.blocking,
      inputs: foundation.inputs,
      metric: foundation.parts.metric,
      hypotheses: hypotheses.map(({ bound }) => bound),
      options: foundation.options,
      expectations,
      ...(foundation.filter ? { filter: foundation.filter } : {}),
      ...(foundation.limit === undefined ? {} : { limit: foundation.limit }),
      vocabs: foundation.world.vocabs,
      places: [...foundation.findings.places, ...hypotheses.flatMap(({ places }) => places)],
      typed: (expr, hypothesis) => {
        const inside = hypotheses.find(({ bound }) => bound.name === hypothesis)?.typed(expr)
        return inside ?? typedInFile(foundation, expr)
      },
      findings: findings.list,
    }
  }

  /** The foundation for this text: the last one where nothing of it has changed. */
  private prepared(statements: Statements, text: string, given: Given, metricName: string | undefined): State {
    const items = fixedItems(statements)
    const layout = [...statements.lets, ...items].map(({ span }) => `${span.start} ${text.slice(span.start, span.end)}`).join('\0')
    let old = this.state
    if (old && (old.given !== given || old.metricName !== metricName || old.features.size > Math.max(LEAST_VALUES, MOST_GROWTH * old.size))) old = undefined
    if (old?.layout === layout) return old
    const features = old?.features ?? new Dag()
    const foundation = layFoundation(statements, text, given, features, metricName)
    // Other lets count by name, where hypotheses use them.
    const used = closure(items.flatMap((item) => [...walk(item)].flatMap((node) => (node.kind === 'name' ? [node.text] : []))), foundation.world.lets)
    const fixed = [...items, ...[...used].map((name) => foundation.world.lets.get(name)!)].map(({ span }) => text.slice(span.start, span.end)).join('\0')
    this.state = { given, metricName, features, size: old?.size ?? 0, foundation, fixed, layout, kept: old?.fixed === fixed ? old.kept : new Map() }
    return this.state
  }
}

/** Everything but lets, hypotheses and expectations. */
function fixedItems({ models, data, vocabs, metrics, graphs, options }: Statements) {
  return [...models, ...data, ...vocabs, ...metrics, ...graphs, ...options]
}

function anchorsOf(statements: Statements): [string, Span][] {
  const lets = statements.lets.flatMap(({ name, span }): [string, Span][] => (name ? [[`let ${name.text}`, span]] : []))
  return [...lets.reverse(), ...fixedItems(statements).map(({ span }, i): [string, Span] => [`fixed ${i}`, span])]
}

/** All hypotheses that one extends, directly or not. */
function basesOf(name: string, byName: ReadonlyMap<string, Statements['hypotheses'][number]>): Statements['hypotheses'] {
  const found = new Set<string>()
  const open = [name]
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (const ref of byName.get(at)!.extends) {
      const base = ref.kind === 'ident' ? ref.text : ref.value
      if (found.has(base) || !byName.has(base)) continue
      found.add(base)
      open.push(base)
    }
  }
  return [...found].map((base) => byName.get(base)!)
}

/** The text of a let and of all lets that it uses. */
function letTexts(lets: ReadonlyMap<string, LetItem>, text: string): (name: string) => string {
  const made = new Map<string, string>()
  return (name) => {
    let known = made.get(name)
    if (known === undefined) {
      known = [...closure([name], lets)].map((one) => {
        const { span } = lets.get(one)!
        return text.slice(span.start, span.end)
      }).join('\0')
      made.set(name, known)
    }
    return known
  }
}

/** The lets among `names`, with those that they use in turn. */
function closure(names: Iterable<string>, lets: ReadonlyMap<string, LetItem>): Set<string> {
  const found = new Set<string>()
  const open = [...names]
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    const item = lets.get(at)
    if (!item || found.has(at)) continue
    found.add(at)
    if (item.value) open.push(...namesIn(item.value))
  }
  return found
}

/** What the lets say to the names that a hypothesis asks for; suggestions in findings depend on all their names. */
function answersTo(asked: ReadonlySet<string>, letText: (name: string) => string, lets: ReadonlyMap<string, LetItem>, suggested: boolean): string {
  const texts = [...asked].map((name) => (lets.has(name) ? `${name} ${letText(name)}` : ''))
  return `${texts.join('\0')}${suggested ? [...lets.keys()].join() : ''}`
}

function reused(old: Kept, anchors: Anchors): Kept {
  // A let that is gone was not used, or the hypothesis would not be reused.
  const pairs = [...old.anchors].flatMap(([name, from]) => {
    const to = anchors.get(name)
    return to ? [{ from, to }] : []
  })
  const move = moveOf(pairs.map(({ from }) => from), pairs.map(({ to }) => to))
  if (!move) return old
  return {
    ...old, anchors,
    bound: movedHypothesis(old.bound, move),
    findings: old.findings.map((finding) => movedFinding(finding, move)),
    places: old.places.map((one) => movedPlaces(one, move)),
  }
}

/** As a let of the file would be compiled: with columns, or else with outputs too. */
function typedInFile({ world, parts: { scope } }: Foundation, expr: Expr): Compiled | undefined {
  const quiet = { ...contextOf(world, world.features, new Findings()), report: () => {} }
  return compileExpr(expr, scope, quiet) ?? compileExpr(expr, metricScope(world, quiet), quiet)
}
