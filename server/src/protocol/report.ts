/** The report of a run: complete in itself, so that it can be shown, compared, merged and cited without the files it came from. */
import type { FileFinding } from './findings.ts'

/** Version of this format; raised when a reader of the old one would misread the new one. */
export const REPORT_SCHEMA = 1

/** A mean with its standard error (0 where it was enumerated). */
export interface Mean {
  mean: number
  se: number
}

/** A value with its 95 % confidence interval, as fractions (0.865 is 86.5 %). `null` where it is not defined. */
export interface Interval {
  value: number | null
  low: number | null
  high: number | null
}

/** Share of samples whose metric got better (or worse) than the model's own, and by how much on average. */
export interface Shift {
  share: number
  mean: number
}

export interface NodeReport {
  name: string
  /** As a person would write it: `a1.in[3]`. */
  place: string
  /** The tensor's name in the model. */
  tensor: string
  /** As written. */
  feature: string
  parents: string[]
  /** How many paths lead from the root to this node: the branches in which it is drawn. */
  branches: number
  /** Number of equivalence classes. */
  classes: number
  /** Sizes of the classes, largest first, at most 100. */
  sizes: number[]
  /** Share of data that are alone in their class. */
  singletons: number
  /** Effective number of classes: exp of the entropy of the class distribution. */
  effectiveClasses: number
  /** How often the drawn datum differs from the datum that its child must represent; null for an exact run. */
  swapRate: number | null
  /** `recovered` with the node's claim off minus `recovered`, paired; null when not asked for. */
  cost: Interval | null
}

/** One sample with the data that were swapped in: what the pictures of the tree are made from. */
export interface SampleReport {
  sample: number
  kind: 'worst' | 'best' | 'random'
  /** Index of the reference datum in the dataset. */
  reference: number
  model: number
  scrubbed: number
  /** Rows by path of node names from the root (`out/A`); `out/A/~` is the datum of A's unimportant inputs, `out/A/~/TENSOR` where they are separate. */
  draws: Record<string, number>
}

export interface ExpectationReport {
  text: string
  holds: boolean
  /** The interval straddles the bound. */
  uncertain: boolean
}

export interface HypothesisReport {
  name: string
  /** SHA-256 of everything the evaluation reads of the file. */
  sha256: string
  /** Of its draws. */
  seed: number
  samples: number
  /** Enumerated instead of sampled. */
  exact: boolean
  /** Stopped before all samples were drawn. */
  partial: boolean
  seconds: number
  /** Seconds spent on the nodes' costs, not contained in `seconds`. */
  costSeconds: number
  /** Branches of the treeified hypothesis: paths from the root to a node. */
  branches: number
  unimportant: 'together' | 'separate' | 'shared'
  scrubbed: Mean
  /** Over all data of the dataset (no error), or over the run's reference data where that would take too long. */
  model: Mean & { over: 'data' | 'samples' }
  shuffled: Mean
  constant: { mean: number; method: string }
  recovered: Interval
  better: Shift
  worse: Shift
  nodes: NodeReport[]
  expectations: ExpectationReport[]
  sampled: SampleReport[]
  checks: Checks
}

/** The self-checks that every run makes. */
export interface Checks {
  /** All claims off gives the model's own metric: samples compared and the largest difference relative to |shuffled - model|. */
  identity: { samples: number; largest: number }
  /** Draws compared with the feature they must keep; all of them agree, or the run fails. */
  draws: number
  /** Planned replacements found wired into the compiled graph. */
  replacements: number
}

export interface Report {
  schema: number
  /** Version of Scrub. */
  scrub: string
  seed: number
  /** Device that ran it. */
  device: string
  versions: { scrub: string; onnxruntime: string; node: string }
  file: { path: string; sha256: string }
  metric: { name: string; sense: 'metric' | 'score' }
  model: { path: string; sha256: string; opset: number }
  data: { path: string; sha256: string; rows: number }
  hypotheses: HypothesisReport[]
  findings: FileFinding[]
  /** Seconds spent on what hypotheses share: features, activations, model, shuffled and constant. */
  sharedSeconds: number
  /** ISO 8601. With the fields of seconds the only one that differs between equal runs. */
  time: string
}
