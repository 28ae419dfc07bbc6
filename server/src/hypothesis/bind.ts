/** Binds a file: every name resolved against the model and the dataset, every mistake found. No I/O, never throws. */
import type { File } from '@scrub/grammar'
import { Binder } from './binder.ts'
import type { BoundFile } from './bound.ts'
import type { Given } from './world.ts'

export type { Given, KnownColumn } from './world.ts'

/**
 * Bind `file`, which was parsed from `text`. Findings of the parser are not repeated; those of `filesOf` are part of the
 * result. `metricName` chooses the metric, otherwise the first of the file is evaluated. `binder` has bound earlier versions.
 */
export function bind(file: File, text: string, given: Given, metricName?: string, binder: Binder = new Binder()): BoundFile {
  const steps = binder.bind(file, text, given, metricName)
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
  }
}
