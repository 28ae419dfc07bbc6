/** Arithmetic on symbolic lengths: text in, text out. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Dim } from '../../src/onnx/types.ts'
import { add, divideDown, divideExactly, divideUp, isUnknown, mentions, multiply, multiplyAll, substitute, subtract, symbolName } from '../../src/onnx/infer/dims.ts'

describe('lengths', () => {
  const cases: readonly (readonly [string, Dim | undefined, Dim | undefined])[] = [
    ['add', add('S', 1), 'S+1'], ['add back', subtract(add('S', 1), 1), 'S'], ['cancel', subtract('S', 'S'), 0],
    ['sum of symbols', add('S', 'past'), 'S+past'], ['double', add('N', 'N'), '2*N'], ['product', multiply(42, 'N'), '42*N'],
    ['order does not matter', multiply('S', 'N'), 'N*S'], ['distributes', multiply(add('S', 1), 'N'), 'N*S+N'],
    ['exact', divideExactly(multiply(42, 'N'), 6), '7*N'], ['exact by a symbol', divideExactly('N*S', 'S'), 'N'],
    ['exact by a sum', divideExactly(multiply(add('S', 1), multiply('N', 4)), add('S', 1)), '4*N'],
    ['not exact', divideExactly('N', 2), undefined], ['by nothing', divideExactly(5, 0), undefined],
    ['down', divideDown('S', 2), 'floor(S/2)'], ['up', divideUp(subtract('S', 1), 2), 'ceil((S-1)/2)'], ['down, even', divideDown('2*S', 2), 'S'],
    ['atoms stay whole', multiply(divideDown(multiply('S', 'T'), 4), 'N'), 'N*floor((S*T)/4)'],
    ['all', multiplyAll(['N', 2, 'S', 3]), '6*N*S'], ['negative', subtract(0, 'S'), '-S'],
    ['substitute', substitute('N*S+2', new Map<string, Dim>([['S', 7], ['N', 3]])), 23],
    ['substitute inside', substitute(multiply(3, divideDown(add('S', 1), 2)), new Map<string, Dim>([['S', 8]])), 12],
    ['a name', symbolName('batch size/2'), 'batch_size_2'], ['a name from a digit', symbolName('2x'), '_2x'],
  ]
  for (const [name, result, expected] of cases) it(name, () => expect(result).toBe(expected))

  it('mentions', () => {
    expect(['42*N', 'floor(N/2)', 'Nx', 7, 'S'].map((dim) => mentions(dim, 'N'))).toEqual([true, true, false, false, false])
  })

  it('gives up on products of many sums', () => {
    const sums = Array.from({ length: 40 }, (_, index) => add(`a${index}`, `b${index}`))
    expect(isUnknown(multiplyAll(sums))).toBe(true)
  })

  it('agrees with numbers', () => {
    const expression = fc.letrec<{ dim: Dim }>((tie) => ({
      dim: fc.oneof({ depthSize: 'small' }, fc.constantFrom<Dim>('N', 'S', 'T'), fc.nat(9), fc.tuple(tie('dim'), tie('dim'), fc.nat(2)).map(
        ([a, b, which]): Dim => [add, subtract, multiply][which]!(a, b))),
    })).dim
    const values = new Map<string, Dim>([['N', 3], ['S', 5], ['T', 11]])
    const number = (dim: Dim) => substitute(dim, values) as number
    fc.assert(fc.property(expression, expression, (a, b) => {
      expect(number(add(a, b))).toBe(number(a) + number(b))
      expect(number(subtract(a, b))).toBe(number(a) - number(b))
      expect(number(multiply(a, b)) + 0).toBe(number(a) * number(b) + 0)
      const quotient = b === 0 ? undefined : divideExactly(multiply(a, b), b)
      if (quotient !== undefined) expect(number(quotient) + 0).toBe(number(a) + 0)
    }), { seed: 3 })
  })
})
