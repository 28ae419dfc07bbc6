/** Column-major (Fortran) order to row-major order. */
import type { TypedArray } from '../onnx/types.ts'

/** The same values with the last axis varying fastest, where the first one did. */
export function toRowMajor(values: TypedArray, shape: readonly number[]): TypedArray {
  if (shape.length < 2 || values.length === 0) return values
  const last = shape.length - 1
  const strides = shape.map((_, axis) => shape.slice(0, axis).reduce((product, length) => product * length, 1))
  const result = values.slice()
  const index = shape.map(() => 0)
  let source = 0
  for (let target = 0; target < values.length;) {
    for (let i = 0; i < shape[last]!; i++) result[target++] = values[source + i * strides[last]!]!
    for (let axis = last - 1; axis >= 0; axis--) {
      source += strides[axis]!
      if (++index[axis]! < shape[axis]!) break
      source -= strides[axis]! * shape[axis]!
      index[axis] = 0
    }
  }
  return result
}
