/** Every name of a file and what it stands for, from the text alone: works on broken files and without a model. */
import type { Parsed, Span, Token } from '@scrub/grammar'
import type { Reach } from './expr-mentions.ts'
import { MentionList } from './mention-list.ts'
import { Mentions } from './mentions.ts'
import { tablesOf, type Tables } from './name-tables.ts'
import { rootOf, type Thing } from './things.ts'

export type SymbolKind =
  | 'hypothesis' | 'node' | 'let' | 'index' | 'metric' | 'component' | 'point'
  /** What no item of the file defines: `external` names. */
  | 'column' | 'tensor' | 'function' | 'unknown'

/** One thing that has a name. Occurrences of one thing share the object. */
export interface Named {
  readonly kind: SymbolKind
  readonly name: string
  /** The hypothesis that it belongs to: of nodes, local lets and indices inside one. */
  readonly hypothesis?: string
  /** Where it is defined: the name, and the whole statement. Several for a node that two merged hypotheses define. */
  readonly definitions: readonly { readonly name: Span; readonly item: Span }[]
}

export interface Occurrence {
  readonly span: Span
  readonly role: 'definition' | 'reference'
  readonly named: Named
  /** Of one word of a name with several (`a[l].h[0]`), or of a part of `"/blocks.{l}/z"`: the whole name. */
  readonly whole?: Span
}

export interface Symbols {
  /** In the order of the text; they do not overlap. */
  readonly occurrences: readonly Occurrence[]
  /** The name at an offset (also right after its last character). */
  readonly at: (offset: number) => Occurrence | undefined
  /** All occurrences of one thing. */
  readonly of: (named: Named) => readonly Occurrence[]
  /** What the file defines that could be named at an offset: innermost first. Columns, tensors and functions are not in it. */
  readonly inScope: (offset: number) => readonly Named[]
}

const known = new WeakMap<Parsed, Symbols>()

/** The names of a parsed text; made once. */
export function symbolsOf(parsed: Parsed): Symbols {
  let made = known.get(parsed)
  if (!made) known.set(parsed, (made = make(parsed)))
  return made
}

function make(parsed: Parsed): Symbols {
  const tables = tablesOf(parsed.file)
  const list = new MentionList(parsed.tokens)
  const mentions = new Mentions(tables, list, bodyEnds(parsed.tokens))
  mentions.all(parsed.file)
  const occurrences = list.found
    .map(({ span, role, thing, whole }): Occurrence => ({ span, role, named: rootOf(thing), ...(whole ? { whole } : {}) }))
    .sort((a, b) => a.span.start - b.span.start)
  const groups = new Map<Named, Occurrence[]>()
  for (const one of occurrences) {
    const group = groups.get(one.named)
    if (group) group.push(one)
    else groups.set(one.named, [one])
  }
  return {
    occurrences,
    at: (offset) => atOffset(occurrences, offset),
    of: (named) => groups.get(named) ?? [],
    inScope: (offset) => inScope(tables, mentions.reaches, offset),
  }
}

/** The name that an offset is in, or that it ends; of two that touch there, the later. */
function atOffset(occurrences: readonly Occurrence[], offset: number): Occurrence | undefined {
  let low = 0
  let high = occurrences.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (occurrences[middle]!.span.start <= offset) low = middle + 1
    else high = middle
  }
  const last = occurrences[low - 1]
  return last && offset <= last.span.end ? last : undefined
}

function inScope({ hypotheses, lets, declared }: Tables, reaches: readonly Reach[], offset: number): Named[] {
  const around = reaches.filter(({ start, end }) => start < offset && offset <= end).reverse()
  const values = new Map<string, Named>()
  const add = (one: Thing): void => { if (!values.has(one.name)) values.set(one.name, rootOf(one)) }
  for (const { thing } of around) if ('kind' in thing) add(thing)
  for (const { thing } of around) {
    if ('kind' in thing) continue
    for (const node of thing.nodes.values()) add(node)
    for (const [name, local] of thing.lets) if (!thing.ambiguous.has(name)) add(local)
  }
  for (const one of lets.values()) add(one)
  return [...values.values(), ...[...declared.values()].flat().map((one) => rootOf(one.thing)), ...[...hypotheses.values()].map(rootOf)]
}

/** Of a block, where its closing brace stands; without one it reaches to what follows. */
function bodyEnds(tokens: readonly Token[]): (item: Span, next: number) => number {
  const braces = tokens.filter(({ type }) => type === 'LeftBrace' || type === 'RightBrace')
  return ({ start, end }, next) => {
    let low = 0
    let high = braces.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (braces[middle]!.span.start < start) low = middle + 1
      else high = middle
    }
    let open = 0
    for (; low < braces.length && braces[low]!.span.end <= end; low++) open += braces[low]!.type === 'LeftBrace' ? 1 : -1
    return open > 0 ? next : end - 1
  }
}
