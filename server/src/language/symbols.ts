/** Every name of a file and what it stands for, from the text alone: works on broken files and without a model. */
import type { Parsed, Span } from '@scrub/grammar'

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

export declare function symbolsOf(parsed: Parsed): Symbols
