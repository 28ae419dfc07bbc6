/** How one value of a binary array is stored, and what column it becomes. */
import type { ColumnDType } from './columns.ts'

/** `size` is in bytes. `unicode` is UTF-32 and `bytes` UTF-8, both padded with zeros. */
export interface BinaryType {
  readonly kind: 'bool' | 'int' | 'uint' | 'float' | 'bfloat' | 'unicode' | 'bytes'
  readonly size: number
  readonly bigEndian: boolean
}

export function columnDType({ kind, size }: BinaryType): ColumnDType {
  switch (kind) {
    case 'bool': return 'bool'
    case 'int': case 'uint': return 'int64'
    case 'float': return size === 8 ? 'float64' : 'float32'
    case 'bfloat': return 'float32'
    case 'unicode': case 'bytes': return 'string'
  }
}

/** An upper bound of the bytes that one value takes in memory, a string's dictionary aside. */
export function bytesInMemory({ kind, size }: BinaryType): number {
  switch (kind) {
    case 'bool': return 1
    case 'int': return size === 8 ? 8 : 4
    case 'uint': return size >= 4 ? 8 : 4
    case 'float': return size === 8 ? 8 : 4
    case 'bfloat': case 'unicode': case 'bytes': return 4
  }
}
