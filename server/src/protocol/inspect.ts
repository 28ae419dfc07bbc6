/** What is known of features and places on a dataset. */

/** The equivalence classes that a feature makes of the data, after `filter` and `limit`. */
export interface FeatureFacts {
  readonly rows: number
  /** Number of classes. */
  readonly classes: number
  /** Share of data that are alone in their class. */
  readonly singletons: number
  /** Effective number of classes: exp of the entropy of the class distribution. */
  readonly effectiveClasses: number
  /** Probability that a drawn datum differs from the one that it stands for: 1 - classes / rows. */
  readonly swapRate: number
  /** A datum (row of the file) on which the feature is NaN. */
  readonly nan?: number
  /** The largest classes first, at most 10. `row` counts rows of the file. */
  readonly list: readonly ClassFacts[]
}

export interface ClassFacts {
  readonly value: string
  readonly count: number
  readonly share: number
  readonly examples: readonly { readonly row: number; readonly text: string }[]
}

/** One thing found out, by the key under which it was asked for. */
export type Fact =
  | { readonly kind: 'feature'; readonly key: string; readonly facts: FeatureFacts }
  /** The feature cannot be computed: why, as a sentence. */
  | { readonly kind: 'broken'; readonly key: string; readonly message: string }
  /** Whether the parents determine a feature; otherwise two data that agree on all of them. */
  | { readonly kind: 'determined'; readonly key: string; readonly against?: readonly [Witness, Witness] }
  /** Features that can hardly be told apart, by their keys; 1 where the partitions are equal. */
  | { readonly kind: 'alike'; readonly key: string; readonly pairs: readonly { readonly a: string; readonly b: string; readonly information: number }[] }
  /** Whether the parts that `use transformer` finds are the model on the data; otherwise the worst place, by how much, and the row of the file. */
  | { readonly kind: 'transformer'; readonly key: string; readonly wrong?: { readonly place: string; readonly largest: number; readonly row: number } }
  /** Whether rewrites change nothing on the data; otherwise the worst of them by its number, by how much, and the row of the file. */
  | { readonly kind: 'rewrites'; readonly key: string; readonly wrong?: { readonly rewrite: number; readonly largest: number; readonly byRow: boolean; readonly row: number } }
  /** Whether the value at a place is the same for every datum. */
  | { readonly kind: 'constant'; readonly key: string; readonly constant: boolean }

/** A datum (row of the file) as text, and the value of a feature on it. */
export interface Witness {
  readonly row: number
  readonly text: string
  readonly value: string
}
