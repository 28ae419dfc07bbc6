/** Names and what they stand for: a text with a cursor, and every occurrence of the thing under it. */
import { parse } from '@scrub/grammar'
import { describe, expect, test } from 'vitest'
import { symbolsOf } from '../../src/language/symbols.ts'
import { cursorOf, show } from './check.ts'

/** `kind name`, then the lines in which it occurs, the occurrences marked. */
function occurrences(marked: string): string[] {
  const { text, offset } = cursorOf(marked)
  const symbols = symbolsOf(parse(text))
  const named = symbols.at(offset)?.named
  if (!named) return ['nothing']
  const shown = show(text, symbols.of(named).map(({ span }) => span)).split('\n')
  return [`${named.kind} ${named.name}`, ...shown.filter((line) => line.includes('«')).map((line) => line.trim())]
}

describe('hypotheses', () => {
  const text = 'hypothesis "a b" {}\nhypothesis c extends "a $0b", d {}\nexpect "a b" recovered > c\nexpect c recovered > "a b"'
  test('by name and in quotes', () => expect(occurrences(text)).toEqual([
    'hypothesis a b', 'hypothesis "«a b»" {}', 'hypothesis c extends "«a b»", d {}', 'expect "«a b»" recovered > c', 'expect c recovered > "«a b»"',
  ]))
  test('a word and the same in quotes are one', () => expect(occurrences('hypothesis "c" {}\nexpect $0c recovered > 1%')).toEqual(['hypothesis c', 'hypothesis "«c»" {}', 'expect «c» recovered > 1%']))
  test('one that does not exist', () => expect(occurrences('expect $0d recovered > 3%')).toEqual(['unknown d', 'expect «d» recovered > 3%']))
})

describe('nodes', () => {
  test('in features, after from and in refine', () => expect(occurrences(
    'hypothesis h {\n  node A$0 = z1 at x\n  node B = A or z2 at y from A, A[1] through any, data.A\n}\nhypothesis i extends h {\n  refine A = z2\n  node C = A at z\n}\nhypothesis j {\n  node A = z1 at x\n}',
  )).toEqual(['node A', 'node «A» = z1 at x', 'node B = «A» or z2 at y from «A», «A»[1] through any, data.A', 'refine «A» = z2', 'node C = «A» at z']))
  test('united where two hypotheses are merged', () => expect(occurrences(
    'hypothesis a { node A = z1 at x }\nhypothesis b { node A = z1 at x }\nhypothesis c extends a, b { refine $0A from z1 }',
  )).toEqual(['node A', 'hypothesis a { node «A» = z1 at x }', 'hypothesis b { node «A» = z1 at x }', 'hypothesis c extends a, b { refine «A» from z1 }']))
  test('before a let and a column of the name', () => expect(occurrences('let A = z1\nhypothesis h {\n  node A = z1 at x\n  node B = $0A at y\n}\nhypothesis i {\n  node B = A at y\n}'))
    .toEqual(['node A', 'node «A» = z1 at x', 'node B = «A» at y']))
  test('in a for', () => expect(occurrences('hypothesis a {\n  for i in [1] {\n    node A = i at x\n    node B = $0A at x\n  }\n}'))
    .toEqual(['node A', 'node «A» = i at x', 'node B = «A» at x']))
  test('a hypothesis that extends itself', () => expect(occurrences('hypothesis a extends b {\n  node A = 1 at x\n  refine $0A from z\n}\nhypothesis b extends a {\n}'))
    .toEqual(['node A', 'node «A» = 1 at x', 'refine «A» from z']))
})

describe('lets', () => {
  test('of the file', () => expect(occurrences('let a = z1\nlet b = a$0 + data.a\nmetric m = b + a\nhypothesis h { node n = a at x }'))
    .toEqual(['let a', 'let «a» = z1', 'let b = «a» + data.a', 'metric m = b + «a»', 'hypothesis h { node n = «a» at x }']))
  test('of a hypothesis, and inherited', () => expect(occurrences('let a = z1\nhypothesis h {\n  let a = z2\n  node n = $0a at x\n}\nhypothesis i extends h {\n  node m = a at y\n}\nhypothesis j extends h {\n  let a = z3\n  node m = a at y\n}'))
    .toEqual(['let a', 'let «a» = z2', 'node n = «a» at x', 'node m = «a» at y']))
  test('where only what is known without data can stand, no node', () => expect(occurrences('let n = 3\nhypothesis h {\n  node n[i in range($0n)] = n[i] at x[n]\n}'))
    .toEqual(['let n', 'let «n» = 3', 'node n[i in range(«n»)] = n[i] at x[«n»]']))
})

describe('indices', () => {
  test.each<[string, string, string[]]>([
    ['of a node', 'hypothesis h { node n[i$0 in range(3), j in range(i)] = i + [i for i in range(i)] at "/x{i}/{ i }"[i] from m[i] through [c[i]] }',
      ['index i', 'hypothesis h { node n[«i» in range(3), j in range(«i»)] = «i» + [i for i in range(«i»)] at "/x{«i»}/{ «i» }"[«i»] from m[«i»] through [c[«i»]] }']],
    ['of a comprehension, innermost', 'hypothesis h { node n[i in range(3)] = [i for $0i in range(i)] at x }', ['index i', 'hypothesis h { node n[i in range(3)] = [«i» for «i» in range(i)] at x }']],
    ['of a for', 'hypothesis h {\n  for l in [1, 2] {\n    node n = $0l at "x{l}"\n  }\n  node m = l at x\n}', ['index l', 'for «l» in [1, 2] {', 'node n = «l» at "x{«l»}"']],
    ['of a let', 'let f[i, j] = tokens[i] + $0j', ['index j', 'let f[i, «j»] = tokens[i] + «j»']],
    ['of a component', 'graph { component a[$0l in range(2)].h[h in range(l)] = "/a{l}/h{h}" }', ['index l', 'graph { component a[«l» in range(2)].h[h in range(«l»)] = "/a{«l»}/h{h}" }']],
    ['two at once', 'hypothesis h { node n[(l, h) in [(1, 2)]] = l at a[l].h[$0h] }', ['index h', 'hypothesis h { node n[(l, «h») in [(1, 2)]] = l at a[l].h[«h»] }']],
  ])('%s', (_, text, expected) => expect(occurrences(text)).toEqual(expected))
})

describe('names of the graph', () => {
  const graph = 'graph {\n  component a[l in range(2)].h[h in range(2)] = "/a{l}/h{h}"\n  point a[l in range(2)].in = "/in{l}"\n  component m[l in range(2)] = "/m{l}"\n  component top = m[1][:, 0]\n}\n'
  test.each<[string, string, string[]]>([
    ['however they are written', 'hypothesis h { node n[l in range(2)] = 1 at a[l].$0h[0] from x through [a1.h0, a[1].h1, m1] }',
      ['component a[l].h[h]', 'component «a»[l in range(2)].«h»[h in range(2)] = "/a{l}/h{h}"', 'hypothesis h { node n[l in range(2)] = 1 at «a»[l].«h»[0] from x through [«a1».«h0», «a»[1].«h1», m1] }']],
    ['with slices', 'hypothesis h { node n = 1 at $0a1.in[3, :] }', ['point a[l].in', 'point «a»[l in range(2)].«in» = "/in{l}"', 'hypothesis h { node n = 1 at «a1».«in»[3, :] }']],
    ['after component … =', 'hypothesis h { node n = 1 at $0m0 }', ['component m[l]', 'component «m»[l in range(2)] = "/m{l}"', 'component top = «m»[1][:, 0]', 'hypothesis h { node n = 1 at «m0» }']],
    ['not declared: a tensor, as in quotes', 'hypothesis h { node n = 1 at logit$0[1]\n node m = 1 at "logit" from model.logit }', ['tensor logit', 'hypothesis h { node n = 1 at «logit»[1]', 'node m = 1 at "«logit»" from model.«logit» }']],
  ])('%s', (_, text, expected) => expect(occurrences(graph + text)).toEqual(expected))
  test('in a for, with its index', () => expect(occurrences('graph { for l in [0, 1] {\n  component m$0 = "/m{l}"\n} }\nhypothesis h { node n = 1 at m[0] from x through [m1] }'))
    .toEqual(['component m[l]', 'component «m» = "/m{l}"', 'hypothesis h { node n = 1 at «m»[0] from x through [«m1»] }']))
  test('a name of several indices', () => expect(occurrences('graph { component z[(l, h) in [(9, 6), (9, 9)]] = "/z{l}.{h}" }\nhypothesis h { node n[p in [(9, 6)]] = 1 at z[p] from x through [$0z[9, 9], z[9]] }'))
    .toEqual(['component z[l, h]', 'graph { component «z»[(l, h) in [(9, 6), (9, 9)]] = "/z{l}.{h}" }', 'hypothesis h { node n[p in [(9, 6)]] = 1 at «z»[p] from x through [«z»[9, 9], z[9]] }']))
  test('parts of a rewrite', () => expect(occurrences('graph { rewrite t = $0phi + rest with phi = z1 }\nhypothesis h { node n = 1 at phi }'))
    .toEqual(['component phi', 'graph { rewrite t = «phi» + rest with «phi» = z1 }', 'hypothesis h { node n = 1 at «phi» }']))
})

describe('what the file does not define', () => {
  test.each<[string, string, string[]]>([
    ['a column', 'vocab z1 = ["a"]\ndata "d" as { x = $0z1 } filter data["z1"]\nhypothesis h { node n = z1 at x from z1, data.z1 }',
      ['column z1', 'vocab «z1» = ["a"]', 'data "d" as { x = «z1» } filter data["«z1»"]', 'hypothesis h { node n = «z1» at x from «z1», data.«z1» }']],
    ['a dotted column', 'hypothesis h { node n = a.b$0.c[1] at x }', ['column a.b.c', 'hypothesis h { node n = «a.b.c»[1] at x }']],
    ['in a metric, what it is elsewhere', 'metric m = f(logit$0, label)\nhypothesis h { node n = label at logit }', ['tensor logit', 'metric m = f(«logit», label)', 'hypothesis h { node n = label at «logit» }']],
    ['a column read by a metric', 'metric m = f(logit, label$0)\nhypothesis h { node n = label at logit }', ['column label', 'metric m = f(logit, «label»)', 'hypothesis h { node n = «label» at logit }']],
    ['unknown to the file', 'metric m = f(logit$0)', ['unknown logit', 'metric m = f(«logit»)']],
    ['a function', 'let a = su$0m(x, axis=1) + sum(y)', ['function sum', 'let a = «sum»(x, axis=1) + «sum»(y)']],
    ['no name: a keyword argument', 'let a = sum(x, ax$0is=1)', ['nothing']],
    ['no name: exact', 'hypothesis h { node n = exa$0ct at x }', ['nothing']],
    ['no name: an option', 'option unimportant tog$0ether', ['nothing']],
    ['a tensor with holes', 'graph { component c[l in range(2)] = "/b$0.{l}/z" }', ['tensor /b.{l}/z', 'graph { component c[l in range(2)] = "«/b.»{l}«/z»" }']],
    ['a string that is not closed', 'hypothesis h { node n = 1 at "lo$0git', ['tensor logit', 'hypothesis h { node n = 1 at "«logit»']],
  ])('%s', (_, text, expected) => expect(occurrences(text)).toEqual(expected))
})

describe('what can be named', () => {
  const scope = (marked: string) => {
    const { text, offset } = cursorOf(marked)
    return symbolsOf(parse(text)).inScope(offset).map(({ kind, name }) => `${kind} ${name}`).join(', ')
  }
  const before = 'let f = 1\nlet g[i] = i\nhypothesis b {\n  let x = 1\n  node n = x at y\n}\n'
  test.each<[string, string, string]>([
    ['in the file', `${before}let z = $0`, 'let f, let g, let z, hypothesis b'],
    ['in a let with an index', 'let g[i] = i$0 + 1\nlet h = 1', 'index i, let g, let h'],
    ['in a hypothesis', `${before}hypothesis c extends b {\n  node f[i in range(2)] = $0\n  node k = 1 at z\n}`, 'index i, node n, node f, node k, let x, let g, hypothesis b, hypothesis c'],
    ['after its end', `${before.replace('\n}', '\n}$0')}`, 'let f, let g, hypothesis b'],
    ['while the brace is missing', 'hypothesis b {\n  for l in [1] {\n    node n = l at y\n  }\n  node k = $0', 'node n, node k, hypothesis b'],
    ['in a comprehension', 'let a = [$0 for i in range(2)]', 'index i, let a'],
    ['names of the graph', 'graph {\n  component a[l in range(2)] = "/a{l}"\n  point p = $0\n}', 'component a[l], point p'],
  ])('%s', (_, text, expected) => expect(scope(text)).toBe(expected))
})
