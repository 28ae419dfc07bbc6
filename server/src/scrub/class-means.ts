/** The largest classes of a feature, with the metric of the samples whose reference datum lies in each: means, and how they spread. */
import type { ClassReport, NodeReport } from '../protocol/report.ts'
import { EXAMPLES, largestClasses } from './class-list.ts'
import type { Classes } from './classes.ts'
import type { Feature } from './features.ts'
import { ascending, sortedQuantiles } from './statistics.ts'

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
  readonly spreads: Orders | undefined
}

/** Where outcomes stand by model and by scrubbed metric, smallest first: sorted once for all nodes. */
export interface Orders {
  readonly model: Uint32Array
  readonly scrubbed: Uint32Array
}

export const ordersOf = ({ model, scrubbed }: Pick<Outcomes, 'model' | 'scrubbed'>): Orders => ({ model: ascending(model), scrubbed: ascending(scrubbed) })

/** None for `exact` and `any`. */
export function classMeans({ classes, value }: Feature, outcomes: Outcomes, { original, spreads }: ClassMeansOptions): Pick<NodeReport, 'largest' | 'others'> {
  if (!value) return { largest: [] }
  const shown = largestClasses(classes, MOST_CLASSES)
  const others = shown.length
  const measured = meansByPlace(placesOf(classes, outcomes.reference), others, outcomes, spreads)
  const largest = shown.map(({ members }, place): ClassReport => ({
    value: value(members[0]!),
    count: members.length,
    examples: Array.from(members.subarray(0, EXAMPLES), original),
    ...measured(place),
  }))
  if (classes.count <= others) return { largest }
  const count = shown.reduce((left, { members }) => left - members.length, classes.rows)
  const { model, scrubbed } = measured(others)
  return { largest, others: { classes: classes.count - others, count, model, scrubbed } }
}

/** Of each reference datum, the place of its class in the list of the largest; what is not listed comes after all that is. */
export function placesOf(classes: Classes, reference: Int32Array): Uint8Array {
  const shown = largestClasses(classes, MOST_CLASSES)
  const places = new Uint8Array(classes.count).fill(shown.length)
  for (const [place, { number }] of shown.entries()) places[number] = place
  // A loop: `from` with a function takes ten times as long, for every feature of a wide hypothesis.
  const found = new Uint8Array(reference.length)
  for (let i = 0; i < found.length; i++) found[i] = places[classes.of[reference[i]!]!]!
  return found
}

type Measured = Pick<ClassReport, 'model' | 'scrubbed' | 'spread'>

/** What was measured of the samples at a place of the list, which has `others` places. */
export function meansByPlace(placeOf: Uint8Array, others: number, { model, scrubbed, weights }: Omit<Outcomes, 'reference'>, spreads: Orders | undefined): (place: number) => Measured {
  const counts = new Int32Array(others + 1)
  const sums = { weight: new Float64Array(others + 1), model: new Float64Array(others + 1), scrubbed: new Float64Array(others + 1) }
  for (let i = 0; i < scrubbed.length; i++) {
    const place = placeOf[i]!
    const weight = weights ? weights[i]! : 1
    counts[place]!++
    sums.weight[place]! += weight
    sums.model[place]! += weight * model[i]!
    sums.scrubbed[place]! += weight * scrubbed[i]!
  }
  const within = spreads && { model: byPlace(model, weights, spreads.model, placeOf, counts), scrubbed: byPlace(scrubbed, weights, spreads.scrubbed, placeOf, counts) }
  return (place) => {
    const weight = sums.weight[place]!
    if (weight <= 0) return { model: null, scrubbed: null }
    const means = { model: sums.model[place]! / weight, scrubbed: sums.scrubbed[place]! / weight }
    // All others together are no class.
    return within && place < others ? { ...means, spread: { model: within.model(place), scrubbed: within.scrubbed(place) } } : means
  }
}

/** How the values of one place spread: dealt to the places in ascending order, so that none is sorted again. */
function byPlace(values: Float64Array, weights: Float64Array | undefined, order: Uint32Array, placeOf: Uint8Array, counts: Int32Array): (place: number) => number[] {
  const ends = new Int32Array(counts.length)
  for (let place = 1; place < counts.length; place++) ends[place] = ends[place - 1]! + counts[place - 1]!
  const dealt = new Float64Array(order.length)
  const weighed = weights && new Float64Array(order.length)
  for (const i of order) {
    const at = ends[placeOf[i]!]!++
    dealt[at] = values[i]!
    if (weighed) weighed[at] = weights[i]!
  }
  return (place) => {
    const [start, end] = [ends[place]! - counts[place]!, ends[place]!]
    return sortedQuantiles(dealt.subarray(start, end), weighed?.subarray(start, end), PERCENTS).map((value) => Number(value.toPrecision(6)))
  }
}
