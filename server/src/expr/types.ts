/** What the expression compiler is given and what it gives back. */
import type { Expr, Finding, Span } from '@scrub/grammar'
import type { Dag, Value } from '../onnx/dag.ts'
import type { Tensor } from '../onnx/types.ts'

export type ExprDType = 'bool' | 'int64' | 'float32' | 'float64' | 'string'

/**
 * A value of the language. `shape` is that of one datum; `value` has a leading batch axis exactly when `batched`
 * (a constant has none). A string is int64 codes into `dictionary`.
 */
export interface ExprValue {
  readonly dtype: ExprDType
  readonly shape: readonly number[]
  readonly batched: boolean
  readonly value: Value
  readonly dictionary?: readonly string[]
  /** A column of token ids: string literals stand for their ids in this vocabulary. */
  readonly vocab?: readonly string[]
  /** A number written in the file (`let k = 2.5`): it takes the float type of what it meets. */
  readonly weak?: boolean
}

/** A feature or metric: one part, or several for a tuple. */
export interface Compiled {
  readonly parts: readonly ExprValue[]
}

/** What a name means where an expression stands. */
export type Binding =
  /** A column, a model output, a plain let: compiled on demand by whoever made the scope. */
  | { readonly kind: 'value'; readonly get: () => Compiled | undefined }
  /** A family index or comprehension variable with a known value (number, string or tuple). */
  | { readonly kind: 'index'; readonly value: Static }
  /**
   * `let NAME[i, j] = body` or a node family. `members` are the index tuples of a node family (undefined: any integers).
   * The compiler inlines `body` in `scope` with the indices bound; bare, a family with members is the stacked array.
   */
  | {
      readonly kind: 'family'
      readonly params: readonly string[]
      readonly body: Expr
      readonly scope: Scope
      readonly members?: readonly (readonly Static[])[]
      /** Called for every member an expression uses (node families: these become parents). */
      readonly onUse?: (member: readonly Static[]) => void
    }
  /** Something that exists but may not be named here; the finding's code and message say why. */
  | { readonly kind: 'forbidden'; readonly code: string; readonly message: string }

/** Values known without data: family indices, sets, axes. */
export type Static = number | string | boolean | readonly Static[]

export interface Scope {
  /** A bare name. */
  lookup(name: string): Binding | undefined
  /** `data.x`, `data["x"]`, `model.x`, `model["x"]`. */
  lookupIn(space: 'data' | 'model', name: string): Binding | undefined
  /** All names that could be meant, for did-you-mean. */
  names(): Iterable<string>
}

export interface ExprContext {
  readonly dag: Dag
  /** Findings are added here; an expression with an error compiles to undefined. */
  readonly report: (finding: Finding) => void
  /** `load("x.npy")`: the array, or undefined after reporting at the span. */
  readonly load: (path: string, span: Span) => Tensor | undefined
  /** `weight("initializer")`: a value of the dag, or undefined after reporting at the span. */
  readonly weight: (name: string, span: Span) => Value | undefined
}
