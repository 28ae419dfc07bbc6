/** Paths and ancestors on small graphs. */
import { describe, expect, it } from 'vitest'
import { ancestors, path } from '../../src/model/reach.ts'
import { readModel } from '../../src/model/read.ts'
import { file, floats } from './build.ts'

/** x -> a -> b -> y, x -> c -> y, and z on its own way to d. */
const graph = await readModel(file({
  inputs: { x: ['float32', ['B', 2]], z: ['float32', ['B', 2]] }, weights: { w: floats([2]) }, outputs: ['y', 'd'],
  ops: [['Relu', 'x', 'a'], ['Mul', ['a', 'w'], 'b'], ['Abs', 'x', 'c'], ['Add', ['b', 'c'], 'y'], ['Neg', 'z', 'd']],
}))

describe('path', () => {
  const cases: readonly (readonly [string, string, readonly string[], string | undefined])[] = [
    ['x', 'y', [], 'x c y'], ['x', 'y', ['c'], 'x a b y'], ['x', 'y', ['c', 'a'], undefined], ['x', 'y', ['x', 'y'], 'x c y'],
    ['a', 'y', ['c'], 'a b y'], ['y', 'x', [], undefined], ['z', 'y', [], undefined], ['x', 'x', ['x'], 'x'], ['x', 'nowhere', [], undefined],
  ]
  for (const [from, to, blocked, expected] of cases) {
    it(`${from} -> ${to} without ${blocked.join(', ') || 'any'}: ${expected}`, () => expect(path(graph, from, to, new Set(blocked))?.join(' ')).toBe(expected))
  }
})

describe('ancestors', () => {
  for (const [tensor, expected] of [['y', 'a b c x'], ['b', 'a x'], ['x', ''], ['d', 'z'], ['nowhere', '']] as const) {
    it(`of ${tensor}: ${expected || 'none'}`, () => expect([...ancestors(graph, tensor)].sort().join(' ')).toBe(expected))
  }
})
