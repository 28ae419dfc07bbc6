/** Legality of edges against the definition: all paths of small random graphs, listed one by one. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { findings, given } from './check.ts'
import { model } from './models.ts'

const SIZE = 8
const name = (i: number): string => (i === 0 ? 'x' : i === SIZE - 1 ? 'y' : `t${i}`)

/** Sources of every tensor: some of the earlier ones, always at least one. */
const graphs = fc.tuple(...Array.from({ length: SIZE - 1 }, (_, i) => fc.uniqueArray(fc.integer({ min: 0, max: i }), { minLength: 1, maxLength: 3 })))
const inner = fc.integer({ min: 1, max: SIZE - 2 })
const through = fc.oneof(fc.constant('none' as const), fc.constant('any' as const), fc.uniqueArray(inner, { minLength: 1, maxLength: 2 }))

/** Paths from `from` to `to`, as the tensors strictly between. */
function paths(sources: readonly number[][], from: number, to: number): number[][] {
  return sources[to - 1]?.flatMap((s) => (s === from ? [[]] : paths(sources, from, s).map((path) => [...path, s]))) ?? []
}

test('an edge is legal exactly when one path is free', () => {
  const seen = new Map<string, number>()
  fc.assert(fc.property(graphs, fc.uniqueArray(inner, { maxLength: 4 }), fc.integer({ min: 0, max: SIZE - 2 }), fc.uniqueArray(fc.integer({ min: 0, max: SIZE - 2 }), { maxLength: 2 }), inner, through, (sources, components, parent, siblings, child, via) => {
    const others = siblings.filter((s) => s !== parent && s !== child)
    fc.pre(parent !== child)
    const allowed = Array.isArray(via) ? via.filter((t) => components.includes(t) && !others.includes(t)) : via
    fc.pre(!Array.isArray(allowed) || allowed.length > 0)
    // The definition.
    const open = (t: number) => !others.includes(t) && (!components.includes(t) || allowed === 'any' || (Array.isArray(allowed) && allowed.includes(t)))
    const all = paths(sources, parent, child)
    const expected = all.some((path) => path.every(open)) ? 'legal' : all.length > 0 ? 'blocked-edge' : paths(sources, child, parent).length > 0 ? 'reversed-edge' : 'missing-edge'
    seen.set(expected, (seen.get(expected) ?? 0) + 1)

    const graph = model(['x: float32[N]'], sources.map((from, i) => `${name(i + 1)}: float32[N] = ${from.map(name).join(', ')}`), ['y'])
    const clause = allowed === 'none' ? '' : allowed === 'any' ? ' through any' : ` through [${allowed.map((t) => `c${t}`).join(', ')}]`
    // Siblings run through anything, so that only the edge in question is in question; each is on a line of its own.
    const text = `model "m" data "d" metric m = y graph { ${components.map((t) => `component c${t} = ${name(t)}`).join(' ')} }
hypothesis h { node out = any at y node p = any at ${name(parent)} ${others.map((t) => `node s${t} = any at ${name(t)}`).join(' ')} node n = any at ${name(child)} from p${clause}${others.map((t) => `,\n s${t} through any`).join('')} }`
    const found = findings(text, given(graph, ['x: float32'])).filter((line) => line.startsWith('2:')).map((line) => line.split(' ')[1])
    expect(found).toEqual(expected === 'legal' ? [] : [expected])
  }), { seed: 1, numRuns: 1500 })
  // Every answer occurs often enough to count.
  for (const answer of ['legal', 'blocked-edge', 'reversed-edge', 'missing-edge']) expect(seen.get(answer), answer).toBeGreaterThan(50)
})

test('what a blocked edge is advised to run through makes it legal', () => {
  let advised = 0
  fc.assert(fc.property(graphs, fc.uniqueArray(inner, { minLength: 2, maxLength: 6 }), (sources, components) => {
    const graph = model(['x: float32[N]'], sources.map((from, i) => `${name(i + 1)}: float32[N] = ${from.map(name).join(', ')}`), ['y'])
    const file = (clause: string) => `model "m" data "d" metric m = y graph { ${components.map((t) => `component c${t} = ${name(t)}`).join(' ')} } hypothesis h { node out = any at y from x${clause} }`
    const advice = /write `(through \[.*?\])`/.exec(findings(file(''), given(graph, ['x: float32'])).join())?.[1]
    if (!advice) return
    advised++
    expect(findings(file(` ${advice}`), given(graph, ['x: float32']))).toEqual([])
    // And nothing shorter would do.
    const parts = advice.slice(9, -1).split(', ')
    for (const left of parts) {
      const fewer = parts.filter((p) => p !== left)
      expect(findings(file(fewer.length > 0 ? ` through [${fewer.join(', ')}]` : ''), given(graph, ['x: float32'])).length).toBe(1)
    }
  }), { seed: 2, numRuns: 500 })
  expect(advised).toBeGreaterThan(50)
})
