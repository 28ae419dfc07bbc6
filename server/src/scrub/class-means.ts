/** The largest classes of a feature, with the metric of the samples whose reference datum lies in each: means, and how they spread. */
import type { ClassReport, NodeReport } from '../protocol/report.ts'
import { EXAMPLES, largestClasses } from './class-list.ts'
import type { Feature } from './features.ts'
import { quantiles } from './statistics.ts'

/** Classes that a report tells of. */
const MOST_CLASSES = 30
const PERCENTS = [0, 5, 25, 50, 75, 95, 100]

/** The metric of samples or enumerated outcomes with their reference data; weighted where outcomes have different probabilities. */
export interface Outcomes {
  readonly reference: Int32Array
  readonly model: Float64Array
  readonly scrubbed: Float64Array
  readonly weights?: Float64Array
}

export interface ClassMeansOptions {
  /** A datum's row in the dataset's file. */
  readonly original: (datum: number) => number
  /** Tell the spreads, too. */
  readonly spreads: boolean
}

/** None for `exact` and `any`. */
export function classMeans({ classes, value }: Feature, outcomes: Outcomes, { original, spreads }: ClassMeansOptions): Pick<NodeReport, 'largest' | 'others'> {
  if (!value) return { largest: [] }
  const { reference, model, scrubbed, weights } = outcomes
  const shown = largestClasses(classes, MOST_CLASSES)
  // Places in the list; what is not listed comes after all that is.
  const others = shown.length
  const places = new Int32Array(classes.count).fill(others)
  for (const [place, { number }] of shown.entries()) places[number] = place
  const counts = new Int32Array(others + 1)
  const sums = { weight: new Float64Array(others + 1), model: new Float64Array(others + 1), scrubbed: new Float64Array(others + 1) }
  for (let i = 0; i < scrubbed.length; i++) {
    const place = places[classes.of[reference[i]!]!]!
    const weight = weights ? weights[i]! : 1
    counts[place]!++
    sums.weight[place]! += weight
    sums.model[place]! += weight * model[i]!
    sums.scrubbed[place]! += weight * scrubbed[i]!
  }
  const means = (place: number): Pick<ClassReport, 'model' | 'scrubbed'> => {
    const weight = sums.weight[place]!
    return { model: weight > 0 ? sums.model[place]! / weight : null, scrubbed: weight > 0 ? sums.scrubbed[place]! / weight : null }
  }
  const within = spreads ? byPlace(outcomes, classes.of, places, counts) : undefined
  const largest = shown.map(({ members }, place): ClassReport => {
    const own = sums.weight[place]! > 0 ? within?.(place) : undefined
    return {
      value: value(members[0]!),
      count: members.length,
      examples: Array.from(members.subarray(0, EXAMPLES), original),
      ...means(place),
      ...(own ? { spread: { model: spread(own.model, own.weights), scrubbed: spread(own.scrubbed, own.weights) } } : {}),
    }
  })
  if (classes.count <= others) return { largest }
  const count = shown.reduce((left, { members }) => left - members.length, classes.rows)
  return { largest, others: { classes: classes.count - others, count, ...means(others) } }
}

/** The outcomes of one place at a time, sorted into places once. */
function byPlace({ reference, model, scrubbed, weights }: Outcomes, of: ArrayLike<number>, places: Int32Array, counts: Int32Array): (place: number) => Omit<Outcomes, 'reference'> {
  const ends = new Int32Array(counts.length)
  for (let place = 1; place < counts.length; place++) ends[place] = ends[place - 1]! + counts[place - 1]!
  const order = new Int32Array(reference.length)
  for (let i = 0; i < scrubbed.length; i++) order[ends[places[of[reference[i]!]!]!]!++] = i
  return (place) => {
    const own = order.subarray(ends[place]! - counts[place]!, ends[place]!)
    const taken = (values: Float64Array): Float64Array => Float64Array.from(own, (i) => values[i]!)
    return { model: taken(model), scrubbed: taken(scrubbed), ...(weights ? { weights: taken(weights) } : {}) }
  }
}

const spread = (values: Float64Array, weights: Float64Array | undefined): number[] => quantiles(values, weights, PERCENTS).map((value) => Number(value.toPrecision(6)))
