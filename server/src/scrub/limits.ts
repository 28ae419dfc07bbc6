/** Limits that keep a run answerable. */

/** Milliseconds that one call of the runtime should take at most: nothing can interrupt it. */
export const LONGEST_CALL = 500
