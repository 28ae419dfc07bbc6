/** A bound hypothesis file: every name resolved against the model graph and the dataset. Plain data plus compiled expressions. */
import type { Expr, Finding, Span } from '@scrub/grammar'
import type { DatasetSchema } from '../data/columns.ts'
import type { ModelGraph } from '../model/graph.ts'
import type { Compiled, ExprValue } from '../expr/types.ts'
import type { Dag, Value } from '../onnx/dag.ts'
import type { TransformerView } from '../transformer/view.ts'
import type { BoundRewrite } from './rewrites.ts'

/** What is taken of one axis after the batch; normalised (no negative indices). */
export type AxisSelector =
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'range'; readonly start: number; readonly stop: number; readonly step: number }
  | DatumIndex

/** An index that every datum has of its own: read at the datum whose value it is, written at the one that is represented. */
export interface DatumIndex {
  readonly kind: 'datum'
  /** The same for indices that are always equal. */
  readonly key: string
  /** As written. */
  readonly text: string
  readonly length: number
  readonly columns: readonly string[]
  /** One int64 per datum in terms of the given columns, shape `[N]`; negative ones are counted from the end already. */
  readonly compile: (dag: Dag, columns: ReadonlyMap<string, Value>) => Value
}

/** A tensor of the model or a slice of it. Axes not mentioned are taken whole; `slice` is empty for a whole tensor. */
export interface Place {
  readonly tensor: string
  readonly slice: readonly AxisSelector[]
  /** As a person would write it: `a1.in[3]`. */
  readonly text: string
}

export interface Through {
  readonly any: boolean
  /** Tensors of the components named. */
  readonly tensors: ReadonlySet<string>
}

export type Edge =
  | { readonly kind: 'node'; readonly node: string; readonly through: Through; readonly span: Span }
  /** A column of the dataset: covers the model inputs that are computed from it. */
  | { readonly kind: 'column'; readonly column: string; readonly through: Through; readonly span: Span }

export interface BoundNode {
  /** `out`, or a member of a family: `count[1]`, `x[9,6]`. */
  readonly name: string
  readonly feature: 'exact' | 'any' | Compiled
  /** The feature as written (after inlining nothing), for people. */
  readonly featureText: string
  readonly place: Place
  /** Parents in order: the nodes that the feature names, then those after `from`. */
  readonly parents: readonly Edge[]
  /** The statement that declares it. */
  readonly span: Span
  /** Where its feature is written, and its place; perhaps in another hypothesis. */
  readonly featureSpan: Span
  readonly placeSpan: Span
}

/** What a reference of the text (after `at`, in `through`, after `component … =`) stands for: several places in a family. */
export interface PlacesAt {
  readonly span: Span
  readonly places: readonly Place[]
}

export const UNIMPORTANT = ['together', 'separate', 'shared'] as const
export type Unimportant = (typeof UNIMPORTANT)[number]

export interface HypothesisOptions {
  readonly unimportant: Unimportant
  readonly samples?: number
  readonly seed?: number
  /** Scrubbed values that each node keeps, instead of a branch for every path. */
  readonly pool?: number
}

export interface HypothesisIdentity {
  /** Canonical text of everything the evaluation reads of the file: what the hypothesis' hash covers. Written when first asked for. */
  readonly canonical: string
}

export interface BoundHypothesis {
  readonly name: string
  /** Names of the hypotheses that it extends, as written. */
  readonly extends: readonly string[]
  /** The same for one hypothesis in several versions of a text that differ elsewhere: what follows from it can be kept by this. */
  readonly identity: HypothesisIdentity
  /** Parents before children. */
  readonly nodes: readonly BoundNode[]
  /** Names of the nodes at outputs that the metric reads: the parents of the root. */
  readonly outputs: readonly string[]
  readonly options: HypothesisOptions
  readonly span: Span
  /** That of its identity. */
  readonly canonical: string
  /** Nothing in it has an error, nor in what it takes over, nor in the graph, the metric and the data. */
  readonly ok: boolean
}

/** How a model input gets its values: from a column as it is, or from an expression over columns. */
export interface InputBinding {
  readonly input: string
  /** Columns read. */
  readonly columns: readonly string[]
  /** Compile in terms of the given columns (values with a batch axis) to the input's dtype and shape. */
  readonly compile: (dag: Dag, columns: ReadonlyMap<string, Value>) => Value
  /** True when it is one column, at most cast. */
  readonly plain: boolean
}

export interface BoundMetric {
  readonly name: string
  readonly sense: 'metric' | 'score'
  /** Model outputs read scrubbed, read unscrubbed (`model.x`), and columns read. */
  readonly outputs: readonly string[]
  readonly unscrubbed: readonly string[]
  readonly columns: readonly string[]
  /** One float64 per datum, shape `[N]`. */
  readonly compile: (dag: Dag, values: {
    readonly outputs: ReadonlyMap<string, Value>
    readonly unscrubbed: ReadonlyMap<string, Value>
    readonly columns: ReadonlyMap<string, Value>
  }) => Value
  /** Set when the metric is a bare `binary_cross_entropy(f(outputs), column)` or `cross_entropy(f(outputs), column)`. */
  readonly crossEntropy?: { readonly kind: 'binary' | 'categorical'; readonly column: string }
  readonly span: Span
}

export interface Expectation {
  readonly text: string
  readonly hypothesis: string
  readonly op: '>' | '>=' | '<' | '<='
  readonly bound: { readonly kind: 'fraction'; readonly value: number } | { readonly kind: 'hypothesis'; readonly name: string }
  readonly span: Span
}

export interface BoundFile {
  /** The model's graph, or the one derived from it that the file asks for. */
  readonly graph: ModelGraph
  /** The model's graph, where `graph` is derived from it. */
  readonly original?: ModelGraph
  /** Rewrites that were carried out, in order, and a text of all that they do. */
  readonly rewrites: readonly BoundRewrite[]
  readonly rewriteText: string
  /** What `use transformer` found: `graph` is its graph, or was before rewrites. */
  readonly transformer?: { readonly view: TransformerView; readonly span: Span }
  readonly schema: DatasetSchema
  /** Features of all hypotheses live in one dag; its inputs are columns, named by `columnInput`. */
  readonly features: Dag
  /** Name to tensor, of declared components and points. */
  readonly components: ReadonlyMap<string, string>
  readonly points: ReadonlyMap<string, string>
  /** Tensors that block for every hypothesis: components, model inputs and the outputs that the metric reads. */
  readonly blocking: ReadonlySet<string>
  readonly inputs: readonly InputBinding[]
  readonly metric: BoundMetric | undefined
  readonly hypotheses: readonly BoundHypothesis[]
  readonly expectations: readonly Expectation[]
  /** Options of the file, which those of a hypothesis stand above. */
  readonly options: HypothesisOptions
  /** `filter` of the data statement, one bool per datum, compiled into `features`. */
  readonly filter?: ExprValue
  readonly limit?: number
  /** Decoded vocabularies by column. */
  readonly vocabs: ReadonlyMap<string, readonly string[]>
  /** All references to places, in no particular order. */
  readonly places: readonly PlacesAt[]
  /** Compiles an expression where nodes and lets of a hypothesis are known, or only those of the file; says nothing about errors. */
  readonly typed: (expr: Expr, hypothesis?: string) => Compiled | undefined
  readonly findings: readonly Finding[]
}

/** The name under which a column enters a dag. */
export const columnInput = (name: string): string => `data.${name}`
