/** What completion suggests, and how a list of candidates becomes an answer: filtered, in order, not too long. */
import type { Span } from '@scrub/grammar'
import { NO_SCORE, scorer, searchable } from './fuzzy.ts'

export type SuggestionKind =
  | 'keyword' | 'operator' | 'node' | 'let' | 'index' | 'column' | 'function' | 'parameter' | 'constant'
  | 'component' | 'point' | 'tensor' | 'output' | 'hypothesis' | 'metric' | 'value' | 'file' | 'folder'

export interface CompletionItem {
  readonly label: string
  readonly kind: SuggestionKind
  /** One line of plain text. */
  readonly detail?: string
  /** Markdown. */
  readonly documentation?: string
  readonly insertText: string
  /** `insertText` has tab stops (`$1`, `${1:name}`, `$0`). */
  readonly snippet: boolean
  readonly replace: Span
  readonly sortText: string
  readonly filterText: string
}

export interface CompletionList {
  readonly items: readonly CompletionItem[]
  /** Ask again after the next character: not everything is in the list, or it was chosen by what is typed. */
  readonly isIncomplete: boolean
}

/** A suggestion before its place in the list is known. What costs time is asked of those that are shown only. */
export interface Candidate {
  readonly label: string
  readonly kind: SuggestionKind
  /** Candidates of a lower rank come first, whatever is typed. */
  readonly rank: number
  readonly detail?: string | (() => string | undefined)
  readonly documentation?: string | (() => string)
  /** The label where left out. */
  readonly insertText?: string
  readonly snippet?: boolean
}

/** Longest list that is sent. */
export const MOST_SUGGESTIONS = 200

export const NOTHING: CompletionList = { items: [], isIncomplete: false }

/** Those that what is typed can stand for, best first; of equal labels the first. */
export function listOf(candidates: readonly Candidate[], typed: string, replace: Span): CompletionList {
  const seen = new Set<string>()
  const score = scorer(typed)
  const start = typed.toLowerCase()
  const found = candidates.flatMap((candidate, index) => {
    const found = score(searchable(candidate.label))
    if (found === NO_SCORE || seen.has(candidate.label)) return []
    seen.add(candidate.label)
    return [{ candidate, index, score: typed === '' ? 0 : found, begins: candidate.label.toLowerCase().startsWith(start) ? 0 : 1 }]
  })
  found.sort((a, b) => a.begins - b.begins || a.candidate.rank - b.candidate.rank || b.score - a.score || a.index - b.index)
  return {
    items: found.slice(0, MOST_SUGGESTIONS).map(({ candidate }, place) => itemOf(candidate, place, replace)),
    isIncomplete: found.length > MOST_SUGGESTIONS,
  }
}

export function itemOf(candidate: Candidate, place: number, replace: Span, filterText = candidate.label): CompletionItem {
  const { label, kind, insertText = label, snippet = false } = candidate
  const detail = typeof candidate.detail === 'function' ? candidate.detail() : candidate.detail
  const documentation = typeof candidate.documentation === 'function' ? candidate.documentation() : candidate.documentation
  return {
    label, kind, insertText, snippet, replace, filterText,
    ...(detail ? { detail } : {}),
    ...(documentation ? { documentation } : {}),
    sortText: String(place).padStart(4, '0'),
  }
}
