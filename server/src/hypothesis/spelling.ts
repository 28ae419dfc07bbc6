/** Names of the graph in one spelling, so that `a[1].h[0]` and `a1.h0` are the same name. */
import type { Static } from '../expr/types.ts'
import { flat, indexText } from './env.ts'

/** Append `.word` to a name. */
export const withWord = (name: string, word: string): string => `${name}.${word}`

/**
 * Append an index. One natural number right after a word that ends in no digit joins it (`a[1]` is `a1`); anything else
 * keeps its brackets (`z[9,6]`, `q1[0]`), so that no two names fall together.
 */
export function withIndex(name: string, index: readonly Static[]): string {
  const all = flat(index)
  const only = all.length === 1 ? all[0] : undefined
  const joins = typeof only === 'number' && Number.isInteger(only) && only >= 0 && /[^\d\]]$/u.test(name)
  return joins ? `${name}${only}` : `${name}[${indexText(all)}]`
}

/** Fill the indices into `"/blocks.{l}/z"`. Braces that hold no index stay as they are. */
export function fill(text: string, env: ReadonlyMap<string, Static>): string {
  return text.replace(/\{\s*([\p{L}_][\p{L}\p{N}_]*)\s*\}/gu, (whole, name: string) => {
    const value = env.get(name)
    return value === undefined ? whole : typeof value === 'string' ? value : indexText([value])
  })
}

/** A tensor as one writes it in a file: bare where it is a plain name, otherwise in quotes. */
export function tensorText(tensor: string): string {
  return /^[\p{L}_][\p{L}\p{N}_]*$/u.test(tensor) ? tensor : JSON.stringify(tensor)
}
