/** Random expressions against an interpreter that takes one datum at a time, vectorised and unrolled. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { build, execute, flat, type TestColumn } from './run.ts'

type Env = ReadonlyMap<string, bigint>
type Datum = { readonly a: bigint; readonly b: bigint; readonly v: readonly bigint[]; readonly w: readonly bigint[] }

/** An expression as text, and its meaning. `unrolled` writes comprehensions so that their index must be known. */
interface Term<T> {
  readonly text: (unrolled: boolean) => string
  readonly value: (datum: Datum, env: Env) => T
}

const wrap = (x: bigint): bigint => BigInt.asIntN(64, x)
const modulo = (x: bigint, y: bigint): bigint => (y === 0n ? 0n : ((x % y) + y) % y)
const floorDivide = (x: bigint, y: bigint): bigint => (y === 0n ? 0n : (x - modulo(x, y)) / y)
const arithmetic: Record<string, (x: bigint, y: bigint) => bigint> = { '+': (x, y) => x + y, '-': (x, y) => x - y, '*': (x, y) => x * y, '//': floorDivide, '%': modulo }
const comparisons: Record<string, (x: bigint, y: bigint) => boolean> = { '<': (x, y) => x < y, '<=': (x, y) => x <= y, '==': (x, y) => x === y, '!=': (x, y) => x !== y, '>=': (x, y) => x >= y }

const leaf = <T>(text: string, value: Term<T>['value']): Term<T> => ({ text: () => text, value })
const arithmeticOp = fc.constantFrom(...Object.keys(arithmetic))
const comparisonOp = fc.constantFrom(...Object.keys(comparisons))

/** Terms of a depth; `bound` are the index variables in scope. */
function whole(depth: number, bound: readonly string[]): fc.Arbitrary<Term<bigint>> {
  const leaves = fc.oneof(
    fc.integer({ min: -3, max: 5 }).map((n) => leaf(n < 0 ? `(${n})` : `${n}`, () => BigInt(n))),
    fc.constantFrom(leaf('a', (d) => d.a), leaf('b', (d) => d.b)),
    ...bound.map((name) => fc.constant(leaf(name, (_, env) => env.get(name)!))),
  )
  if (depth === 0) return leaves
  const smaller = whole(depth - 1, bound)
  const arrays = vector(depth - 1, bound)
  const fresh = `i${bound.length}`
  return fc.oneof(
    leaves,
    fc.tuple(arithmeticOp, smaller, smaller).map(([op, x, y]): Term<bigint> => ({ text: (u) => `(${x.text(u)} ${op} ${y.text(u)})`, value: (d, e) => wrap(arithmetic[op]!(x.value(d, e), y.value(d, e))) })),
    fc.tuple(condition(depth - 1, bound), smaller, smaller).map(([c, x, y]): Term<bigint> => ({ text: (u) => `(if ${c.text(u)} then ${x.text(u)} else ${y.text(u)})`, value: (d, e) => (c.value(d, e) ? x : y).value(d, e) })),
    fc.tuple(arrays, smaller).map(([v, x]): Term<bigint> => ({ text: (u) => `${v.text(u)}[${x.text(u)} % 4]`, value: (d, e) => v.value(d, e)[Number(modulo(x.value(d, e), 4n))]! })),
    arrays.map((v): Term<bigint> => ({ text: (u) => `sum(${v.text(u)})`, value: (d, e) => wrap(v.value(d, e).reduce((s, x) => s + x)) })),
    arrays.map((v): Term<bigint> => ({ text: (u) => `max(${v.text(u)})`, value: (d, e) => v.value(d, e).reduce((s, x) => (x > s ? x : s)) })),
    fc.tuple(fc.integer({ min: 1, max: 3 }), whole(depth - 1, [...bound, fresh])).map(([n, body]): Term<bigint> => ({
      text: (u) => `sum(${comprehension(u, body, fresh, n)})`,
      value: (d, e) => wrap(spread(d, e, body, fresh, n).reduce((s, x) => s + x)),
    })),
    // A member of a family, with an index that is known, mapped, or the datum's.
    smaller.map((x): Term<bigint> => ({ text: (u) => `step[${x.text(u)}]`, value: (d, e) => wrap(wrap(x.value(d, e) * 2n) + d.a) })),
  )
}

function vector(depth: number, bound: readonly string[]): fc.Arbitrary<Term<readonly bigint[]>> {
  const leaves = fc.constantFrom<Term<readonly bigint[]>>(leaf('v', (d) => d.v), leaf('w', (d) => d.w), leaf('range(4)', () => [0n, 1n, 2n, 3n]))
  if (depth === 0) return leaves
  const smaller = vector(depth - 1, bound)
  const fresh = `i${bound.length}`
  return fc.oneof(
    leaves,
    smaller.map((v): Term<readonly bigint[]> => ({ text: (u) => `${v.text(u)}[::-1]`, value: (d, e) => [...v.value(d, e)].reverse() })),
    smaller.map((v): Term<readonly bigint[]> => ({ text: (u) => `cumulative_sum(${v.text(u)})`, value: (d, e) => running(v.value(d, e)) })),
    smaller.map((v): Term<readonly bigint[]> => ({ text: (u) => `sort(${v.text(u)})`, value: (d, e) => [...v.value(d, e)].sort((x, y) => (x < y ? -1 : x > y ? 1 : 0)) })),
    fc.tuple(arithmeticOp, smaller, whole(depth - 1, bound)).map(([op, v, x]): Term<readonly bigint[]> => ({ text: (u) => `(${v.text(u)} ${op} ${x.text(u)})`, value: (d, e) => v.value(d, e).map((item) => wrap(arithmetic[op]!(item, x.value(d, e)))) })),
    fc.tuple(arithmeticOp, smaller, smaller).map(([op, v, w]): Term<readonly bigint[]> => ({ text: (u) => `(${v.text(u)} ${op} ${w.text(u)})`, value: (d, e) => v.value(d, e).map((item, k) => wrap(arithmetic[op]!(item, w.value(d, e)[k]!))) })),
    fc.tuple(smaller, smaller).map(([v, w]): Term<readonly bigint[]> => ({ text: (u) => `${v.text(u)}[${w.text(u)} % 4]`, value: (d, e) => w.value(d, e).map((k) => v.value(d, e)[Number(modulo(k, 4n))]!) })),
    fc.tuple(condition(depth - 1, bound), smaller, smaller).map(([c, v, w]): Term<readonly bigint[]> => ({ text: (u) => `(if ${c.text(u)} then ${v.text(u)} else ${w.text(u)})`, value: (d, e) => (c.value(d, e) ? v : w).value(d, e) })),
    whole(depth - 1, [...bound, fresh]).map((body): Term<readonly bigint[]> => ({ text: (u) => comprehension(u, body, fresh, 4), value: (d, e) => spread(d, e, body, fresh, 4) })),
  )
}

function condition(depth: number, bound: readonly string[]): fc.Arbitrary<Term<boolean>> {
  const smaller = whole(depth === 0 ? 0 : depth - 1, bound)
  const compared = fc.tuple(comparisonOp, smaller, smaller).map(([op, x, y]): Term<boolean> => ({ text: (u) => `${x.text(u)} ${op} ${y.text(u)}`, value: (d, e) => comparisons[op]!(x.value(d, e), y.value(d, e)) }))
  if (depth === 0) return compared
  return fc.oneof(
    compared,
    fc.tuple(condition(depth - 1, bound), condition(depth - 1, bound)).map(([c, f]): Term<boolean> => ({ text: (u) => `(${c.text(u)} and not (${f.text(u)}))`, value: (d, e) => c.value(d, e) && !f.value(d, e) })),
    fc.tuple(smaller, vector(depth - 1, bound)).map(([x, v]): Term<boolean> => ({ text: (u) => `${x.text(u)} in ${v.text(u)}`, value: (d, e) => v.value(d, e).includes(x.value(d, e)) })),
  )
}

const comprehension = (unrolled: boolean, body: Term<bigint>, name: string, n: number): string =>
  `[${body.text(unrolled)}${unrolled ? ` + 0 * sum(range(${name}))` : ''} for ${name} in range(${n})]`

const spread = (datum: Datum, env: Env, body: Term<bigint>, name: string, n: number): readonly bigint[] =>
  Array.from({ length: n }, (_, i) => body.value(datum, new Map([...env, [name, BigInt(i)]])))

function running(values: readonly bigint[]): readonly bigint[] {
  let total = 0n
  return values.map((v) => (total = wrap(total + v)))
}

const data: readonly Datum[] = [
  { a: 1n, b: -2n, v: [0n, 3n, -1n, 2n], w: [1n, 1n, 0n, -3n] },
  { a: 0n, b: 3n, v: [2n, 2n, 5n, -4n], w: [0n, -1n, 7n, 2n] },
  { a: -3n, b: 0n, v: [0n, 0n, 0n, 1n], w: [-2n, 4n, 1n, 3n] },
]

const columns = Object.fromEntries((['a', 'b', 'v', 'w'] as const).map((name): [string, TestColumn] => {
  const values = data.map((d) => (typeof d[name] === 'bigint' ? Number(d[name]) : (d[name] as readonly bigint[]).map(Number)))
  return [name, { dtype: 'int64', values }]
}))

test('vectorised, unrolled and one datum at a time give the same', async () => {
  // Several at once: a session costs more than a run.
  const several = fc.array(fc.oneof(whole(3, []).map((t) => t as Term<unknown>), vector(3, []).map((t) => t as Term<unknown>)), { minLength: 12, maxLength: 12 })
  await fc.assert(
    fc.asyncProperty(several, async (terms) => {
      for (const unrolled of [false, true]) {
        const built = build(`let step[n] = n * 2 + a\nlet result = (${terms.map((t) => t.text(unrolled)).join(', ')})`, columns)
        expect(built.findings).toEqual([])
        const found = await execute(built.compiled!.parts, columns)
        terms.forEach((term, k) => {
          const expected = data.map((d) => term.value(d, new Map())).map((x) => (Array.isArray(x) ? x : [x]).map(Number))
          expect([term.text(unrolled), found[k]!.rows.map(flat)]).toEqual([term.text(unrolled), expected])
        })
      }
    }),
    { numRuns: 150, seed: 13 },
  )
})

test('whatever is written, the compiler answers with values that run or with a finding', async () => {
  const words = ['a', 'v', 'w', 'nope', 'step', 'pos', 'name', '"x"', '1', '0.5', '-1', 'true', 'inf', '(', ')', '[', ']', ',', ':', '+', '-', '*', '//', '%', '**', '@', '==', '<', 'in', 'and', 'not', 'if', 'then', 'else', 'for', 'i', 'range(3)', 'range(i)', 'sum(', 'stack([', 'v[', 'step[', 'pos[', '[i for i in ', 'axis=', 'any', 'exact', 'data.v', 'concat([v, w])', 'reshape(v, (2, 2))', '.b']
  const all = { ...columns, name: { dtype: 'string', values: ['x', 'y', 'x'] } } as const
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom(...words), { minLength: 1, maxLength: 9 }), async (tokens) => {
      const built = build(`let step[n] = n * 2 + a\nlet pos[n] = v[n]\nlet result = ${tokens.join(' ')}`, all, { members: { pos: [[0], [1], [2]] } })
      const errors = built.findings.filter((f) => f.severity === 'error')
      if (built.compiled) await execute(built.compiled.parts, all)
      else expect(errors.length).toBeGreaterThan(0)
    }),
    { numRuns: 6000, seed: 13 },
  )
})
