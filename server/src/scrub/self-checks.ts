/** What every result must pass; a run that fails has no result. */
import { firstMixing } from '../model/mixes.ts'
import type { EvaluateGiven, Prepared, Shared } from './evaluate.ts'
import { BadInput, FailedCheck } from './failures.ts'
import type { Lines } from './statistics.ts'
import { topological } from './walk.ts'

/** A metric must be a number: a NaN is an error naming the datum, not a silent mean. */
export function requireFinite(values: Float64Array, data: Int32Array, given: Pick<EvaluateGiven, 'file' | 'original'>, which: 'model' | 'scrubbed'): void {
  const at = values.findIndex((v) => !Number.isFinite(v))
  if (at < 0) return
  const whose = which === 'model' ? 'on the unscrubbed model' : 'in a scrubbed sample'
  throw new BadInput(
    `Metric \`${given.file.metric!.name}\` is ${values[at]} for datum ${given.original(data[at]!)} ${whose}; it must be a finite number for every datum: check the metric's expression and that datum.`,
    { code: 'metric-not-finite', span: given.file.metric!.span },
  )
}

/**
 * With all claims off the graph must give the model's own metric, row by row; `largest` is the largest difference.
 * Floating-point error of regrouped sums is some 1e-6 of the values; a wrong wire is a large part of the range.
 */
export function requireIdentity({ file, cache }: Shared, { hypothesis, compiled }: Prepared, largest: number, lines: Lines): void {
  const scale = Math.abs(lines.shuffled.mean - lines.model.mean) + Math.abs(lines.model.mean)
  const half = compiled.reads.some(({ source }) => cache.isHalf(source)) || topological(compiled.reads.map((r) => r.source)).some((v) => v.type.dtype === 'float16' || v.type.dtype === 'bfloat16')
  if (largest <= (half ? 0.05 : 1e-3) * scale + 1e-6) return
  const mixing = firstMixing(file.graph)
  const suspect = mixing === undefined ? '' : `if ${mixing} mixes the data of a batch (as a mean over its first axis does), export a model that treats each datum alone, otherwise `
  throw new FailedCheck(
    `The self-check of "${hypothesis.name}" failed: with all claims off the metric differs from the model's by ${largest.toExponential(2)}; the result would be wrong, so there is none; ${suspect}please report this with the model and the file.`,
  )
}
