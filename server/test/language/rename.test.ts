/** Renaming: the text that becomes of a text, what is refused and why, and that the file means the same afterwards. */
import { describe, expect, test } from 'vitest'
import { edited } from '../../src/language/edit.ts'
import { prepareRename, rename } from '../../src/language/rename.ts'
import { symbolsOf } from '../../src/language/symbols.ts'
import { transformerNames } from '../hypothesis/models.ts'
import { type Around, cursorOf, NOTHING, snapshotOf, TOY, TOY_HEAD, TRANSFORMER } from './check.ts'

/** The lines that changed, or the refusal. */
function renamed(marked: string, newName: string, around: Around = NOTHING): string[] {
  const { text, offset } = cursorOf(marked)
  const answer = rename(snapshotOf(text, around), offset, newName)
  if ('refused' in answer) return [answer.refused]
  const before = text.split('\n')
  return edited(text, answer.edits).split('\n').filter((line, i) => line !== before[i]).map((line) => line.trim())
}

describe('what becomes of the text', () => {
  const graph = 'graph {\n  component a[l in range(2)].h[h in range(2)] = "/a{l}/h{h}"\n  point a[l in range(2)].in = "/in{l}"\n  component b0 = "/b"\n}\n'
  test.each<[string, string, string, string[]]>([
    ['a hypothesis in quotes keeps them', 'hypothesis "a $0b" {}\nexpect "a b" recovered > 5%', 'c "d"', ['hypothesis "c \\"d\\"" {}', 'expect "c \\"d\\"" recovered > 5%']],
    ['a word gets quotes where it needs them', 'hypothesis a {}\nhypothesis c extends "a", $0a {}', 'x y', ['hypothesis "x y" {}', 'hypothesis c extends "x y", "x y" {}']],
    ['a reserved word too', 'hypothesis $0a {}', 'any', ['hypothesis "any" {}']],
    ['a node, in hypotheses that extend its own', 'hypothesis h {\n  node A$0 = z1 at x\n}\nhypothesis i extends h {\n  refine A from z1\n  node B = A at y from A[1] through [A]\n}\nhypothesis j {\n  node A = 1 at x\n}', 'first',
      ['node first = z1 at x', 'refine first from z1', 'node B = first at y from first[1] through [A]']],
    ['a let', 'let a = z1\nlet b[i] = $0a + i + data.a\nmetric m = a', 'c', ['let c = z1', 'let b[i] = c + i + data.a', 'metric m = c']],
    ['a metric', 'metric loss$0 = f(loss)', 'm', ['metric m = f(loss)']],
    ['an index, in quoted names too', 'hypothesis h {\n  node n[l in [1, 2]] = f[l]$0 at "/x{l}/{ l }"[l] from m[l]\n}'.replace('[l]$0', '[$0l]'), 'layer',
      ['node n[layer in [1, 2]] = f[layer] at "/x{layer}/{ layer }"[layer] from m[layer]']],
    ['the index of a comprehension alone', 'let a[i] = sum([x[i] for $0i in range(i)])', 'j', ['let a[i] = sum([x[j] for j in range(i)])']],
    ['one word of a component', `${graph}hypothesis h {\n  node n = 1 at $0a1.h0[2] from x through [a[0].h[1], a0.in]\n}`, 'attn', ['component attn[l in range(2)].h[h in range(2)] = "/a{l}/h{h}"', 'node n = 1 at attn1.h0[2] from x through [attn[0].h[1], a0.in]']],
    ['its other word', `${graph}hypothesis h {\n  node n = 1 at a1.h$00 from x through [a[0].h[1], a0.in]\n}`, 'head', ['component a[l in range(2)].head[h in range(2)] = "/a{l}/h{h}"', 'node n = 1 at a1.head0 from x through [a[0].head[1], a0.in]']],
    ['a word of the language after a dot', `${graph}hypothesis h {\n  node n = 1 at a1.$0in\n}`, 'from', ['point a[l in range(2)].from = "/in{l}"', 'node n = 1 at a1.from']],
    ['an index behind a digit gets brackets', `${graph}hypothesis h {\n  node n = 1 at $0a1.in\n}`, 'x2', ['point x2[l in range(2)].in = "/in{l}"', 'node n = 1 at x2[1].in']],
    ['a number that belongs to the name', `${graph}hypothesis h {\n  node n = 1 at $0b0 from x through [b[0]]\n}`, 'mlp', ['component mlp = "/b"', 'node n = 1 at mlp from x through [mlp]']],
    ['to the name it has', 'let $0a = 1', 'a', []],
  ])('%s', (_, text, name, expected) => expect(renamed(text, name)).toEqual(expected))
})

describe('what is refused', () => {
  const taken = (name: string, what: string) => [`\`${name}\` is the name of ${what} already; choose another one.`]
  test.each<[string, string, string, string[]]>([
    ['no name', 'let a $0 = 1', 'b', ['There is no name here; put the cursor on the name of a hypothesis, node, let, index, metric, component or point.']],
    ['a column', 'let a = $0z1', 'b', ['`z1` is a column of the dataset and is renamed there; to give it another name here, write `let NAME = z1`.']],
    ['a tensor', 'hypothesis h { node n = 1 at "$0logit" }', 'b', ['`logit` is a tensor of the model and is renamed there; to give it a name of your own, declare a `component` or `point` in `graph`.']],
    ['a function', 'let a = su$0m(z1)', 'b', ['`sum` is a function of the language; only what this file defines can be renamed.']],
    ['something unknown', 'expect $0h recovered > 5%', 'b', ['Nothing in this file defines `h`, so it cannot be renamed here.']],
    ['no identifier', 'let $0a = 1', '2b', ['`2b` is not a name: it takes letters, digits and `_`, and does not begin with a digit.']],
    ['a reserved word', 'let $0a = 1', 'any', ['`any` is a word of the language; choose another name.']],
    ['an empty hypothesis', 'hypothesis $0a {}', ' ', ['A hypothesis needs a name; write at least one letter.']],
    ['two hypotheses', 'hypothesis $0a {}\nhypothesis b {}', 'b', taken('b', 'a hypothesis')],
    ['two metrics', 'metric $0a = x\nmetric b = y', 'b', taken('b', 'a metric')],
    ['two nodes', 'hypothesis h {\n  node $0A = 1 at x\n  node B = 2 at y\n}', 'B', taken('B', 'a node of `h`')],
    ['a node of a hypothesis that extends this one', 'hypothesis h {\n  node $0A = 1 at x\n}\nhypothesis i extends h {\n  node B = 2 at y\n}', 'B', taken('B', 'a node of `i`')],
    ['nodes that a third hypothesis would merge', 'hypothesis a {\n  node $0A = 1 at x\n}\nhypothesis b {\n  node B = 2 at y\n}\nhypothesis c extends a, b {}', 'B', taken('B', 'a node of `b`')],
    ['a let that a feature of this name reads', 'let $0a = 1\nhypothesis h {\n  node n = a + b at x\n  node b = 1 at y\n}', 'b', taken('b', 'a node of `h`')],
    ['a column that the file reads', 'let $0a = 1\nlet c = a + z1', 'z1', taken('z1', 'a column')],
    ['a node that an inherited feature would name', 'hypothesis h {\n  node n = z1 at x\n}\nhypothesis i extends h {\n  node $0A = 1 at y\n}', 'z1', taken('z1', 'a column')],
    ['a hole that was none', 'hypothesis h {\n  node n[$0l in [1]] = 1 at "/x{k}"\n}', 'k', ['With the name `k` the file would mean something else; choose another one.']],
    ['an index inside another', 'let a[$0i] = [x[i, j] for j in range(3)]', 'j', taken('j', 'an index')],
    ['a tensor that is named bare', 'graph {\n  component $0c = "/x"\n}\nhypothesis h {\n  node n = 1 at c\n  node m = 1 at logit\n}', 'logit', taken('logit', 'a tensor')],
    ['declarations that would overlap', 'graph {\n  component $0a[l in range(2)] = "/a{l}"\n  component b1 = "/b"\n}', 'b', ['With the name `b` the file would mean something else; choose another one.']],
    ['a reference to several declarations', 'graph {\n  component $0a0 = "/x"\n  component a1 = "/y"\n}\nhypothesis h {\n  node n[l in [0, 1]] = 1 at a[l]\n}', 'b', ['`a` on line 6 stands for more than `a0`, so it cannot be renamed with it; write it out first.']],
  ])('%s', (_, text, name, expected) => expect(renamed(text, name)).toEqual(expected))
  test('a tensor of the model that the file does not name', () => expect(renamed(`${TOY_HEAD}graph {\n  component $0c = "/A"\n}`, 'logit', TOY)).toEqual(taken('logit', 'a tensor')))
})

describe('where the cursor stands', () => {
  const prepared = (marked: string) => {
    const { text, offset } = cursorOf(marked)
    const answer = prepareRename(snapshotOf(text, NOTHING), offset)
    return 'refused' in answer ? answer.refused : `${text.slice(answer.span.start, answer.span.end)} | ${answer.placeholder}`
  }
  test.each<[string, string, string]>([
    ['a hypothesis: without quotes', 'hypothesis "a $0b" {}', 'a b | a b'],
    ['a node', 'hypothesis h { node n = n$0 at x }', 'n | n'],
    ['a component: the word without its index', 'graph { component a[l in range(2)] = "/a{l}" }\nhypothesis h { node n = 1 at a$01 }', 'a | a'],
    ['an index in a quoted name', 'graph { component a[l in range(2)] = "/a{$0l}" }', 'l | l'],
    ['a keyword', 'hypo$0thesis h {}', 'There is no name here; put the cursor on the name of a hypothesis, node, let, index, metric, component or point.'],
  ])('%s', (_, text, expected) => expect(prepared(text)).toBe(expected))
})

describe('the file binds as before', () => {
  const toy = `${TOY_HEAD}let three = 3
graph {
  component inner = "/A"
  for p in ["B"] {
    component part = "/{p}"
  }
}
hypothesis base {
  let limit = three
  node A = z1 > limit at inner
  node out = A at logit from z3
}
hypothesis "with B" extends base {
  node B = z2 > limit at part["B"]
  refine out = A or B
}
hypothesis other {
  let limit = 2
  node out = z1 > limit at logit from z1 through [inner, part["B"]]
}
expect "with B" recovered > base
`
  const transformer = `model "t.onnx"
data "t.npz"
metric loss = cross_entropy(logits, label)
let first[i] = tokens[i] == 1
${transformerNames}
hypothesis h {
  node heads[l in range(2), k in range(2)] = first[l] and first[k] at a[l].h[k]
  for q in [1, 2] {
    node mlp = first[q] at m[q - 1]
    node top = mlp at "/r{q}"[q]
  }
  node out = [sum([1 for i in range(w)]) for w in range(2)] at logits from heads through [m1], mlp[1]
}
hypothesis i extends h {
  refine heads[l in range(1), k in [1]] = first[k] from tokens through any
}
`
  /** Everything in the text that a rename could be asked of, once each. */
  const names = (text: string) => {
    const symbols = symbolsOf(snapshotOf(text, NOTHING).parsed)
    return symbols.occurrences.filter(({ named, role }) => role === 'definition' && named.definitions.length > 0).map(({ span, named }) => ({ offset: span.start, kind: named.kind, word: text.slice(span.start, span.end) }))
  }
  const all = ([['toy', toy, TOY], ['transformer', transformer, TRANSFORMER]] as const).flatMap(([model, text, around]) => names(text).map((name) => ({ model, text, around, ...name })))

  test('the files are fine, and have every kind of name', () => {
    for (const [text, around] of [[toy, TOY], [transformer, TRANSFORMER]] as const) {
      const { parsed, bound } = snapshotOf(text, around)
      expect([...parsed.findings, ...bound!.findings]).toEqual([])
    }
    expect([...new Set(all.map(({ kind }) => kind))].sort()).toEqual(['component', 'hypothesis', 'index', 'let', 'metric', 'node', 'point'])
  })

  test.each(all)('$model: $kind $word', ({ text, around, offset, kind, word }) => {
    // Sorts where the old name does: the canonical text has nodes by name.
    const fresh = `${word.replace(/\W/g, '')}_x`
    const answer = rename(snapshotOf(text, around), offset, fresh)
    if ('refused' in answer) throw new Error(answer.refused)
    const after = snapshotOf(edited(text, answer.edits), around)
    const before = snapshotOf(text, around)
    expect(after.parsed.findings).toEqual([])
    expect(after.bound!.findings).toEqual([])
    const meaning = ({ bound }: typeof before) => bound!.hypotheses.map(({ name, ok, outputs, canonical }) => ({ name, ok, outputs, canonical }))
    const same = JSON.stringify(meaning(after))
    expect(kind === 'node' || kind === 'hypothesis' ? same.replaceAll(fresh, word) : same).toBe(JSON.stringify(meaning(before)))
  })

  test.each(all)('$model: $kind $word as a name of the file binds or is refused', ({ text, around, offset }) => {
    const nodes = ({ bound }: ReturnType<typeof snapshotOf>) => bound!.hypotheses.map((one) => one.nodes.map(({ parents }) => parents.length).sort())
    const before = snapshotOf(text, around)
    for (const name of ['z1', 'tokens', 'out', 'A', 'q', 'h', 'limit', 'inner']) {
      const answer = rename(before, offset, name)
      if ('refused' in answer) continue
      const after = snapshotOf(edited(text, answer.edits), around)
      expect([name, ...after.parsed.findings, ...after.bound!.findings]).toEqual([name])
      expect(nodes(after)).toEqual(nodes(before))
    }
  })
})
