/** What can stop a run, apart from a mistake of ours. */
import type { Finding } from '@scrub/grammar'

/** A mistake of the user's that only shows when the model runs: one sentence, what, where, what to do. */
export class BadInput extends Error {
  /** What it is as a finding, where a place of the text is to blame. */
  readonly at: Pick<Finding, 'code' | 'span'> | undefined

  constructor(message: string, at?: Pick<Finding, 'code' | 'span'>) {
    super(message)
    this.at = at
  }
}

/** Raised when a self-check fails: the result would be wrong, so there is none. */
export class FailedCheck extends Error {}

/** Raised when a device computes something else than the processor. */
export class DeviceDisagrees extends Error {}
