/** Per-sample values as an .npz: what merging and paired comparison read. */
import { zipSync } from 'fflate'
import type { SampleValues } from '../scrub/sample.ts'
import { writeAtomically } from './write.ts'

/** Arrays `NAME.scrubbed`, `NAME.model` (float64) and `NAME.reference` (int32), one entry per sample, by hypothesis. */
export function writeSamples(path: string, samples: ReadonlyMap<string, SampleValues>): void {
  const files: Record<string, Uint8Array> = {}
  for (const [name, { scrubbed, model, reference }] of samples) {
    const safe = name.replace(/[\\/]/g, '_')
    files[`${safe}.scrubbed.npy`] = npy('<f8', scrubbed)
    files[`${safe}.model.npy`] = npy('<f8', model)
    files[`${safe}.reference.npy`] = npy('<i4', reference)
  }
  writeAtomically(path, zipSync(files, { level: 1 }))
}

/** NumPy's format, version 1.0, of a vector, or of rows of this width. */
export function npy(descr: string, values: Float64Array | Float32Array | Int32Array, width?: number): Uint8Array {
  const shape = width === undefined ? `${values.length},` : `${values.length / width}, ${width}`
  const header = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape}), }`
  const padded = header.padEnd(Math.ceil((header.length + 11) / 64) * 64 - 11) + '\n'
  const head = Buffer.alloc(10 + padded.length)
  head.write('\x93NUMPY\x01\x00', 'latin1')
  head.writeUInt16LE(padded.length, 8)
  head.write(padded, 10, 'latin1')
  return Buffer.concat([head, Buffer.from(values.buffer, values.byteOffset, values.byteLength)])
}
