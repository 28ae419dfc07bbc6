/** The report of a run: complete in itself, so that it can be shown, compared, merged and cited without the files it came from. */
import type { FileFinding } from './findings.ts'
import type { Reduction } from './reductions.ts'

/** Version of this format; raised when a reader of the old one would misread the new one. */
export const REPORT_SCHEMA = 2

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

/** One equivalence class of a node's feature. */
export interface ClassReport {
  /** The feature's value, decoded through the vocabulary where it has one. */
  value: string
  /** Data in it. */
  count: number
  /** Up to three rows of the dataset; their content stands in `texts`. */
  examples: number[]
  /** Means of the metric over the samples whose reference datum lies in it, of the model and scrubbed; null without such samples. */
  model: number | null
  scrubbed: number | null
  /** How they are distributed: the smallest, the 5, 25, 50, 75 and 95 % quantile, the largest, to six digits. Left out without such samples, and in hypotheses of more than 100 nodes. */
  spread?: { model: number[]; scrubbed: number[] }
}

/** All classes that a list of the largest leaves out: how many, their data, and the means as of one class. */
export interface OtherClasses {
  classes: number
  count: number
  model: number | null
  scrubbed: number | null
}

export interface NodeReport {
  name: string
  /** As a person would write it: `a1.in[3]`. */
  place: string
  /** The tensor's name in the model. */
  tensor: string
  /** Type and shape of one datum's value there: `float32[42, 56]`. */
  shape: string
  /** As written. */
  feature: string
  parents: string[]
  /** The parents again, with the components that their values pass on the way: names after `through`, `any` alone for all. */
  edges: { parent: string; through: string[] }[]
  /** Names of the components and inputs that the place reads and no parent stands for, or only for a part or on some of the paths: there they get a random datum. None of a leaf. */
  unimportant: string[]
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
  /** The largest classes, at most 30, largest first. Empty for `exact` and `any`. */
  largest: ClassReport[]
  /** The classes that are not listed; left out where there are none. */
  others?: OtherClasses
  /** How often the drawn datum differs from the datum that its child must represent; null for an exact run. */
  swapRate: number | null
  /** `recovered` with the node's claim off minus `recovered`, paired; null when not asked for. */
  cost: Interval | null
}

/** A component that the file declares. */
export interface ComponentReport {
  name: string
  /** The tensor's name in the model. */
  tensor: string
  /** How many components lie one behind the other on the longest way from an input to it: 0 where none does. */
  layer: number
}

/** A hypothesis before anything is evaluated: its nodes without costs and means. */
export type Structure = Pick<HypothesisReport, 'nodes' | 'unimportant'> & Pick<Report['model'], 'components'>

/** One sample with the data that were swapped in: what the pictures of the tree are made from. */
export interface SampleReport {
  sample: number
  kind: 'worst' | 'best' | 'random'
  /** Row of the reference datum in the dataset's file, before `filter` and `limit`; all rows of a report are counted so. */
  reference: number
  model: number
  scrubbed: number
  /** Rows by path of node names from the root (`out/A`); `out/A/~` is the datum of A's unimportant inputs, `out/A/~/TENSOR` where they are separate. */
  draws: Record<string, number>
  /** Values of the nodes' features on those data, by the same paths; nothing for `exact`, `any` and unimportant inputs. */
  values: Record<string, string>
  /** Values of the nodes' features on the reference datum, by node: the classes that it lies in. Left out in hypotheses of more than 100 nodes. */
  features?: Record<string, string>
}

/** Distributions of the metric: 101 quantiles from the smallest to the largest value, at equal steps of probability; of an exact run weighted by probability. */
export interface Losses {
  model: number[]
  scrubbed: number[]
  /** Over the pairs of data whose mean is `shuffled`. */
  shuffled: number[]
  /** scrubbed - model, sample by sample. */
  difference: number[]
}

/** Adjusted mutual information between the features of the nodes, over the data: 1 where two make the same classes. */
export interface Information {
  /** Names of the nodes, without `exact` and `any`: at most 256, those nearest the output. */
  nodes: string[]
  /** [nodes, nodes], symmetric; null where a feature is constant or it was too much to compute. */
  values: (number | null)[][]
}

/** How scrubbed values were shared (`option pool`): errors come from the repetitions. */
export interface PoolReport {
  /** Values that each node keeps. */
  size: number
  /** Of the whole construction. */
  repetitions: number
  /** Samples of one repetition. */
  samples: number
}

/** How the error of `scrubbed` was made smaller than that of independent samples. */
export interface ReducedReport {
  ways: Reduction[]
  /** Samples that depend on each other: 1 where none do. Errors come from the means of groups. */
  group: number
  /** Control variates that were found. */
  controls: number
  /** The variance of `scrubbed`, as a share of that of as many independent samples. */
  variance: number
}

/** What hypotheses of the same shape recover whose features are permuted over the data. */
export interface NullReport {
  /** Of each of them. */
  samples: number
  /** `recovered` of each, the smallest first. */
  values: number[]
}

/** One of the parts that a run's samples are cut into, counted from 1. */
export interface Shard {
  index: number
  of: number
}

/** A part of a run, with what its expectations are: they are judged when the parts are merged. */
export interface ShardReport extends Shard {
  /** Ended before all was done, also where no hypothesis is `partial`; left out otherwise. */
  stopped?: true
  expectations: { text: string; hypothesis: string; op: '>' | '>=' | '<' | '<='; bound: { kind: 'fraction'; value: number } | { kind: 'hypothesis'; name: string } }[]
}

/** Numbers that came one by one: how many, their mean, and the sum of their squared distances from it. */
export interface Moments {
  count: number
  mean: number
  squares: number
}

/**
 * What merging needs of a hypothesis of a shard besides its report. Vectors are the base64 text of their little-endian
 * numbers, compressed in the format of zlib (RFC 1950), one number for each sample of the shard.
 */
export interface HypothesisShard {
  /** Number of its first sample in the whole run. */
  first: number
  /** Samples of the whole run. */
  total: number
  /** float64: the metric. */
  scrubbed: string
  /** float64: the model's own metric on the reference data. */
  model: string
  /** float64: the metric with the columns of other data; left out where `shuffled` is taken over the dataset. */
  shuffled?: string
  /** int32: rows of the reference data, counted after `filter` and `limit`. */
  reference: string
  /** By nodes that share a feature: uint8, the place in `largest` of the class of the reference datum; the length of `largest` for all other classes. */
  classes: { nodes: string[]; places: string }[]
  /** By node: draws that differ from the datum that they represent, of all draws. */
  swaps: Record<string, { swapped: number; all: number }>
  /** By node: the metric with all claims minus the metric without this one; null where costs were not asked for. */
  costs: Record<string, Moments> | null
  /** float64: sums of products over groups of samples, from which control variates tell the mean; left out without them. */
  control?: string
  /** The largest difference that the self-check with all claims off found, in units of the metric. */
  identity: number
}

/** What the `null` and `sensitivity` of a whole run are made from, in the report of a shard. */
export interface BesidesShard {
  /** Samples of each permuted hypothesis in the whole run; of each the sum of the metric over those of this shard. */
  null?: { samples: number; sums: number[] }
  /** Samples of this shard; by the ways to draw unimportant inputs that were sampled besides, the metric: a vector as in `HypothesisShard`. */
  sensitivity?: { samples: number; values: { together?: string; separate?: string; shared?: string } }
}

export interface ExpectationReport {
  text: string
  holds: boolean
  /** The interval straddles the bound. */
  uncertain: boolean
}

export interface HypothesisReport {
  name: string
  /** The hypothesis that it extends, if any; the first of several. */
  extends: string | null
  /** `recovered` minus that of the hypothesis it extends, paired sample by sample; null without one, or where that was not evaluated in the same run with the same seed and number of samples. */
  difference: Interval | null
  /** SHA-256 of everything the evaluation reads of the file. */
  sha256: string
  /** Of its draws. */
  seed: number
  samples: number
  /** Enumerated instead of sampled. */
  exact: boolean
  /** Stopped before all samples were drawn. */
  partial: boolean
  /** Without those of `null` and `sensitivity`. */
  seconds: number
  /** Seconds spent on the nodes' costs, not contained in `seconds`. */
  costSeconds: number
  /** Branches of the treeified hypothesis: paths from the root to a node. */
  branches: number
  unimportant: 'together' | 'separate' | 'shared'
  /** Where pools were used. */
  pool?: PoolReport
  /** Where ways to a smaller error were asked for. */
  reduced?: ReducedReport
  scrubbed: Mean
  /** Over all data of the dataset (no error), or over the run's reference data where that would take too long. */
  model: Mean & { over: 'data' | 'samples' }
  shuffled: Mean
  constant: { mean: number; method: string }
  recovered: Interval
  /** Left out where it was not asked for, or `recovered` is not defined. */
  null?: NullReport
  /** `recovered` under each way to draw unimportant inputs; left out where it was not asked for. */
  sensitivity?: { together: Interval; separate: Interval; shared: Interval }
  better: Shift
  worse: Shift
  nodes: NodeReport[]
  expectations: ExpectationReport[]
  sampled: SampleReport[]
  losses: Losses
  information: Information
  /** Content of the data that `sampled` and `largest` name, by row, decoded through the vocabulary, at most 200 characters each. */
  texts: Record<string, string>
  checks: Checks
  /** Of a shard's report alone; left out where all draws were enumerated, which every shard does. */
  shard?: HypothesisShard
  /** Of a shard's report alone, where it was asked for. */
  besides?: BesidesShard
}

/** The self-checks that every run makes. */
export interface Checks {
  /** All claims off gives the model's own metric: samples compared and the largest difference relative to |shuffled - model|. */
  identity: { samples: number; largest: number }
  /** Draws compared with the feature they must keep; all of them agree, or the run fails. */
  draws: number
  /** Planned replacements found wired into the compiled graph. */
  replacements: number
  /**
   * Where the file says `use transformer`: data on which components were added up and compared with the residual stream, and outputs with those of
   * the model; the largest difference, relative to the largest value there.
   */
  parts?: { data: number; largest: number }
  /** Rewritten tensors are the model's own: data looked at, and the largest difference relative to the tensor's largest value. Left out without `rewrite`. */
  rewrites?: { data: number; largest: number }
  /**
   * On a device other than the CPU: first samples that were also computed on the CPU alone, and the largest difference of their metric; operators
   * of the graphs that the device ran, and those of them that ran on the CPU instead, by operator and type. Left out on the CPU.
   */
  device?: { samples: number; largest: number; operators: number; onCpu: Record<string, number> }
  /**
   * Where activations were kept as float16: first samples that were also computed from exact activations, and the largest and the mean
   * difference of their metric, as fractions of (shuffled - model). Left out otherwise.
   */
  cache?: { dtype: 'float16'; samples: number; largest: number; mean: number }
}

export interface Report {
  schema: number
  /** Version of Scrub. */
  scrub: string
  seed: number
  /** Device that ran it. */
  device: string
  /** Why, in a sentence, where `auto` tried another one; left out otherwise. */
  deviceReason?: string
  versions: { scrub: string; onnxruntime: string; node: string }
  file: { path: string; sha256: string }
  metric: { name: string; sense: 'metric' | 'score' }
  model: {
    path: string
    sha256: string
    opset: number
    /** Layer by layer from the inputs; left out where the file declares none. */
    components?: ComponentReport[]
  }
  data: { path: string; sha256: string; rows: number }
  hypotheses: HypothesisReport[]
  findings: FileFinding[]
  /** What else is to be told of how it was computed, in sentences; left out where there is nothing. */
  notes?: string[]
  /** Seconds spent on what hypotheses share: features, activations, model, shuffled and constant. */
  sharedSeconds: number
  /** ISO 8601. With the fields of seconds the only one that differs between equal runs. */
  time: string
  /** Where only a part of the samples was drawn; left out otherwise. */
  shard?: ShardReport
}
