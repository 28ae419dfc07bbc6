/** A column as a value of an expression. */
import type { ExprValue } from '../expr/types.ts'
import { attr, type Dag, type Value } from '../onnx/dag.ts'
import { BATCH, type DType } from '../onnx/types.ts'
import { columnInput } from './bound.ts'
import type { KnownColumn, World } from './world.ts'

/** TensorProto.DataType numbers of the types that `Cast` is asked for. */
const castTo = { float32: 1, uint8: 2, int8: 3, uint16: 4, int16: 5, int32: 6, int64: 7, bool: 9, float16: 10, float64: 11, uint32: 12, uint64: 13, bfloat16: 16 } as const

/** `value` as `dtype`; undefined where there is no such cast. */
export function cast(dag: Dag, value: Value, dtype: DType): Value | undefined {
  if (value.type.dtype === dtype) return value
  const to = castTo[dtype as keyof typeof castTo]
  return to === undefined ? undefined : dag.op('Cast', [value], { to: attr.int(to) })
}

/** The dtype under which a column enters a dag: strings are codes. */
export const columnDType = (column: KnownColumn): Exclude<KnownColumn['dtype'], 'string'> =>
  column.dtype === 'string' ? 'int64' : column.dtype

/** The input of a dag that stands for a column. */
export function columnOf(dag: Dag, column: KnownColumn): Value {
  return dag.input(columnInput(column.name), { dtype: columnDType(column), shape: [BATCH, ...column.shape] })
}

/** A value with a batch axis as the column it holds. */
export function asColumn(world: Pick<World, 'vocabs'>, dag: Dag, column: KnownColumn, value: Value): ExprValue {
  const vocab = world.vocabs.get(column.name)
  return {
    dtype: column.dtype,
    shape: column.shape,
    batched: true,
    value: cast(dag, value, columnDType(column)) ?? value,
    ...(column.dtype === 'string' ? { dictionary: column.dictionary ?? [] } : {}),
    ...(vocab ? { vocab } : {}),
  }
}
