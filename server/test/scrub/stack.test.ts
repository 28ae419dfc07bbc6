/** Nodes at positions that are computed together have the values they have one by one. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { attr, Dag, emit, plainHeader, type Value } from '../../src/onnx/dag.ts'
import { BATCH, type Tensor } from '../../src/onnx/types.ts'
import { openRuntime } from '../../src/runner/onnxruntime.ts'
import { absorb } from '../../src/scrub/absorb.ts'
import { Families } from '../../src/scrub/families.ts'
import { stack } from '../../src/scrub/stack.ts'
import { streamsOf } from '../../src/scrub/streams.ts'
import { substitute, topological } from '../../src/scrub/walk.ts'
import { fixture, reportOf, runFile } from './run-file.ts'

const runtime = openRuntime({ device: 'cpu', threads: 1 })
const ROWS = 2
const [POSITIONS, WIDTH] = [5, 6]
const TYPE = { dtype: 'float32' as const, shape: [BATCH, POSITIONS, WIDTH] }

const filled = (dims: readonly number[], from: number): Tensor => ({
  dtype: 'float32', dims, data: Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(from + i * 1.7)),
})

async function evaluate(value: Value): Promise<Tensor> {
  const emitted = emit(new Map([['o', value]]), plainHeader)
  const session = await runtime.load(emitted.bytes)
  const feeds = Object.fromEntries(emitted.inputs.map(({ name, type }) => [name, filled([ROWS, ...(type.shape!.slice(1) as number[])], 10 * name.charCodeAt(0) + name.charCodeAt(1))]))
  const { o } = await session.run(feeds)
  await session.release()
  return o!
}

/** What streams 0, 1, … read of one cached function of `x`. */
class Reads {
  readonly dag = new Dag()
  readonly source: Value
  readonly families: Families

  constructor(source: (dag: Dag, x: Value) => Value = (_, x) => x) {
    this.source = source(this.dag, this.dag.input('x', TYPE))
    this.families = new Families(this.dag, (name) => (/^r\d$/.test(name) ? { source: this.source, id: Number(name[1]) } : undefined))
  }

  of(stream: number): Value {
    return this.dag.input(`r${stream}`, this.source.type)
  }

  at(stream: number, start: number, end = start + 1): Value {
    return this.dag.op('Slice', [this.of(stream), this.dag.ints([start]), this.dag.ints([end]), this.dag.ints([1])])
  }

  joined(members: readonly Value[]): Value {
    return this.dag.op('Concat', members, { axis: attr.int(1) })
  }

  weight(dims: readonly number[], from = 0): Value {
    return this.dag.constant(filled(dims, from))
  }

  /** As it is compiled, with the number of reads and of operators that are left. */
  compiled(value: Value): { readonly value: Value; readonly families: number; readonly operators: number } {
    const made = absorb(this.dag, stack(this.dag, value, this.families), this.families, streamsOf((name) => (/^r\d$/.test(name) ? Number(name[1]) + 1 : -1)), (same) => same)
    const order = topological([made])
    return { value: made, families: order.filter((v) => this.families.of(v)).length, operators: order.filter(({ def }) => def.kind === 'op').length }
  }

  /** With what each family reads written out. */
  written(value: Value): Value {
    const { dag } = this
    const [opened] = substitute(dag, [value], (v) => {
      const family = this.families.of(v)
      return family && this.joined(family.pieces.map(({ id, start, end }) => {
        const [own] = substitute(dag, [family.source], (input) => (input.def.kind === 'input' && input.def.name === 'x' ? dag.input(`x${id}`, TYPE) : undefined))
        return dag.op('Slice', [own, dag.ints([start]), dag.ints([end]), dag.ints([1])])
      }))
    })
    // Reads that are in no family.
    const [whole] = substitute(dag, [opened!], (v) => {
      if (v.def.kind !== 'input' || !/^r\d$/.test(v.def.name)) return undefined
      const stream = v.def.name[1]!
      return substitute(dag, [this.source], (input) => (input.def.kind === 'input' && input.def.name === 'x' ? dag.input(`x${stream}`, TYPE) : undefined))[0]
    })
    return whole!
  }

  async expectSame(value: Value): Promise<ReturnType<Reads['compiled']>> {
    const made = this.compiled(value)
    const [before, after] = [await evaluate(this.written(value)), await evaluate(this.written(made.value))]
    expect(after.dims).toEqual(before.dims)
    Array.from(after.data as Float32Array).forEach((v, k) => expect(v).toBeCloseTo(Number(before.data[k]), 4))
    return made
  }
}

/** An operator on one position, shape [N, n, 6] in and out. */
type Step = (reads: Reads, v: Value) => Value
const STEPS: Record<string, Step> = {
  relu: (r, v) => r.dag.op('Relu', [v]),
  bias: (r, v) => r.dag.op('Add', [v, r.weight([WIDTH], 3)]),
  'layer norm': (r, v) => r.dag.op('LayerNormalization', [v, r.weight([WIDTH], 1), r.weight([WIDTH], 2)], { axis: attr.int(-1) }),
  product: (r, v) => r.dag.op('MatMul', [v, r.weight([WIDTH, WIDTH], 4)]),
  'residual': (r, v) => r.dag.op('Add', [v, r.dag.op('Tanh', [v])]),
  'mean out': (r, v) => r.dag.op('Sub', [v, r.dag.op('ReduceMean', [v, r.dag.ints([-1])], { keepdims: attr.int(1) })]),
  softmax: (r, v) => r.dag.op('Softmax', [v], { axis: attr.int(-1) }),
  'turned twice': (r, v) => r.dag.op('Transpose', [r.dag.op('Sigmoid', [r.dag.op('Transpose', [v], { perm: attr.ints([0, 2, 1]) })])], { perm: attr.ints([0, 2, 1]) }),
  heads: (r, v) => {
    const n = v.type.shape![1] as number
    const heads = r.dag.op('Reshape', [v, r.dag.ints([0, n, 2, 3])])
    return r.dag.op('Reshape', [r.dag.op('MatMul', [heads, r.weight([3, 3], 5)]), r.dag.ints([0, n, 6])])
  },
  'two parts': (r, v) => {
    const [a, b] = r.dag.call({ opType: 'Split', domain: '', attributes: { axis: attr.int(2) }, inputs: [v, r.dag.ints([2, 4])], captures: new Map(), outputs: 2 })
    return r.dag.op('Concat', [b, r.dag.op('Neg', [a])], { axis: attr.int(2) })
  },
  'dropped and given back': (r, v) => (v.type.shape![1] === 1 ? r.dag.op('Unsqueeze', [r.dag.op('Squeeze', [v, r.dag.ints([1])]), r.dag.ints([1])]) : v),
}

describe('a node at each position', () => {
  test('of one tensor is one read', async () => {
    const reads = new Reads()
    const { families, operators } = await reads.expectSame(reads.joined([0, 1, 2, 3, 4].map((i) => reads.at(i, i))))
    expect([families, operators]).toEqual([1, 0])
  })

  test.each(Object.entries(STEPS))('%s follows it into the cache', async (name, step) => {
    const reads = new Reads()
    const { families, operators } = await reads.expectSame(step(reads, reads.joined([0, 1, 2, 3, 4].map((i) => reads.at(i, i)))))
    // A tensor that is turned has its positions elsewhere.
    expect(families).toBe(1)
    expect(operators).toBeLessThanOrEqual(name === 'turned twice' ? 3 : 0)
  })

  test.each(Object.entries(STEPS))('%s of each is one operator of all', async (_, step) => {
    const reads = new Reads()
    const both = (i: number): Value => reads.dag.op('Add', [reads.at(i, i), reads.at(5 + i, i)])
    const once = reads.compiled(step(reads, both(0))).operators
    const { operators, families } = await reads.expectSame(reads.joined([0, 1, 2, 3].map((i) => step(reads, both(i)))))
    expect(families).toBe(2)
    expect(operators).toBeLessThan(once + 1)
  })

  test('with other positions random: one read of both', async () => {
    const reads = new Reads()
    const { families } = await reads.expectSame(STEPS['layer norm']!(reads, reads.joined([reads.at(0, 0, 2), reads.at(1, 2), reads.at(0, 3, 5)])))
    expect(families).toBe(1)
  })

  test('and one of them again: only what is read of it is cached', async () => {
    const reads = new Reads()
    const all = reads.joined([0, 1, 2, 3, 4].map((i) => reads.at(i, i)))
    const one = reads.dag.op('MatMul', [reads.dag.op('Slice', [all, reads.dag.ints([2]), reads.dag.ints([3]), reads.dag.ints([1])]), reads.weight([WIDTH, 4])])
    const { value } = await reads.expectSame(one)
    expect(topological([value]).map((v) => reads.families.of(v)).filter((f) => f).map((f) => [f!.length, f!.pieces])).toEqual([[1, [{ id: 2, start: 0, end: 1 }]]])
  })
})

describe('what cannot be joined stays as it was', () => {
  test.each<[string, (r: Reads) => Value]>([
    ['other weights', (r) => r.joined([0, 1].map((i) => r.dag.op('MatMul', [r.at(i, i), r.weight([WIDTH, WIDTH], i)])))],
    ['other operators', (r) => r.joined([r.dag.op('Relu', [r.at(0, 0)]), r.dag.op('Tanh', [r.at(1, 1)])])],
    ['other attributes', (r) => r.joined([0, 1].map((i) => r.dag.op('LeakyRelu', [r.at(i, i)], { alpha: attr.float(0.1 * (i + 1)) })))],
    ['softmax over the positions', (r) => r.dag.op('Softmax', [r.joined([0, 1].map((i) => r.at(i, i)))], { axis: attr.int(1) })],
    ['a sum over the positions', (r) => r.dag.op('ReduceSum', [r.joined([0, 1].map((i) => r.at(i, i))), r.dag.ints([1])], { keepdims: attr.int(1) })],
    ['the same three times', (r) => r.joined([0, 0, 0].map((i) => r.dag.op('Relu', [r.at(i, i)])))],
    ['a bias for each position', (r) => r.dag.op('Add', [r.joined([0, 1, 2, 3, 4].map((i) => r.at(i, i))), r.weight([POSITIONS, WIDTH])])],
    ['one value for all, of length 1', (r) => r.joined([0, 1].map((i) => r.dag.op('Add', [r.at(i, i), r.at(3, 3)])))],
    ['features side by side', (r) => r.dag.op('Concat', [r.dag.op('Relu', [r.at(0, 0)]), r.dag.op('Relu', [r.at(1, 1)])], { axis: attr.int(2) })],
    ['positions against each other', (r) => {
      const x = r.joined([0, 1, 2, 3, 4].map((i) => r.at(i, i)))
      return r.dag.op('MatMul', [x, r.dag.op('Transpose', [x], { perm: attr.ints([0, 2, 1]) })])
    }],
    ['two of a hundred', (r) => r.joined([r.at(0, 0), r.at(1, 4)])],
  ])('%s', async (_, make) => {
    const reads = new Reads()
    await reads.expectSame(make(reads))
  })
})

test('any chain of operators on any positions of any streams', async () => {
  const names = Object.keys(STEPS)
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(3), fc.nat(POSITIONS - 1), fc.array(fc.constantFrom(...names), { maxLength: 3 })), { minLength: 2, maxLength: 5 }),
      fc.array(fc.constantFrom(...names), { maxLength: 3 }),
      fc.boolean(),
      async (members, after, alike) => {
        const reads = new Reads((dag, x) => dag.op('Add', [x, dag.op('Tanh', [x])]))
        const chain = (steps: readonly string[], v: Value): Value => steps.reduce((value, name) => STEPS[name]!(reads, value), v)
        const joined = reads.joined(members.map(([stream, at, own]) => chain(alike ? members[0]![2] : own, reads.at(stream, at))))
        await reads.expectSame(chain(after, joined))
      },
    ),
    { numRuns: 60 },
  )
})

describe('where whole tensors do not fit into the memory', () => {
  const file = fixture('zoo/slices.scrub')

  test('slices are read one by one, and are one line of the plan', async () => {
    const cached = async (memory: number): Promise<string[]> => {
      const result = await runFile(file, { hypotheses: ['three positions'], samples: 100, memory, explain: true })
      return result.kind === 'plan' ? result.plans[0]!.cached.map(({ what }) => what) : []
    }
    expect([await cached(10_000), await cached(100)]).toEqual([['data.t', 'ws'], expect.arrayContaining(['h[0]', 'h[1]', 'h[2]'])])
  })

  test.each(['three positions', 'sign of three positions', 'one channel of two positions', 'two leaves of g'])('%s has the same samples', async (name) => {
    const samples = async (memory: number): Promise<number[]> => Array.from((await reportOf(file, { hypotheses: [name], samples: 300, memory })).evaluated.samples.get(name)!.scrubbed)
    const [little, much] = [await samples(100), await samples(10_000)]
    expect(Math.max(...little.map((v, i) => Math.abs(v - much[i]!)))).toBeLessThan(1e-5)
  })
})
