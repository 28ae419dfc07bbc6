/** Data for benchmarks as .npz, which is read at the speed of the disk. */
import { writeFileSync } from 'node:fs'
import { zipSync } from 'fflate'
import { npy } from '../../src/runner/samples.ts'

const DESCR = { Float32Array: '<f4', Int32Array: '<i4' } as const

export interface Array2 {
  /** Length of each row; of a vector undefined. */
  readonly width?: number
  readonly values: Float32Array | Int32Array
}

/** Arrays of as many rows each. */
export function writeNpz(path: string, arrays: Readonly<Record<string, Array2>>): void {
  writeFileSync(path, zipSync(Object.fromEntries(Object.entries(arrays).map(([name, { values, width }]) => [`${name}.npy`, npy(DESCR[values.constructor.name as keyof typeof DESCR], values, width)])), { level: 0 }))
}
