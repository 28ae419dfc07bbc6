/** What inference found out about a tensor together with what the file declares. */
import type { TensorType } from '../onnx/types.ts'
import { isUnknown } from '../onnx/infer/dims.ts'
import type { Known } from '../onnx/infer/index.ts'

/** Inference goes first; the file fills in what it left open. */
export function refine(inferred: Known | undefined, declared: TensorType | undefined): Known {
  if (inferred === undefined) return { type: declared ?? { dtype: 'unknown', shape: undefined } }
  if (declared === undefined) return inferred
  const dtype = inferred.type.dtype === 'unknown' ? declared.dtype : inferred.type.dtype
  const shape = mergedShape(inferred.type.shape, declared.shape)
  if (dtype === inferred.type.dtype && shape === inferred.type.shape) return inferred
  return inferred.value === undefined ? { type: { dtype, shape } } : { type: { dtype, shape }, value: inferred.value }
}

function mergedShape(inferred: TensorType['shape'], declared: TensorType['shape']): TensorType['shape'] {
  if (inferred === undefined) return declared
  if (declared === undefined || declared.length !== inferred.length) return inferred
  return inferred.some(isUnknown) ? inferred.map((dim, axis) => (isUnknown(dim) ? declared[axis] ?? dim : dim)) : inferred
}
