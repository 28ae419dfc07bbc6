/** Completion of places: components, points, outputs and tensors, found by parts of their path, the possible ones first. */
import type { Span } from '@scrub/grammar'
import type { BoundFile } from '../hypothesis/bound.ts'
import { tensorText } from '../hypothesis/spelling.ts'
import { varies } from '../hypothesis/tensor-graph.ts'
import type { ModelGraph } from '../model/graph.ts'
import { BATCH } from '../onnx/types.ts'
import { NO_SCORE, scorer, searchable } from './fuzzy.ts'
import type { Judge } from './place-legality.ts'
import { type Candidate, type CompletionList, itemOf, listOf, MOST_SUGGESTIONS, type SuggestionKind } from './suggestion.ts'
import { placeType } from '../hypothesis/place-type.ts'

export interface PlaceQuery {
  readonly typed: string
  readonly replace: Span
  /** In quotes, where only tensors can be named, or outside of them. */
  readonly quotes: 'none' | 'open' | 'closed'
  readonly judge?: Judge
  /** Tensors that come before all others. */
  readonly first?: ReadonlySet<string>
  /** Only components, model inputs and outputs: what `through` takes. */
  readonly only?: ReadonlySet<string>
  /** After `model.`: tensors whose names are words. */
  readonly plain?: boolean
}

interface Entry {
  readonly text: string
  readonly tensor: string
  readonly kind: SuggestionKind
  readonly search: string
}

const tensorsOf = new WeakMap<ModelGraph, readonly Entry[]>()

/** Tensors of the file that can be places: those with one value per datum. Made ready for searching once per model. */
function tensorEntries({ graph, transformer }: BoundFile): readonly Entry[] {
  let entries = tensorsOf.get(graph)
  if (!entries) {
    const outputs = new Set(graph.outputs)
    entries = [...graph.tensors.values()].filter(({ name, type }) => type.shape?.[0] === BATCH && (transformer?.view.original.tensors.has(name) ?? true)).map(({ name }) => (
      { text: tensorText(name), tensor: name, kind: outputs.has(name) ? 'output' : 'tensor', search: searchable(name) }
    ))
    tensorsOf.set(graph, entries)
  }
  return entries
}

function entriesOf(bound: BoundFile, quoted: boolean): Entry[] {
  const named = (names: ReadonlyMap<string, string>, kind: SuggestionKind) => [...names].map(([text, tensor]): Entry => ({ text, tensor, kind, search: searchable(text) }))
  const declared = quoted ? [] : [...named(bound.components, 'component'), ...named(bound.points, 'point')]
  const known = new Set(declared.filter(({ text, tensor }) => text === tensor).map(({ tensor }) => tensor))
  const tensors = tensorEntries(bound)
  return declared.concat(known.size === 0 ? tensors : tensors.filter(({ tensor }) => !known.has(tensor)))
}

/** Why nobody wants a node there. */
const STILL = 'the same for every datum'

const KINDS: readonly SuggestionKind[] = ['component', 'point', 'output', 'tensor']

/**
 * At most `MOST_SUGGESTIONS`, and always incomplete: the list is chosen by what is typed, in a way that editors do not know,
 * so each item claims to be exactly what was typed.
 */
export function placeList(bound: BoundFile, query: PlaceQuery): CompletionList {
  const { typed, judge, first, only, plain } = query
  const entries = entriesOf(bound, query.quotes !== 'none')
  const named = only && query.quotes === 'none' ? new Set([...bound.components.values(), ...bound.points.values()]) : undefined
  const reasons = new Array<string | undefined>(entries.length)
  const keys = new Float64Array(entries.length)
  const score = scorer(typed)
  let found = 0
  entries.forEach((entry, index) => {
    if ((only && !only.has(entry.tensor)) || (named?.has(entry.tensor) && entry.kind === 'tensor') || (plain && entry.text !== entry.tensor)) return
    const fit = typed === '' ? 0 : score(entry.search)
    if (fit === NO_SCORE) return
    // A node there would claim nothing: such places come after all others.
    const reason = judge?.(entry.tensor) ?? (varies(bound.graph, entry.tensor) ? undefined : STILL)
    reasons[index] = reason
    const group = first?.has(entry.tensor) ? 0 : reason === undefined ? 1 : 2
    const kind = typed === '' ? KINDS.indexOf(entry.kind) : 0
    // One number to sort by: group, then kind or score, then the order of the graph.
    keys[found++] = ((group * 8 + kind) * 2 ** 17 + Math.min(2 ** 17 - 1, 2 ** 16 - fit)) * 2 ** 20 + index
  })
  const best = keys.subarray(0, found).sort().subarray(0, MOST_SUGGESTIONS)
  const items = Array.from(best, (key, place) => {
    const index = key % 2 ** 20
    return itemOf(candidateOf(bound, entries[index]!, reasons[index], query), place, query.replace, typed === '' ? undefined : typed)
  })
  return { items, isIncomplete: true }
}

/** After `a[l].`: the words that follow in declared names, whatever the indices are. */
export function memberList({ graph, components, points }: BoundFile, typed: string, word: string, replace: Span): CompletionList {
  const before = typed.slice(0, typed.length - word.length)
  const pattern = before.split(/(\[[^\]]*\])/).map((part) => (part.startsWith('[') ? '(?:\\d+|\\[[^\\]]*\\])' : part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))).join('')
  const names = new RegExp(`^${pattern}([^.[]+)`, 'u')
  const seen = new Set<string>()
  const found = ([['component', components], ['point', points]] as const).flatMap(([kind, declared]) => (
    [...declared].flatMap(([name, tensor]): Candidate[] => {
      const next = names.exec(name)?.[1]
      if (next === undefined || seen.has(next)) return []
      seen.add(next)
      const still = !varies(graph, tensor)
      return [{ label: next, kind, rank: Number(still), detail: `${kind} ${name}${still ? ` · ${STILL}` : ''}` }]
    })
  ))
  return listOf(found, word, replace)
}

function candidateOf({ graph }: BoundFile, { text, tensor, kind }: Entry, reason: string | undefined, { quotes }: PlaceQuery): Candidate {
  const { producer } = graph.tensors.get(tensor) ?? {}
  const op = producer === undefined ? 'input' : graph.ops[producer]!.opType
  const type = placeType(graph, { tensor, slice: [] })
  const inside = JSON.stringify(tensor).slice(1, -1)
  return {
    label: quotes === 'none' ? text : tensor, kind, rank: 0,
    insertText: quotes === 'none' ? text : quotes === 'closed' ? inside : `${inside}"`,
    detail: `${type} ${op}${reason === undefined ? '' : ` · ${reason}`}`,
  }
}
