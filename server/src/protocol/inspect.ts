/** What the language server asks of the runner about data: facts of features, and whether they say what they seem to say. */

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
  /** The largest classes first, at most 30. `row` counts rows of the file. */
  readonly list: readonly ClassFacts[]
}

export interface ClassFacts {
  readonly value: string
  readonly count: number
  readonly share: number
  readonly examples: readonly { readonly row: number; readonly text: string }[]
}
