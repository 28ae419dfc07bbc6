/** A misspelt place: the words of the name that are wrong are replaced, indices and slices stay. */
import type { Expr, Reference, Slice, Span } from '@scrub/grammar'
import { closest } from '../../expr/names.ts'
import type { BoundFile } from '../../hypothesis/bound.ts'
import { partsOf, type Accessor } from '../../hypothesis/reference.ts'
import { tensorText, withIndex, withWord } from '../../hypothesis/spelling.ts'
import type { Edit } from './action.ts'

export interface Replacement {
  readonly name: string
  readonly edits: readonly Edit[]
}

/** The replacements of a reference that names nothing; `spelled` is the name that the finding speaks of, in the graph's spelling. */
export function placeReplacements(bound: BoundFile, reference: Reference, spelled: string, names: readonly string[]): readonly Replacement[] {
  const parts = partsOf(reference)
  if (!parts || parts.space === 'data') return []
  if (parts.space === 'quoted') {
    // With indices filled in, the tensor is not what is written.
    return parts.base === spelled ? names.map((name) => ({ name, edits: [{ span: wordsOf(reference)[0]!, newText: JSON.stringify(name) }] })) : []
  }
  if (parts.space === 'model') {
    return names.map((name) => ({ name, edits: [{ span: { start: reference.span.start, end: endOf(reference, parts.accessors.length) }, newText: tensorText(name) }] }))
  }
  const words = [parts.base, ...parts.accessors.flatMap((one) => (one.kind === 'word' ? [one.text] : []))]
  const found: Replacement[] = []
  // What follows the last word may be a slice of the place rather than a part of its name.
  const last = parts.accessors.findLastIndex(({ kind }) => kind === 'word') + 1
  for (const used of new Set([last, parts.accessors.length])) {
    if (found.length > 0) break
    const name = spell(parts.base, parts.accessors.slice(0, used))
    const near = name === undefined ? [] : name === spelled ? names : closest(name, [...bound.components.keys(), ...bound.points.keys(), ...bound.graph.tensors.keys()])
    for (const other of near) if (name !== undefined) found.push({ name: other, edits: [whole(bound, reference, parts.accessors.length - used, other)] })
  }
  // Indices that are not constant: word by word, as far as the spelled name shows which.
  if (found.length === 0) for (const name of names) found.push(...byWords(reference, words, spelled, name))
  return found
}

/** The reference without its last `rest` accessors, written anew. */
function whole(bound: BoundFile, reference: Reference, rest: number, name: string): Edit {
  const declared = bound.components.has(name) || bound.points.has(name)
  return { span: { start: reference.span.start, end: endOf(reference, rest) }, newText: declared ? name : tensorText(name) }
}

function endOf(reference: Reference, rest: number): number {
  let at: Expr = reference
  for (let left = rest; left > 0 && (at.kind === 'member' || at.kind === 'subscript'); left--) at = at.object
  return at.span.end
}

/** The words of a reference, the base first. */
function wordsOf(reference: Reference): readonly Span[] {
  const words: Span[] = []
  let at: Expr = reference
  for (; at.kind === 'member' || at.kind === 'subscript'; at = at.object) if (at.kind === 'member') words.unshift(at.name.span)
  return [at.span, ...words]
}

/** `b[l].h[0]`, spelled `b0.h0`, becomes `a[l].h[0]` where `a0.h0` is meant: the index of a word stays what it is. */
function byWords(reference: Reference, words: readonly string[], spelled: string, name: string): readonly Replacement[] {
  const [from, to] = [spelled.split('.'), name.split('.')]
  const spans = wordsOf(reference)
  if (from.length !== to.length || from.length !== words.length) return []
  const edits: Edit[] = []
  for (const [i, word] of words.entries()) {
    const index = from[i]!.slice(word.length)
    const other = to[i]!.slice(0, to[i]!.length - index.length)
    if (!from[i]!.startsWith(word) || !to[i]!.endsWith(index) || other === '') return []
    if (other !== word) edits.push({ span: spans[i]!, newText: other })
  }
  return edits.length > 0 ? [{ name, edits }] : []
}

/** In the graph's spelling; undefined where an index is not a number that is written there. */
function spell(base: string, accessors: readonly Accessor[]): string | undefined {
  let name = base
  for (const accessor of accessors) {
    if (accessor.kind === 'word') name = withWord(name, accessor.text)
    else {
      const index = accessor.args.map(numberOf)
      if (index.some((one) => one === undefined)) return undefined
      name = withIndex(name, index as number[])
    }
  }
  return name
}

const numberOf = (arg: Expr | Slice): number | undefined => (arg.kind === 'number' && arg.integer ? arg.value : undefined)
