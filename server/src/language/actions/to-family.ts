/** Statements that repeat but for numbers become a family: `node c1 … at a1.h0`, `node c2 … at a2.h0` is `node c[l in [1, 2]] … at a[l].h0`. */
import { pathAt, walk, type ComponentItem, type GraphItem, type HypothesisItem, type NodeItem, type Span, type Token } from '@scrub/grammar'
import { symbolsOf, type SymbolKind } from '../symbols.ts'
import type { Snapshot } from '../snapshot.ts'
import type { Edit, Refactoring } from './action.ts'
import { without } from './rewriting.ts'

type Statement = NodeItem | ComponentItem

export const toFamily: Refactoring = (snapshot, { start }) => {
  const path = pathAt(snapshot.parsed.file, start)
  const statement = path.find((node): node is Statement => node.kind === 'node' || node.kind === 'component')
  const block = path.find((node): node is HypothesisItem | GraphItem => node.kind === 'hypothesis' || node.kind === 'graph')
  if (!statement || !block || path.some(({ kind }) => kind === 'for') || !statement.name || statement.binders.length > 0) return []
  const run = repeated(snapshot, block.items, statement)
  const family = run && written(snapshot, run)
  const references = family && renamedReferences(snapshot, run, family)
  if (!family || !references) return []
  const [first, ...others] = run.statements
  const edits: Edit[] = [{ span: first!.span, newText: family.text }, ...others.map(({ span }) => without(snapshot.text, span)), ...references]
  const what = statement.kind === 'node' ? 'nodes' : statement.sort === 'point' ? 'points' : 'components'
  return [{ title: `Make these ${run.statements.length} ${what} a family`, kind: 'refactor.rewrite', edits }]
}

/** A number in a token that differs from statement to statement. */
interface Slot {
  /** Position of the token in each statement, and of the digits in the first one's image. */
  readonly token: number
  readonly start: number
  readonly end: number
  readonly values: readonly number[]
}

interface Run {
  readonly statements: readonly Statement[]
  readonly tokens: readonly (readonly Token[])[]
  readonly slots: readonly Slot[]
}

/** The statements around one that say the same but for numbers, next to one another. */
function repeated({ parsed }: Snapshot, items: readonly { readonly kind: string; readonly span: Span }[], statement: Statement): Run | undefined {
  const at = items.findIndex(({ span }) => span.start === statement.span.start)
  const tokensOf = ({ span }: { span: Span }) => parsed.tokens.filter((token) => span.start <= token.span.start && token.span.end <= span.end)
  const skeleton = (item: (typeof items)[number]): string | undefined => {
    const one = item as Statement
    if (one.kind !== statement.kind || !one.name || one.binders.length > 0) return undefined
    return tokensOf(one).map(({ type, image }) => `${type} ${image.replace(/\d+/g, '0')}`).join('\n')
  }
  const wanted = skeleton(statement)
  if (at < 0 || wanted === undefined) return undefined
  let from = at
  let to = at + 1
  while (from > 0 && skeleton(items[from - 1]!) === wanted) from--
  while (to < items.length && skeleton(items[to]!) === wanted) to++
  if (to - from < 2) return undefined
  const statements = items.slice(from, to) as unknown as Statement[]
  const tokens = statements.map(tokensOf)
  const slots = tokens[0]!.flatMap((token, t) => [...token.image.matchAll(/\d+/g)].flatMap((match, k): Slot[] => {
    const values = tokens.map((own) => Number([...own[t]!.image.matchAll(/\d+/g)][k]![0]))
    return values.every((value) => value === values[0]) ? [] : [{ token: t, start: match.index, end: match.index + match[0].length, values }]
  }))
  return slots.length > 0 && slots.every(({ values }) => values.every(Number.isSafeInteger)) ? { statements, tokens, slots } : undefined
}

interface Family {
  readonly text: string
  /** The new name of the node that each statement declares. */
  readonly members: readonly string[]
}

/** What an index of the same name would hide. */
const HIDDEN: ReadonlySet<SymbolKind> = new Set<SymbolKind>(['node', 'let', 'column', 'unknown'])
const LETTERS = ['l', 'h', 'i', 'j', 'k', 'm', 'n']

function written(snapshot: Snapshot, { statements, tokens, slots }: Run): Family | undefined {
  const [first] = statements
  const used = new Set(symbolsOf(snapshot.parsed).occurrences.flatMap(({ named: { kind, name } }) => (HIDDEN.has(kind) ? [name] : [])))
  const letters = LETTERS.filter((letter) => !used.has(letter))
  // Numbers that vary together are one index.
  const distinct = [...new Map(slots.map(({ values }) => [values.join(), values])).values()]
  if (distinct.length > 2 || letters.length < distinct.length) return undefined
  const letterOf = (slot: Slot) => letters[distinct.findIndex((values) => values.join() === slot.values.join())]!
  const placed = clauseSpan(first!)
  const nameSpan = first!.name!.span
  const parts: { readonly span: Span; readonly newText: string }[] = []
  const named: Slot[] = []
  for (const slot of slots) {
    const token = tokens[0]![slot.token]!
    const letter = letterOf(slot)
    const inName = nameSpan.start <= token.span.start && token.span.end <= nameSpan.end
    const inPlace = placed !== undefined && placed.start <= token.span.start && token.span.end <= placed.end
    const [start, end] = [token.span.start + slot.start, token.span.start + slot.end]
    const last = slot.end === token.image.length
    if (inName) {
      // `c12` has one index, after its last letter.
      if (!last || !/[^\d]$/u.test(token.image.slice(0, slot.start))) return undefined
      named.push(slot)
      if (first!.kind === 'component') parts.push({ span: { start, end }, newText: `[${named.some((other) => other !== slot && letterOf(other) === letter) ? letter : `${letter} in ${setOf(slot.values)}`}]` })
      else parts.push({ span: { start, end }, newText: '' })
    } else if (token.type === 'Number') {
      if (token.image.length !== slot.end - slot.start) return undefined
      parts.push({ span: { start, end }, newText: letter })
    } else if (inPlace && token.type === 'String') parts.push({ span: { start, end }, newText: `{${letter}}` })
    else if (inPlace && last && (token.type === 'Identifier' || token.type === 'MemberName')) parts.push({ span: { start, end }, newText: `[${letter}]` })
    else return undefined
  }
  if (named.length === 0) return undefined
  if (first!.kind === 'component') {
    // Every index stands in the name, and all pairs of two are there, in order.
    const own = [...new Set(named.map(letterOf))]
    if (own.length !== distinct.length || !isProduct(distinct)) return undefined
  } else {
    if (new Set(named.map(letterOf)).size > 1 || new Set(statements.map((one) => (one as NodeItem).name!.text)).size < statements.length) return undefined
    const bound = distinct.length === 1 ? `${letters[0]} in ${setOf(distinct[0]!)}` : `(${letters.slice(0, 2).join(', ')}) in [${distinct[0]!.map((value, i) => `(${value}, ${distinct[1]![i]})`).join(', ')}]`
    parts.push({ span: { start: nameSpan.end, end: nameSpan.end }, newText: `[${bound}]` })
  }
  const { start, end } = first!.span
  let text = ''
  let from = start
  for (const { span, newText } of parts.sort((a, b) => a.span.start - b.span.start || a.span.end - b.span.end)) {
    text += snapshot.text.slice(from, span.start) + newText
    from = span.end
  }
  const base = first!.kind === 'node' ? first!.name!.text.replace(/\d+$/, '') : ''
  return { text: text + snapshot.text.slice(from, end), members: statements.map((_, i) => `${base}[${distinct.map((values) => values[i]).join(', ')}]`) }
}

const clauseSpan = ({ place }: Statement): Span | undefined => place?.span

/** `range(3)`, or a list. Of the values that several statements share, each once. */
function setOf(values: readonly number[]): string {
  const each = [...new Set(values)]
  return each.length > 1 && each.every((value, i) => value === i) ? `range(${each.length})` : `[${each.join(', ')}]`
}

/** Whether two columns of numbers are all pairs of their values, the first outermost. */
function isProduct(columns: readonly (readonly number[])[]): boolean {
  const [outer, inner] = columns
  if (!outer) return false
  if (!inner) return new Set(outer).size === outer.length
  const [a, b] = [[...new Set(outer)], [...new Set(inner)]]
  return outer.length === a.length * b.length && outer.every((value, i) => value === a[Math.floor(i / b.length)] && inner[i] === b[i % b.length])
}

/** References to the nodes that become members. Components keep their names: `a1.h0` is `a[1].h[0]`. */
function renamedReferences({ parsed }: Snapshot, { statements }: Run, { members }: Family): Edit[] | undefined {
  if (statements[0]!.kind === 'component') return []
  const symbols = symbolsOf(parsed)
  const inside = ({ start }: Span) => statements.some(({ span }) => span.start <= start && start < span.end)
  const edits: Edit[] = []
  const base = members[0]!.slice(0, members[0]!.indexOf('['))
  const hypothesis = symbols.at(statements[0]!.name!.span.start)?.named.hypothesis
  const nodes = [...walk(parsed.file)].filter((node): node is NodeItem => node.kind === 'node')
  if (nodes.some((node) => node.name?.text === base && !statements.includes(node) && symbols.at(node.name.span.start)?.named.hypothesis === hypothesis)) return undefined
  for (const [i, statement] of statements.entries()) {
    const occurrence = symbols.at(statement.name!.span.start)
    if (!occurrence || occurrence.named.definitions.length !== 1) return undefined
    for (const { span, role } of symbols.of(occurrence.named)) {
      if (role === 'definition') continue
      if (inside(span)) return undefined
      edits.push({ span, newText: members[i]! })
    }
  }
  return edits
}
