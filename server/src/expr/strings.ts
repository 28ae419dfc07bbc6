/** Strings are codes into dictionaries. Before two are compared or joined, their codes are brought to one dictionary. */
import { attr, type Dag } from '../onnx/dag.ts'
import { constant } from './constant.ts'
import { closest } from './names.ts'
import { describe, mismatch, Problem, type Val } from './value.ts'

/** Warnings go here: a string that no datum has. */
export type Warn = (code: string, message: string) => void

/** Two sides of a comparison as numbers that are equal exactly when the sides are. At least one is a string. */
export function comparable(dag: Dag, a: Val, b: Val, warn: Warn): readonly [Val, Val] {
  if (a.dtype === 'string' && b.dtype === 'string') return sameCodes(dag, a, b, warn)
  if (a.dtype === 'string') return [tokenIds(dag, a, b), b]
  return [a, tokenIds(dag, b, a)]
}

function sameCodes(dag: Dag, a: Val, b: Val, warn: Warn): readonly [Val, Val] {
  if (b.known && !a.known) return [codes(a), lookUp(dag, b, a.dictionary!, warn)]
  if (a.known && !b.known) return [lookUp(dag, a, b.dictionary!, warn), codes(b)]
  const [x, y] = oneDictionary(dag, [a, b])
  return [codes(x!), codes(y!)]
}

/** The codes as plain integers. */
function codes(v: Val): Val {
  const { dictionary: _, ...rest } = v
  return { ...rest, dtype: 'int64' }
}

/** Literals against a column: a string that the column never holds gets -1 and a warning. */
function lookUp(dag: Dag, literal: Val, dictionary: readonly string[], warn: Warn): Val {
  const found = literal.known!.map((code) => {
    const text = literal.dictionary![code]!
    const index = dictionary.indexOf(text)
    if (index < 0) warn('unknown-token', `no datum has the value ${JSON.stringify(text)}, so this is never equal${quoted(text, dictionary)}`)
    return index
  })
  return constant(dag, 'int64', literal.shape, found, { maps: literal.maps })
}

/** Literals against a column of token ids. */
function tokenIds(dag: Dag, literal: Val, other: Val): Val {
  if (!literal.known) throw mismatch(`a column of strings cannot be compared with ${describe(other)}`)
  const text = literal.dictionary![literal.known[0]!] ?? ''
  if (!other.vocab) {
    const advice = other.dtype === 'int64' ? '; if these are token ids, say what they stand for: vocab COLUMN = […]' : ''
    throw mismatch(`the string ${JSON.stringify(text)} cannot be compared with ${describe(other)}${advice}`)
  }
  const vocab = other.vocab
  const ids = literal.known.map((code) => {
    const token = literal.dictionary![code]!
    const id = vocab.indexOf(token)
    if (id < 0) throw new Problem('unknown-token', `${JSON.stringify(token)} is not in the vocabulary (${vocab.length} entries)${quoted(token, vocab)}`)
    return id
  })
  return constant(dag, 'int64', literal.shape, ids, { maps: literal.maps })
}

/** The nearest entries; for short tokens, where nothing is near, some that hold the same text. */
function quoted(text: string, entries: readonly string[]): string {
  const near = closest(text, entries)
  const trimmed = text.trim()
  const holding = near.length > 0 || trimmed === '' ? near : entries.filter((entry) => entry.includes(trimmed)).slice(0, 3)
  return holding.length === 0 ? '' : `; closest: ${holding.map((entry) => JSON.stringify(entry)).join(', ')}`
}

/** String values with one common dictionary: that of the first, then what the others add. */
export function oneDictionary(dag: Dag, vals: readonly Val[]): readonly Val[] {
  const merged = [...new Set(vals.flatMap((v) => v.dictionary ?? []))]
  const position = new Map(merged.map((text, code) => [text, code]))
  return vals.map((v) => {
    const table = (v.dictionary ?? []).map((text) => position.get(text)!)
    if (v.known) return constant(dag, 'string', v.shape, v.known.map((code) => table[code] ?? code), { maps: v.maps, dictionary: merged })
    if (table.every((code, i) => code === i)) return { ...v, dictionary: merged }
    const remap = dag.constant({ dtype: 'int64', dims: [table.length], data: BigInt64Array.from(table, (code) => BigInt(code)) })
    return { ...v, dictionary: merged, value: dag.op('Gather', [remap, v.value], { axis: attr.int(0) }) }
  })
}
