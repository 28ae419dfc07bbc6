/** Checks the names of a graph and sorts its operators so that each comes after what it reads. */
import type { Op } from '../onnx/types.ts'
import { Damaged } from './source.ts'

/**
 * The same operators in an order to run them; the order of the file where that is one. `given` are inputs and weights.
 * Throws `Damaged` for a name that is made twice or never, and for a cycle.
 */
export function sorted(ops: readonly Op[], given: ReadonlySet<string>): readonly Op[] {
  const producers = producersOf(ops, given)
  const inOrder = ops.every((op, index) => reads(op).every((name) => {
    if (name === '' || given.has(name)) return true
    const producer = producers.get(name)
    if (producer === undefined) throw missing(op, name)
    return producer < index
  }))
  return inOrder ? ops : kahn(ops, producers, given)
}

function reads(op: Op): readonly string[] {
  return op.captures.length === 0 ? op.inputs : [...op.inputs, ...op.captures]
}

function producersOf(ops: readonly Op[], given: ReadonlySet<string>): ReadonlyMap<string, number> {
  const producers = new Map<string, number>()
  for (const [index, op] of ops.entries()) {
    for (const name of op.outputs) {
      if (name === '') continue
      if (producers.has(name) || given.has(name)) throw new Damaged(`the tensor \`${name}\` is made twice, the second time by ${label(op)}`)
      producers.set(name, index)
    }
  }
  return producers
}

function kahn(ops: readonly Op[], producers: ReadonlyMap<string, number>, given: ReadonlySet<string>): readonly Op[] {
  const waiting = new Int32Array(ops.length)
  const readers: number[][] = ops.map(() => [])
  for (const [index, op] of ops.entries()) {
    for (const name of reads(op)) {
      const producer = producers.get(name)
      if (producer === undefined) {
        if (name !== '' && !given.has(name)) throw missing(op, name)
        continue
      }
      readers[producer]?.push(index)
      waiting[index] = (waiting[index] as number) + 1
    }
  }
  const ready: number[] = []
  for (const [index, count] of waiting.entries()) if (count === 0) ready.push(index)
  const result: Op[] = []
  for (let at = 0; at < ready.length; at++) {
    const index = ready[at] as number
    result.push(ops[index] as Op)
    for (const reader of readers[index] ?? []) {
      waiting[reader] = (waiting[reader] as number) - 1
      if (waiting[reader] === 0) ready.push(reader)
    }
  }
  if (result.length < ops.length) {
    const stuck = ops[waiting.findIndex((count) => count > 0)] as Op
    throw new Damaged(`${label(stuck)} lies on a cycle: it depends on its own output`)
  }
  return result
}

function label(op: Op): string {
  return op.name === '' ? `the ${op.opType} that makes \`${op.outputs[0] ?? ''}\`` : `the ${op.opType} \`${op.name}\``
}

function missing(op: Op, name: string): Damaged {
  return new Damaged(`${label(op)} reads the tensor \`${name}\`, which nothing makes`)
}
