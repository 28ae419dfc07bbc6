/** The largest classes of a feature, with the metric of the samples whose reference datum lies in each: means, and how they spread. */
import type { ClassReport, NodeReport } from '../protocol/report.ts'
import { EXAMPLES, largestClasses } from './class-list.ts'
import type { Classes } from './classes.ts'
import type { Feature } from './features.ts'
import { ascending, inOrder } from './ascending.ts'
import { sortedQuantiles } from './statistics.ts'

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

/** Outcomes by reference datum, of which there are fewer: what every node asks of them is counted once. Data are numbered as they appear. */
export interface ByDatum {
  /** An outcome of each datum. */
  readonly first: Int32Array
  /** Outcomes of each datum, and sums over them. */
  readonly counts: Int32Array
  readonly weight: Float64Array
  readonly model: Float64Array
  readonly scrubbed: Float64Array
  /** Where it is to be told how they spread. */
  readonly orders: Orders | undefined
}

interface Orders {
  /** Data by the model's metric, smallest first, with that metric: it is a function of the datum. */
  readonly model: { readonly datum: Uint32Array; readonly values: Float64Array }
  /** Outcomes by the scrubbed metric, smallest first, each with the number of its datum and its weight. */
  readonly scrubbed: { readonly datum: Uint32Array; readonly values: Float64Array; readonly weights: Float64Array | undefined }
}

/** `order`: where the outcomes stand by scrubbed metric, where it is to be told how they spread. */
export function byDatum({ reference, model, scrubbed, weights }: Outcomes, order?: Uint32Array): ByDatum {
  const n = reference.length
  const numbers = new Int32Array(reference.reduce((most, x) => Math.max(most, x + 1), 0)).fill(-1)
  const of = new Int32Array(n)
  const first = new Int32Array(Math.min(n, numbers.length))
  let data = 0
  for (let i = 0; i < n; i++) {
    const x = reference[i]!
    if (numbers[x]! < 0) {
      numbers[x] = data
      first[data++] = i
    }
    of[i] = numbers[x]!
  }
  const sums = { counts: new Int32Array(data), weight: new Float64Array(data), model: new Float64Array(data), scrubbed: new Float64Array(data) }
  for (let i = 0; i < n; i++) {
    const d = of[i]!
    const weight = weights ? weights[i]! : 1
    sums.counts[d]!++
    sums.weight[d]! += weight
    sums.model[d]! += weight * model[i]!
    sums.scrubbed[d]! += weight * scrubbed[i]!
  }
  return { first: first.subarray(0, data), ...sums, orders: order && ordersOf(order) }

  function ordersOf(order: Uint32Array): Orders {
    const perDatum = Float64Array.from(first.subarray(0, data), (i) => model[i]!)
    const datum = ascending(perDatum)
    const numbered = new Uint32Array(n)
    for (let i = 0; i < n; i++) numbered[i] = of[order[i]!]!
    return {
      model: { datum, values: inOrder(perDatum, datum) },
      scrubbed: { datum: numbered, values: inOrder(scrubbed, order), weights: weights && inOrder(weights, order) },
    }
  }
}

/** `original`: a datum's row in the dataset's file. None for `exact` and `any`. */
export function classMeans({ classes, value }: Feature, { reference }: Pick<Outcomes, 'reference'>, outcomes: ByDatum, original: (datum: number) => number): Pick<NodeReport, 'largest' | 'others'> {
  if (!value) return { largest: [] }
  const shown = largestClasses(classes, MOST_CLASSES)
  const others = shown.length
  const measured = meansByPlace(placesOf(classes, inPlaces(reference, outcomes.first)), others, outcomes)
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

/** Those that stand at these places. */
export function inPlaces<T extends Int32Array | Uint8Array>(values: T, places: Int32Array): T {
  const found = new (values.constructor as new (n: number) => T)(places.length)
  for (let i = 0; i < found.length; i++) found[i] = values[places[i]!]!
  return found
}

type Measured = Pick<ClassReport, 'model' | 'scrubbed' | 'spread'>

/** What was measured of the outcomes at a place of the list, which has `others` places; `placeOf` by number of the datum. */
export function meansByPlace(placeOf: Uint8Array, others: number, { counts, weight, model, scrubbed, orders }: ByDatum): (place: number) => Measured {
  const sums = { counts: new Int32Array(others + 1), weight: new Float64Array(others + 1), model: new Float64Array(others + 1), scrubbed: new Float64Array(others + 1) }
  for (let d = 0; d < placeOf.length; d++) {
    const place = placeOf[d]!
    sums.counts[place]! += counts[d]!
    sums.weight[place]! += weight[d]!
    sums.model[place]! += model[d]!
    sums.scrubbed[place]! += scrubbed[d]!
  }
  const within = orders && { model: weighed(orders.model.datum, orders.model.values, inOrder(weight, orders.model.datum), placeOf, others), scrubbed: scrubbedWithin(orders, placeOf, sums.counts) }
  return (place) => {
    const weight = sums.weight[place]!
    if (weight <= 0) return { model: null, scrubbed: null }
    const means = { model: sums.model[place]! / weight, scrubbed: sums.scrubbed[place]! / weight }
    // All others together are no class.
    return within && place < others ? { ...means, spread: { model: within.model(place), scrubbed: within.scrubbed(place) } } : means
  }
}

const scrubbedWithin = ({ scrubbed: { datum, values, weights } }: Orders, placeOf: Uint8Array, counts: Int32Array): ((place: number) => number[]) =>
  weights ? weighed(datum, values, weights, placeOf, counts.length - 1) : counted(datum, values, placeOf, counts)

const shortened = (value: number): number => Number(value.toPrecision(6))

/** How the values of one place spread, where each counts once: read off while the values of its place are counted, in ascending order. */
function counted(datum: Uint32Array, values: Float64Array, placeOf: Uint8Array, counts: Int32Array): (place: number) => number[] {
  const most = PERCENTS.length
  const ranks = new Int32Array(counts.length * most)
  counts.forEach((count, place) => PERCENTS.forEach((percent, k) => (ranks[place * most + k] = Math.max(1, Math.ceil((percent * count) / 100)))))
  const found = new Float64Array(ranks.length)
  const seen = new Int32Array(counts.length)
  const taken = new Int32Array(counts.length)
  const next = Int32Array.from(counts, (_, place) => ranks[place * most]!)
  for (let i = 0; i < datum.length; i++) {
    const place = placeOf[datum[i]!]!
    if (++seen[place]! < next[place]!) continue
    while (taken[place]! < most && ranks[place * most + taken[place]!] === seen[place]) found[place * most + taken[place]!++] = values[i]!
    next[place] = taken[place]! < most ? ranks[place * most + taken[place]!]! : 2 ** 31 - 1
  }
  return (place) => Array.from(found.subarray(place * most, (place + 1) * most), shortened)
}

/** The same of weighted values: dealt to the places in ascending order, so that none is sorted again. */
function weighed(datum: Uint32Array, values: Float64Array, weights: Float64Array, placeOf: Uint8Array, others: number): (place: number) => number[] {
  const counts = new Int32Array(others + 1)
  for (let i = 0; i < datum.length; i++) counts[placeOf[datum[i]!]!]!++
  const ends = new Int32Array(counts.length)
  for (let place = 1; place < counts.length; place++) ends[place] = ends[place - 1]! + counts[place - 1]!
  const dealt = new Float64Array(datum.length)
  const weight = new Float64Array(datum.length)
  for (let i = 0; i < datum.length; i++) {
    const at = ends[placeOf[datum[i]!]!]!++
    dealt[at] = values[i]!
    weight[at] = weights[i]!
  }
  return (place) => {
    const [start, end] = [ends[place]! - counts[place]!, ends[place]!]
    return sortedQuantiles(dealt.subarray(start, end), weight.subarray(start, end), PERCENTS).map(shortened)
  }
}
