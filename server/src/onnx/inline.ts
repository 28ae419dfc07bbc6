/** Weights that lie in files -> weights in memory, for models that should stand alone. */
import { closeSync, openSync, readSync } from 'node:fs'
import { tensorOf } from './dtype.ts'
import type { Initializer } from './types.ts'

/**
 * The same weights, read into memory if all that lie in files take no more than `maxBytes` together; otherwise unchanged.
 * Throws the error of the file system for a file that has gone or is too short.
 */
export function inlineInitializers(weights: Iterable<Initializer>, maxBytes: number): Initializer[] {
  const all = [...weights]
  let total = 0
  for (const { source } of all) if (source.kind === 'file') total += source.length
  if (total > maxBytes) return all
  const handles = new Map<string, number>()
  try {
    return all.map((weight) => inlined(weight, handles))
  } finally {
    for (const handle of handles.values()) closeSync(handle)
  }
}

function inlined(weight: Initializer, handles: Map<string, number>): Initializer {
  const { name, dtype, dims, source } = weight
  if (source.kind === 'inline') return weight
  let handle = handles.get(source.file)
  if (handle === undefined) handles.set(source.file, (handle = openSync(source.file, 'r')))
  const bytes = new Uint8Array(source.length)
  for (let done = 0; done < bytes.length;) {
    const count = readSync(handle, bytes, done, bytes.length - done, source.offset + done)
    if (count === 0) throw new RangeError(`${source.file} ends before the weight ${name}`)
    done += count
  }
  return { name, dtype, dims, source: { kind: 'inline', tensor: tensorOf(dtype, dims, bytes) } }
}
