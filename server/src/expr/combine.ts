/** Values brought to one type: the elements of a list, the branches of an `if`. */
import type { Dag } from '../onnx/dag.ts'
import { constant } from './constant.ts'
import { where } from './elementwise.ts'
import { cast, stackOwn } from './layout.ts'
import { promote } from './promote.ts'
import { oneDictionary } from './strings.ts'
import { describe, mismatch, misshapen, type Val } from './value.ts'

/** The same values with a common dtype, or a common dictionary. */
export function unify(dag: Dag, vals: readonly Val[]): readonly Val[] {
  const strings = vals.filter((v) => v.dtype === 'string')
  if (strings.length === vals.length && vals.length > 0) return oneDictionary(dag, vals)
  if (strings.length > 0) {
    const other = vals.find((v) => v.dtype !== 'string')!
    throw mismatch(`strings and ${describe(other)} cannot be mixed`)
  }
  const { dtype, weak } = promote(vals)
  const vocab = commonVocab(vals)
  return vals.map((v) => withVocab(cast(dag, v, dtype, weak), vocab))
}

/** A list: the elements along a new first axis. They must have one shape. */
export function stackAll(dag: Dag, vals: readonly Val[]): Val {
  if (vals.length === 0) return constant(dag, 'int64', [0], [], { weak: true })
  const [first] = vals
  const odd = vals.find((v) => v.shape.join() !== first!.shape.join())
  if (odd) throw misshapen(`the elements of a list have one shape, but one is ${describe(first!)} and another ${describe(odd)}`)
  const stacked = stackOwn(dag, unify(dag, vals))
  return withVocab({ ...stacked, weak: false }, commonVocab(vals))
}

/** `if condition then a else b`, element by element. */
export function choose(dag: Dag, condition: Val, a: Val, b: Val): Val {
  const [x, y] = unify(dag, [a, b])
  if (x!.dtype !== 'string') return withVocab(where(dag, condition, x!, y!), commonVocab([a, b]))
  const codes = where(dag, condition, { ...x!, dtype: 'int64' }, { ...y!, dtype: 'int64' })
  return { ...codes, dtype: 'string', dictionary: x!.dictionary! }
}

function commonVocab(vals: readonly Val[]): readonly string[] | undefined {
  const vocab = vals[0]?.vocab
  return vals.every((v) => v.vocab === vocab) ? vocab : undefined
}

function withVocab(v: Val, vocab: readonly string[] | undefined): Val {
  if (v.vocab === vocab) return v
  const { vocab: _, ...rest } = v
  return vocab ? { ...rest, vocab } : rest
}
