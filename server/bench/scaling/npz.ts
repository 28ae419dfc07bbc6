/** Data for benchmarks as .npz, which is read at the speed of the disk. */
import { writeFileSync } from 'node:fs'
import { zipSync } from 'fflate'

const DESCR = { Float32Array: '<f4', Int32Array: '<i4' } as const

export interface Array2 {
  /** Length of each row; of a vector undefined. */
  readonly width?: number
  readonly values: Float32Array | Int32Array
}

/** Arrays of as many rows each. */
export function writeNpz(path: string, arrays: Readonly<Record<string, Array2>>): void {
  writeFileSync(path, zipSync(Object.fromEntries(Object.entries(arrays).map(([name, array]) => [`${name}.npy`, npy(array)])), { level: 0 }))
}

/** NumPy's format, version 1.0. */
function npy({ width, values }: Array2): Uint8Array {
  const shape = width === undefined ? `${values.length},` : `${values.length / width}, ${width}`
  const header = `{'descr': '${DESCR[values.constructor.name as keyof typeof DESCR]}', 'fortran_order': False, 'shape': (${shape}), }`
  const padded = header.padEnd(Math.ceil((header.length + 11) / 64) * 64 - 11) + '\n'
  const head = Buffer.alloc(10 + padded.length)
  head.write('\x93NUMPY\x01\x00', 'latin1')
  head.writeUInt16LE(padded.length, 8)
  head.write(padded, 10, 'latin1')
  return Buffer.concat([head, Buffer.from(values.buffer, values.byteOffset, values.byteLength)])
}
