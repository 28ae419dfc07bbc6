/** Ways to a smaller error from as many samples. */
export const REDUCTIONS = ['stratified', 'latin', 'control'] as const
export type Reduction = (typeof REDUCTIONS)[number]

export const isReduction = (text: string): text is Reduction => (REDUCTIONS as readonly string[]).includes(text)
