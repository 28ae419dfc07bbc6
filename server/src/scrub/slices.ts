/** Slices of values by boxes: contiguous ranges per axis. */
import type { Dag, Value } from '../onnx/dag.ts'
import type { Box } from './narrow-rules.ts'

/** `value` holds the box `have` of a tensor; give the box `want` of it (which lies inside). */
export function sliceBox(dag: Dag, value: Value, have: Box, want: Box): Value {
  const starts: number[] = []
  const ends: number[] = []
  const axes: number[] = []
  want.forEach((range, axis) => {
    const held = have[axis]
    if (!range || (held && held[0] === range[0] && held[1] === range[1])) return
    const base = held ? held[0] : 0
    const dim = value.type.shape?.[axis]
    if (range[0] === base && range[1] - base === dim) return
    starts.push(range[0] - base)
    ends.push(range[1] - base)
    axes.push(axis)
  })
  return axes.length === 0 ? value : dag.op('Slice', [value, dag.ints(starts), dag.ints(ends), dag.ints(axes)])
}
