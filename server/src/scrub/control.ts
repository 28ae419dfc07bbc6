/**
 * Control variates: what is known of a sample besides its scrubbed metric. Every branch gets a datum that is uniform over the
 * dataset, since the class that it is drawn from is one of a uniform datum; so the model's own metric there has the known mean
 * `model`, and what the samples happen to be above it can be taken out of their scrubbed mean (Hammersley and Handscomb,
 * Monte Carlo Methods, 1964, chapter 5).
 *
 * The coefficients are those of linear regression, for each of eight parts of the samples on the seven others (Avramidis and
 * Wilson, Operations Research 38, 1990, "splitting"): they are independent of what they are multiplied with, so the mean stays unbiased,
 * exactly. Only sums of products are kept, which add up over parts and shards.
 */
import type { Mean } from '../protocol/report.ts'
import { streamData, type CompiledHypothesis } from './compile.ts'
import type { Draws } from './draws.ts'
import { randomStreams } from './reads.ts'
import { solve } from './solve.ts'
import type { Tree } from './tree.ts'

/** Coefficients are found for each from the others. */
const FOLDS = 8
/** Control variates, at most: sums grow with their square. */
const MOST = 24
/** Groups for each of them, at least: coefficients have errors, too. */
const GROUPS_EACH = 40

/** The data of one control variate: `count` for each branch. */
type Of = (draws: Draws) => Int32Array

/** Where the data come from whose metric is looked at: the reference, and the branches, those nearest the root first. */
export function controlsOf(tree: Tree, compiled: Pick<CompiledHypothesis, 'reads'>, groups: number): Of[] {
  const random = randomStreams(compiled.reads)
  const of = (node: string): Of[] => random.filter((stream) => stream.of === node).map((stream) => (draws) => streamData(draws, stream))
  const all: Of[] = [(draws) => draws.reference(), ...of(''), ...tree.order.flatMap(({ node: { name } }) => [(draws: Draws) => draws.node(name), ...of(name)])]
  return all.slice(0, Math.min(MOST, Math.floor(groups / GROUPS_EACH)))
}

export interface ControlGiven {
  readonly controls: readonly Of[]
  /** The model's own metric of every datum, and its mean. */
  readonly perDatum: Float64Array
  readonly mean: number
  /** Samples that depend on each other. */
  readonly group: number
  /** Number of the first sample, in the whole run. */
  readonly first: number
}

/** How many sums there are for so many control variates. */
export const sumsOf = (controls: number): number => FOLDS * (controls + 2) ** 2

/** Sums of products over groups of samples: of 1, the scrubbed metric and the control variates, both above `model`. */
export class Control {
  private readonly given: ControlGiven
  private readonly width: number
  /** [FOLDS, width, width], the upper triangle of each. */
  readonly sums: Float64Array
  /** Samples that have come. */
  private done = 0

  constructor(given: ControlGiven) {
    this.given = given
    this.width = given.controls.length + 2
    this.sums = new Float64Array(sumsOf(given.controls.length))
  }

  /** The samples that follow those that have come, as far as groups are whole; `draws` has at least them. */
  add(draws: Draws, scrubbed: Float64Array): void {
    const { controls, group, first } = this.given
    const from = first + this.done - draws.first
    const groups = Math.floor((scrubbed.length - from) / group)
    if (groups <= 0) return
    const columns = [Float64Array.from(scrubbed, (value) => value - this.given.mean), ...controls.map((of) => this.above(draws, of))]
    const row = new Float64Array(this.width)
    row[0] = 1
    for (let g = 0; g < groups; g++) {
      const at = from + g * group
      columns.forEach((column, k) => {
        let sum = 0
        for (let i = 0; i < group; i++) sum += column[at + i]!
        row[k + 1] = sum / group
      })
      this.addRow(row, ((draws.first + at) / group) % FOLDS)
    }
    this.done += groups * group
  }

  /** The model's metric on the data of each sample, above its mean; the mean over the branches of a node. */
  private above(draws: Draws, of: Of): Float64Array {
    const { perDatum, mean } = this.given
    const data = of(draws)
    const branches = data.length / draws.count
    const found = new Float64Array(draws.count)
    for (let i = 0; i < data.length; i++) found[i % draws.count]! += (perDatum[data[i]!]! - mean) / branches
    return found
  }

  private addRow(row: Float64Array, fold: number): void {
    const { width, sums } = this
    for (let i = 0, at = fold * width * width; i < width; i++, at += width) {
      const value = row[i]!
      for (let j = i; j < width; j++) sums[at + j]! += value * row[j]!
    }
  }

  /** How many control variates. */
  get count(): number {
    return this.given.controls.length
  }

  estimate(): Mean {
    return controlledMean(this.sums, this.given.mean)
  }
}

/** The mean that such sums tell, and its standard error; `mean` is that of the model. */
export function controlledMean(sums: Float64Array, mean: number): Mean {
  const width = Math.sqrt(sums.length / FOLDS)
  const of = (fold: number, i: number, j: number): number => sums[fold * width * width + Math.min(i, j) * width + Math.max(i, j)]!
  const folds = Array.from({ length: FOLDS }, (_, fold) => fold)
  let [count, sum, squares] = [0, 0, 0]
  for (const fold of folds) {
    const others = (i: number, j: number): number => folds.reduce((all, other) => (other === fold ? all : all + of(other, i, j)), 0)
    const n = others(0, 0)
    const covariance = (i: number, j: number): number => (n === 0 ? 0 : others(i, j) - (others(0, i) * others(0, j)) / n)
    // y - b c, as its coefficients in (y, c…).
    const controls = Array.from({ length: width - 2 }, (_, k) => k + 2)
    const b = [1, ...solve(controls.map((i) => controls.map((j) => covariance(i, j))), controls.map((i) => covariance(1, i))).map((value) => -value)]
    count += of(fold, 0, 0)
    b.forEach((x, i) => {
      sum += x * of(fold, 0, i + 1)
      b.forEach((y, j) => (squares += x * y * of(fold, i + 1, j + 1)))
    })
  }
  const above = sum / count
  return { mean: mean + above, se: count < 2 ? 0 : Math.sqrt(Math.max(0, squares - count * above * above) / (count - 1) / count) }
}
