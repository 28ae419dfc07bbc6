/** What `use transformer` finds: the model's graph with a tensor for every part, and the names of the parts. Plain data. */
import type { ModelGraph } from '../model/graph.ts'

/** A place where the residual stream is what components add up to. */
export interface StreamSum {
  /** The name of the place: `a1.in`, `final.in`. */
  readonly name: string
  /** The stream there, a tensor of the reference graph. */
  readonly stream: string
  /** Axes of that tensor: true where positions come first and data second. */
  readonly positionsFirst: boolean
  /** Tensors of the derived graph that add up to it. */
  readonly terms: readonly string[]
}

export interface TransformerView {
  readonly kind: 'transformer'
  /** The model's graph, in which every part is a tensor. All tensors that are in both have the same values. */
  readonly graph: ModelGraph
  /** The graph of the file, with the same inputs and outputs. */
  readonly original: ModelGraph
  /** The same without fused operators: `stream` of `sums` is in it. */
  readonly reference: ModelGraph
  /** Names to tensors of `graph`, in the order of the model. */
  readonly components: ReadonlyMap<string, string>
  readonly points: ReadonlyMap<string, string>
  readonly sums: readonly StreamSum[]
  readonly layers: readonly { readonly heads: number; readonly mlp: boolean }[]
}

/** How far it got with a model that it does not understand: a sentence without a full stop. */
export interface NoTransformer {
  readonly kind: 'none'
  readonly problem: string
}
