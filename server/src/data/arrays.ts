/** A dataset of binary arrays, whatever file they lie in. */
import { bytesInMemory, columnDType, type BinaryType } from './binary-type.ts'
import type { Column, ColumnSchema } from './columns.ts'
import { toRowMajor } from './order.ts'
import { badColumn, checkMemory, sharedRows, sizeOf, type Source } from './source.ts'
import { stringRoom, type StringRoom } from './strings.ts'
import { decodeValues } from './values.ts'

/** `shape` includes the row axis; `fortran`: the first axis varies fastest. */
export interface BinaryArray {
  readonly name: string
  readonly type: BinaryType
  readonly shape: readonly number[]
  readonly fortran: boolean
  /** Reads the values, in chunks of any size. */
  values(): AsyncIterable<Uint8Array>
}

/** Throws DataError where the arrays do not share their row axis; loading throws for memory and bad contents, and what `checkSize` throws for the bytes of all columns that are loaded. */
export function arraySource(path: string, memory: number, arrays: readonly BinaryArray[], checkSize: (bytes: number) => void = () => {}): Source {
  const rows = sharedRows(path, arrays)
  return {
    rows,
    columns: arrays.map(schemaOf),
    async load(names) {
      const wanted = names.map((name) => arrays.find((array) => array.name === name)!)
      const bytes = wanted.reduce((sum, array) => sum + memoryOf(array), 0)
      checkMemory(path, bytes, memory)
      checkSize(bytes)
      const room = stringRoom(memory)
      const columns: Column[] = []
      for (const array of wanted) columns.push(await loadArray(path, array, room))
      return columns
    },
  }
}

function schemaOf({ name, type, shape }: BinaryArray): ColumnSchema {
  return { name, dtype: columnDType(type), shape: shape.slice(1) }
}

/** Another order needs the values twice for a moment. */
function memoryOf({ type, shape, fortran }: BinaryArray): number {
  return sizeOf(shape) * bytesInMemory(type) * (fortran && shape.length > 1 ? 2 : 1)
}

async function loadArray(path: string, array: BinaryArray, room: StringRoom): Promise<Column> {
  const { name, type, shape, fortran } = array
  const values = await decodeValues(array.values(), type, sizeOf(shape), room, (problem) => badColumn(path, name, problem))
  return { ...schemaOf(array), ...values, values: fortran ? toRowMajor(values.values, shape) : values.values }
}
