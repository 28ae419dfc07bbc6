/** Draws: a function of seed, path and sample; always in the right class; independent of everything else. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { BoundHypothesis, BoundNode } from '../../src/hypothesis/bound.ts'
import { classesOf, exactClasses, type Classes } from '../../src/scrub/classes.ts'
import { ALL, DisagreeingDraw, Draws, type Urn } from '../../src/scrub/draws.ts'
import { treeify } from '../../src/scrub/tree.ts'

const span = { start: 0, end: 0 }
const none = { any: false, tensors: new Set<string>() }

/** `{ out: ['A', 'B'], … }`: nodes with their parents; children first. The first node stands at the output. */
function hypothesisOf(parents: Readonly<Record<string, readonly string[]>>): BoundHypothesis {
  const nodes = Object.entries(parents).map(([name, above]): BoundNode => ({
    name, feature: 'any', featureText: 'any', place: { tensor: name, slice: [], text: name },
    parents: above.map((node) => ({ kind: 'node', node, through: none, span })), span, featureSpan: span, placeSpan: span,
  }))
  return { name: 'h', extends: [], identity: { canonical: '' }, nodes: nodes.reverse(), outputs: [Object.keys(parents)[0]!], options: { unimportant: 'together' }, span, canonical: '', ok: true }
}

const byValue = (values: readonly number[]): Classes =>
  classesOf([{ dtype: 'int64', dims: [values.length], data: BigInt64Array.from(values, (v) => BigInt(v)) }], values.length)

const ROWS = 12
const parity = byValue(Array.from({ length: ROWS }, (_, i) => i % 2))
const thirds = byValue(Array.from({ length: ROWS }, (_, i) => i % 3))

function urnOf(parents: Readonly<Record<string, readonly string[]>>, classes: Readonly<Record<string, Classes>>, unimportant: Urn['unimportant'] = 'together', seed = 0): Urn {
  return { tree: treeify(hypothesisOf(parents)), classes: new Map(Object.entries(classes)), rows: ROWS, seed, unimportant }
}

const diamond = { out: ['l', 'r'], l: ['deep'], r: ['deep'], deep: [] }
const diamondClasses = { out: exactClasses(ROWS), l: parity, r: thirds, deep: parity }

test('a node with two children has a branch for each path', () => {
  const { byName, branches } = treeify(hypothesisOf(diamond))
  expect(byName.get('deep')!.paths).toEqual(['out/r/deep', 'out/l/deep'])
  expect(branches).toBe(5)
})

describe('every draw lies in the class of the datum it represents', () => {
  for (const off of [undefined, 'l', 'deep', ALL] as const) {
    test(String(off), () => {
      const base = new Draws(urnOf(diamond, diamondClasses), 0, 500)
      const draws = off === undefined ? base : base.without(off)
      for (const name of Object.keys(diamond)) {
        const classes = diamondClasses[name as keyof typeof diamondClasses]
        const drawn = draws.node(name)
        const represented = draws.represented(name)
        drawn.forEach((x, i) => expect(classes.of[x]).toBe(classes.of[represented[i]!]))
        if (off === name || off === ALL) expect(drawn).toEqual(represented)
      }
    })
  }
})

test('each member of a class is drawn equally often', () => {
  const draws = new Draws(urnOf({ out: ['A'], A: [] }, { out: exactClasses(ROWS), A: thirds }), 0, 60_000)
  const counts = new Map<string, number>()
  const reference = draws.reference()
  draws.node('A').forEach((x, i) => counts.set(`${reference[i]} ${x}`, (counts.get(`${reference[i]} ${x}`) ?? 0) + 1))
  // Four members in every class: 48 pairs, each with probability 1/48.
  expect(counts.size).toBe(48)
  const chi2 = [...counts.values()].reduce((sum, n) => sum + (n - 1250) ** 2 / 1250, 0)
  expect(chi2).toBeLessThan(47 + 4 * Math.sqrt(2 * 47))
})

test('the samples of a run do not depend on how they are divided', () => {
  const urn = urnOf(diamond, diamondClasses)
  const whole = new Draws(urn, 0, 100)
  const tail = new Draws(urn, 40, 60)
  for (const name of ['out', 'l', 'deep']) {
    const branches = urn.tree.byName.get(name)!.paths.length
    for (let b = 0; b < branches; b++) {
      expect([...tail.node(name).subarray(b * 60, b * 60 + 60)]).toEqual([...whole.node(name).subarray(b * 100 + 40, b * 100 + 100)])
    }
  }
})

test('adding a node leaves the draws of all others unchanged', () => {
  const before = new Draws(urnOf({ out: ['A'], A: [] }, { out: parity, A: thirds }), 0, 200)
  const after = new Draws(urnOf({ out: ['Z', 'A'], Z: [], A: [] }, { out: parity, A: thirds, Z: parity }), 0, 200)
  expect(after.reference()).toEqual(before.reference())
  for (const name of ['out', 'A']) expect(after.node(name)).toEqual(before.node(name))
  for (const name of ['', 'out']) expect(after.unimportant(name, '')).toEqual(before.unimportant(name, ''))
})

test('two branches of one node draw independently', () => {
  const draws = new Draws(urnOf(diamond, { ...diamondClasses, l: exactClasses(ROWS), r: exactClasses(ROWS) }), 0, 5000)
  const deep = draws.node('deep')
  let same = 0
  for (let s = 0; s < 5000; s++) if (deep[s] === deep[5000 + s]) same++
  // Both in the class of the same datum, six members each: equal with probability 1/6.
  expect(Math.abs(same / 5000 - 1 / 6)).toBeLessThan(4 * Math.sqrt(5 / 36 / 5000))
})

describe('unimportant inputs', () => {
  const urn = (unimportant: Urn['unimportant']): Draws => new Draws(urnOf(diamond, diamondClasses, unimportant), 0, 300)
  test('together: one datum for each node', () => {
    const d = urn('together')
    expect(d.unimportant('l', 'p')).toEqual(d.unimportant('l', 'q'))
    expect(d.unimportant('l', 'p')).not.toEqual(d.unimportant('r', 'p'))
  })
  test('separate: one for each place', () => {
    const d = urn('separate')
    expect(d.unimportant('l', 'p')).not.toEqual(d.unimportant('l', 'q'))
  })
  test('shared: one for the whole sample, in all branches', () => {
    const d = urn('shared')
    const once = d.unimportant('', 'p')
    expect(d.unimportant('l', 'q')).toEqual(once)
    expect([...d.unimportant('deep', 'p')]).toEqual([...once, ...once])
  })
  test('with the claim off they are the node’s own datum', () => {
    const d = urn('together').without('l')
    expect(d.unimportant('l', '')).toEqual(d.node('l'))
    expect(d.unimportant('r', '')).toEqual(urn('together').unimportant('r', ''))
  })
})

test('a claim switched off changes only its node and what is above it', () => {
  const base = new Draws(urnOf(diamond, diamondClasses), 0, 100)
  const off = base.without('l')
  expect(off.node('out')).toBe(base.node('out'))
  expect(off.node('r')).toBe(base.node('r'))
  expect(off.node('l')).not.toEqual(base.node('l'))
  // The branch of `deep` below `r` draws as before.
  expect([...off.node('deep').subarray(0, 100)]).toEqual([...base.node('deep').subarray(0, 100)])
})

test('a partition that contradicts itself is noticed, not drawn from', () => {
  const broken: Classes = { ...parity, order: Int32Array.from(parity.order).reverse() }
  expect(() => new Draws(urnOf({ out: [] }, { out: broken }), 0, 50).node('out')).toThrow(DisagreeingDraw)
})

test('seeds give different draws, and the same seed the same', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 31 }), (seed) => {
      const draw = (s: number): Int32Array => new Draws(urnOf({ out: [] }, { out: parity }, 'together', s), 0, 64).node('out')
      expect(draw(seed)).toEqual(draw(seed))
      expect(draw(seed)).not.toEqual(draw(seed + 1))
    }),
    { numRuns: 20 },
  )
})
