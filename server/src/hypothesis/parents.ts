/** The parents of a node: the nodes its feature names, then what stands after `from`. */
import type { Span } from '@scrub/grammar'
import { hint } from '../expr/names.ts'
import type { Static } from '../expr/types.ts'
import type { Edge, Through } from './bound.ts'
import { someOf } from './collect.ts'
import type { Clause, Draft, DraftHypothesis } from './draft.ts'
import { flat, memberName, staticValue } from './env.ts'
import type { Findings } from './findings.ts'
import { type NameTable, placeOf } from './places.ts'
import { type Accessor, type Parts, partsOf } from './reference.ts'
import { tensorText } from './spelling.ts'
import { findName } from './walk-expr.ts'
import { fileName, type World } from './world.ts'

/** A component named after `through`. */
export interface Passage {
  readonly tensor: string
  readonly span: Span
}

/** An edge, and where its `through` names what. */
export interface Link {
  readonly edge: Edge
  readonly passages: readonly Passage[]
}

interface Growing {
  readonly target: { readonly kind: 'node'; readonly node: string } | { readonly kind: 'column'; readonly column: string }
  readonly span: Span
  any: boolean
  readonly passages: Passage[]
}

/** Parents in order, each once; a parent named twice may run through what either mention allows. */
export function linksOf(world: World, table: NameTable, hypothesis: DraftHypothesis, draft: Draft, uses: ReadonlySet<string>, blocking: ReadonlySet<string>, findings: Findings): Link[] {
  const found = new Map<string, Growing>()
  const add = (target: Growing['target'], span: Span): Growing => {
    const key = target.kind === 'node' ? `node ${target.node}` : `column ${target.column}`
    let link = found.get(key)
    if (!link) found.set(key, (link = { target, span, any: false, passages: [] }))
    return link
  }
  const feature = draft.features.at(-1)?.value
  for (const node of uses) {
    const base = hypothesis.nodes.get(node)!.base
    add({ kind: 'node', node }, (feature && findName(feature, base)?.span) ?? feature?.span ?? draft.span)
  }
  for (const clause of draft.from) {
    const passages = passagesOf(table, clause, blocking, findings)
    for (const target of targetsOf(world, hypothesis, clause, hypothesis.families.get(draft.base)?.members.length ?? 1, findings)) {
      const link = add(target, clause.value.span)
      link.passages.push(...passages)
      link.any ||= clause.value.through?.any === true
    }
  }
  return [...found.values()].map(({ target, span, any, passages }) => {
    const through: Through = { any, tensors: new Set(passages.map((p) => p.tensor)) }
    return { edge: { ...target, through, span }, passages }
  })
}

function passagesOf(table: NameTable, clause: Clause, blocking: ReadonlySet<string>, findings: Findings): Passage[] {
  const { through } = clause.value
  if (!through || through.any) return []
  return through.places.flatMap((reference): Passage[] => {
    const place = placeOf(clause.origin.world, table, reference, clause.env, findings)
    if (!place) return []
    const tensor = [...table.names.values()].find((one) => one.blocks !== undefined && one.place.tensor === place.tensor)?.blocks ?? place.tensor
    if (blocking.has(tensor)) return [{ tensor, span: reference.span }]
    findings.error('bad-through', reference.span, `${place.text} is no component, so it blocks nothing; leave it out of \`through\`.`)
    return []
  })
}

/** Edges between two families. */
const MOST_EDGES = 2 ** 18

/** The nodes or the column that one entry after `from` names; `siblings` are as many as name them. */
function targetsOf(world: World, hypothesis: DraftHypothesis, clause: Clause, siblings: number, findings: Findings): Growing['target'][] {
  const reference = clause.value.reference
  const parts = partsOf(reference)
  if (!parts) return []
  const unknown = (message: string): [] => {
    findings.error('unknown-node', reference.span, message)
    return []
  }
  const { base, accessors, space } = parts
  const tensor = space === 'quoted' || space === 'model' || (!hypothesis.families.has(base) && !world.columns.has(base) && world.graph.tensors.has(base))
  if (tensor) return unknown(`\`${base}\` is a tensor, and a parent is a node or a column; declare \`node NAME = … at ${tensorText(base)}\` and name that.`)
  if (space === 'data' || !hypothesis.families.has(base)) return columnTarget(world, hypothesis, parts, findings)
  const family = hypothesis.families.get(base)!
  if (family.arity === 0) {
    return accessors.length === 0 ? [{ kind: 'node', node: base }] : unknown(`\`${base}\` is one node, not a family; a parent is the whole node, so leave out what follows the name.`)
  }
  const around = clause.locals.get(base)
  const index = accessors.length > 0 ? indexOf(clause, accessors, findings) : around ? flat(around.map((name) => clause.env.get(name)!)) : undefined
  if (accessors.length === 0 && !around && family.members.length * siblings > MOST_EDGES) {
    findings.error('too-large', reference.span, `Each of ${siblings} nodes would have all ${family.members.length} of \`${base}\` as its parents, and at most ${MOST_EDGES} edges are made; name those that matter: \`${base}[i]\`.`)
    return []
  }
  if (accessors.length === 0 && !around) return family.members.map((node) => ({ kind: 'node', node }))
  if (!index) return []
  const node = memberName(base, index)
  if (hypothesis.nodes.has(node)) return [{ kind: 'node', node }]
  // The first indices of several name all members that begin so.
  const some = index.length < family.arity ? family.members.filter((member) => index.every((value, i) => hypothesis.nodes.get(member)!.index[i] === value)) : []
  return some.length > 0 ? some.map((member) => ({ kind: 'node', node: member })) : unknown(`There is no node \`${node}\`; the members of \`${base}\` are ${someOf(family.members)}.`)
}

function columnTarget(world: World, hypothesis: DraftHypothesis, { base, accessors, space, span }: Parts, findings: Findings): Growing['target'][] {
  if (world.columns.has(base)) {
    if (accessors.length === 0) return [{ kind: 'column', column: base }]
    findings.error('unknown-node', span, `A column is a parent as a whole; write \`${base}\`, or declare a node at the part of the model input that is meant.`)
  } else if (space === 'data') {
    findings.error('unknown-column', span, `\`${base}\` is no column of ${fileName(world.given.dataset.path)}${hint(base, world.columns.keys())}.`)
  } else {
    findings.error('unknown-node', span, `\`${base}\` is no node of this hypothesis and no column of ${fileName(world.given.dataset.path)}${hint(base, [...hypothesis.families.keys(), ...world.columns.keys()])}.`)
  }
  return []
}

function indexOf(clause: Clause, accessors: readonly Accessor[], findings: Findings): Static[] | undefined {
  const index: Static[] = []
  for (const accessor of accessors) {
    if (accessor.kind === 'word') {
      findings.error('unknown-node', clause.value.reference.span, 'A parent is a node, a member of a family (`count[1]`) or a column, so no name can follow here.')
      return undefined
    }
    for (const arg of accessor.args) {
      if (arg.kind === 'slice') {
        findings.error('unknown-node', arg.span, 'Members of a family are named one by one, or all of them by the bare name; a slice names none.')
        return undefined
      }
      const value = staticValue(arg, clause.env, clause.origin.world.statics, findings)
      if (value === undefined) return undefined
      index.push(...flat([value]))
    }
  }
  return index
}
