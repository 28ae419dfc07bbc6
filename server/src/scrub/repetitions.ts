/** How often pools are made anew. */

/** Of the whole construction, at least. */
export const REPETITIONS = 8

/** Samples of one repetition, and how many repetitions there are: samples that outnumber the members of a pool would say the same again. */
export function repetitionsOf(total: number, size: number): { samples: number; repetitions: number } {
  const samples = Math.max(1, Math.min(size, Math.ceil(total / REPETITIONS)))
  return { samples, repetitions: Math.max(REPETITIONS, Math.ceil(total / samples)) }
}
