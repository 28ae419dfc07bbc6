/** Type and shape of the value at a place, as one reads them: always of one datum. */
import type { ModelGraph } from '../model/graph.ts'
import { isUnknown } from '../onnx/infer/dims.ts'
import type { Dim } from '../onnx/types.ts'
import type { Place } from './bound.ts'

/** `[42, 56]`; empty for a single value. A length nothing is known about is `?`. */
export function dimsText(dims: readonly Dim[]): string {
  return dims.length === 0 ? '' : `[${dims.map((dim) => (isUnknown(dim) ? '?' : dim)).join(', ')}]`
}

/** The axes of a place after the batch; undefined where the shape is not known or there is no batch axis. */
export function placeDims(graph: ModelGraph, { tensor, slice }: Pick<Place, 'tensor' | 'slice'>): readonly Dim[] | undefined {
  const shape = graph.tensors.get(tensor)?.type.shape
  if (!shape || shape.length === 0) return undefined
  return shape.slice(1).flatMap((dim, axis): Dim[] => {
    const taken = slice[axis]
    if (!taken) return [dim]
    return taken.kind !== 'range' ? [] : [Math.ceil((taken.stop - taken.start) / taken.step)]
  })
}

/** `float32[42, 56]`. */
export function placeType(graph: ModelGraph, place: Pick<Place, 'tensor' | 'slice'>): string {
  const dims = placeDims(graph, place)
  return `${graph.tensors.get(place.tensor)?.type.dtype ?? 'unknown'}${dims ? dimsText(dims) : ''}`
}
