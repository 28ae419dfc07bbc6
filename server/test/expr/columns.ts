/** Columns that several tests share: three data. */
import type { TestColumn } from './run.ts'

export const paren = ['[start]', '[pad]', '[end]', '(', ')']

export const columns: Readonly<Record<string, TestColumn>> = {
  tokens: { dtype: 'int64', values: [[0, 3, 4, 2, 1, 1], [0, 3, 3, 4, 4, 2], [0, 4, 3, 2, 1, 1]], vocab: paren },
  z1: { dtype: 'int64', values: [1, 5, 3] },
  z2: { dtype: 'int64', values: [4, 0, 2] },
  x: { dtype: 'float32', values: [[1, 2], [3, 4], [5, 6]] },
  name: { dtype: 'string', values: ['ann', 'bob', 'ann'] },
  other: { dtype: 'string', values: ['bob', 'bob', 'cy'] },
  words: { dtype: 'string', values: [['a', 'b'], ['b', 'b'], ['c', 'a']] },
  flag: { dtype: 'bool', values: [true, false, true] },
}

/** The lets of the paren checker. */
export const lets = `
let open    = tokens == "("
let close   = tokens == ")"
let opens   = flip(cumulative_sum(flip(open)))
let parens  = flip(cumulative_sum(flip(open or close)))
let horizon[i] = if tokens[i] == "[pad]" then 0 else if 2 * opens[i] > parens[i] then -1 else 1
`
