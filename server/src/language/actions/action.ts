/** What a code action is, and what all of them are given. */
import type { Finding, Span } from '@scrub/grammar'
import type { Snapshot } from '../snapshot.ts'

export interface Edit {
  readonly span: Span
  readonly newText: string
}

export interface Action {
  readonly title: string
  readonly kind: 'quickfix' | 'refactor.rewrite' | 'refactor.extract' | 'source.organize' | 'source.fixAll'
  readonly edits: readonly Edit[]
  /** The findings that it answers. */
  readonly fixes?: readonly Finding[]
  /** The one that is meant almost surely. */
  readonly preferred?: boolean
}

/** Fixes of one finding. */
export type Fix = (snapshot: Snapshot, finding: Finding) => readonly Action[]

/** Actions at a selection. */
export type Refactoring = (snapshot: Snapshot, range: Span) => readonly Action[]

export const quickfix = (title: string, edits: readonly Edit[], finding: Finding, preferred = false): Action =>
  ({ title, kind: 'quickfix', edits, fixes: [finding], ...(preferred ? { preferred } : {}) })
