/** .npz files: a zip of .npy arrays, as numpy.savez and numpy.savez_compressed write them. */
import { stat } from 'node:fs/promises'
import { arraySource, type BinaryArray } from './arrays.ts'
import { readArray } from './npy.ts'
import { checkExpansion, unreadable, type Source } from './source.ts'
import { listZip } from './zip.ts'

/** One column per array; entries that do not end in .npy are passed over. Throws DataError. */
export async function openNpz(path: string, memory: number): Promise<Source> {
  const arrays = new Map<string, BinaryArray>()
  for (const entry of await listZip(path)) {
    if (!entry.name.endsWith('.npy')) continue
    const name = entry.name.slice(0, -'.npy'.length)
    if (arrays.has(name)) throw unreadable(path, `holds two arrays named \`${name}\`; give them different names.`)
    arrays.set(name, await readArray(path, { ...entry, name }))
  }
  const { size } = await stat(path)
  return arraySource(path, memory, [...arrays.values()], (bytes) => checkExpansion(path, bytes, size, 'save it with numpy.savez, which does not compress'))
}
