/** What the parts of the binder share: the model, the dataset, the lets, and how lengths and names are looked up. */
import type { LetItem, Span } from '@scrub/grammar'
import type { ColumnSchema, DatasetSchema } from '../data/columns.ts'
import type { ExprContext, Scope } from '../expr/types.ts'
import type { Dag } from '../onnx/dag.ts'
import type { Dim, Tensor } from '../onnx/types.ts'
import type { ModelGraph } from '../model/graph.ts'
import type { NoTransformer, TransformerView } from '../transformer/view.ts'
import type { Findings } from './findings.ts'
import { hint } from '../expr/names.ts'

/** A column; of a string column the dictionary, where the data are loaded. */
export type KnownColumn = ColumnSchema & { readonly dictionary?: readonly string[] }

/** Everything outside the text that binding reads. Functions that open files answer with a sentence when they cannot. */
export interface Given {
  readonly graph: ModelGraph
  readonly dataset: DatasetSchema & { readonly columns: readonly KnownColumn[] }
  readonly load: (path: string) => Tensor | string
  readonly vocab: (path: string) => readonly string[] | string
}

export interface World {
  readonly given: Given
  /** The model's graph, or the one derived from it that the file asks for. */
  readonly graph: ModelGraph
  /** What was found of a transformer, where the file asks for it. */
  readonly transformer?: TransformerView | NoTransformer
  /** The text of the file. */
  readonly text: string
  readonly columns: ReadonlyMap<string, KnownColumn>
  /** Plain lets and let families of the file, by name. */
  readonly lets: ReadonlyMap<string, LetItem>
  /** Plain lets that something has compiled. */
  readonly usedLets: Set<string>
  readonly vocabs: Map<string, readonly string[]>
  /** Lengths of symbolic axes, learnt from the data. */
  readonly lengths: Map<string, number>
  /** All features and the data filter. */
  readonly features: Dag
  /** For sets of indices and slices: the lets of the file that are known without data. */
  readonly statics: Scope
}

/** The length of an axis where it is known. */
export function lengthOf(dim: Dim, lengths: ReadonlyMap<string, number>): number | undefined {
  return typeof dim === 'number' ? dim : lengths.get(dim)
}

/** The compiler's surroundings for one dag. */
export function contextOf(world: Pick<World, 'given' | 'graph'>, dag: Dag, findings: Findings): ExprContext {
  return {
    dag,
    report: findings.add,
    load: (path: string, span: Span) => {
      const tensor = world.given.load(path)
      if (typeof tensor !== 'string') return tensor
      findings.error('data-unreadable', span, tensor)
      return undefined
    },
    weight: (name: string, span: Span) => {
      const initializer = world.graph.initializers.get(name)
      if (initializer) return dag.weight(initializer)
      findings.error('unknown-place', span, `The model has no weight \`${name}\`${hint(name, world.graph.initializers.keys())}.`)
      return undefined
    },
  }
}

/** The last part of a path, for messages. */
export function fileName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
