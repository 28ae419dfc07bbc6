/** The largest classes of a feature, with the means of the metric over the samples whose reference datum lies in each. */
import type { ClassReport } from '../protocol/report.ts'
import { EXAMPLES, largestClasses } from './class-list.ts'
import type { Feature } from './features.ts'

/** Classes that a report tells of. */
const MOST_CLASSES = 30

/** The metric of samples or enumerated outcomes with their reference data; weighted where outcomes have different probabilities. */
export interface Outcomes {
  readonly reference: Int32Array
  readonly model: Float64Array
  readonly scrubbed: Float64Array
  readonly weights?: Float64Array
}

/** None for `exact` and `any`; `original` maps a datum to its row in the dataset's file. */
export function classMeans({ classes, value }: Feature, { reference, model, scrubbed, weights }: Outcomes, original: (datum: number) => number): ClassReport[] {
  if (!value) return []
  const sums = { weight: new Float64Array(classes.count), model: new Float64Array(classes.count), scrubbed: new Float64Array(classes.count) }
  for (let i = 0; i < scrubbed.length; i++) {
    const c = classes.of[reference[i]!]!
    const weight = weights ? weights[i]! : 1
    sums.weight[c]! += weight
    sums.model[c]! += weight * model[i]!
    sums.scrubbed[c]! += weight * scrubbed[i]!
  }
  return largestClasses(classes, MOST_CLASSES).map(({ number, members }) => {
    const weight = sums.weight[number]!
    return {
      value: value(members[0]!),
      count: members.length,
      examples: Array.from(members.subarray(0, EXAMPLES), original),
      model: weight > 0 ? sums.model[number]! / weight : null,
      scrubbed: weight > 0 ? sums.scrubbed[number]! / weight : null,
    }
  })
}
