/** Completion, context by context: a text with a cursor, and the labels that are suggested. */
import { describe, expect, test } from 'vitest'
import { completion, type CompletionList, type Host } from '../../src/language/completion.ts'
import { model } from '../hypothesis/models.ts'
import { given } from '../hypothesis/check.ts'
import { transformerNames } from '../hypothesis/models.ts'
import { type Around, cursorOf, NOTHING, snapshotOf, TOY, TOY_HEAD, TRANSFORMER } from './check.ts'

async function at(marked: string, around: Around = TOY, host?: Host): Promise<CompletionList & { text: string }> {
  const { text, offset } = cursorOf(marked)
  return { ...(await completion(snapshotOf(text, around), offset, host)), text }
}

/** The first labels, at most `most`. */
async function labels(marked: string, around: Around = TOY, most = 8, host?: Host): Promise<string[]> {
  return (await at(marked, around, host)).items.slice(0, most).map(({ label }) => label)
}

/** The text after the suggestion `label` was taken; tab stops stay. */
async function taken(marked: string, label: string, around: Around = TOY, host?: Host): Promise<string> {
  const { items, text } = await at(marked, around, host)
  const item = items.find((one) => one.label === label)
  if (!item) throw new Error(`no ${label} among ${items.map((one) => one.label).join(' ')}`)
  return text.slice(0, item.replace.start) + item.insertText + text.slice(item.replace.end)
}

async function detail(marked: string, label: string, around: Around = TOY): Promise<string | undefined> {
  return (await at(marked, around)).items.find((one) => one.label === label)?.detail
}

const H = `${TOY_HEAD}let big = z1 > 3\nhypothesis h {\n  node A = big at "/A"\n  node B = z2 > 3 at "/B"\n`
const T = `model "t.onnx"\ndata "t.npz"\nvocab tokens = ["a", "b", "c"]\nmetric loss = cross_entropy(logits, label)\n${transformerNames}\n`

describe('statements', () => {
  const table: [string, string, string[]][] = [
    ['an empty file', '$0', ['model', 'data', 'metric', 'hypothesis', 'expect', 'let', 'graph', 'vocab']],
    ['what is there once is not offered again', 'model "m.onnx"\n$0', ['data', 'metric', 'hypothesis', 'expect', 'let', 'graph', 'vocab', 'option']],
    ['after a complete file', `${TOY_HEAD}$0`, ['hypothesis', 'expect', 'let', 'graph', 'vocab', 'option', 'metric', 'score']],
    ['a word half typed', `${TOY_HEAD}hy$0`, ['hypothesis']],
    ['in a graph', `${TOY_HEAD}graph {\n  $0\n}`, ['component', 'point', 'for', 'use', 'rewrite']],
    ['in a hypothesis', `${TOY_HEAD}hypothesis h {\n  $0\n}`, ['node', 'let', 'for', 'option']],
    ['in one that extends another', `${TOY_HEAD}hypothesis h extends g {\n  re$0\n}`, ['refine']],
    ['in a for', `${TOY_HEAD}hypothesis h {\n  for i in range(2) {\n    n$0\n  }\n}`, ['node', 'option']],
    ['after a block', `${TOY_HEAD}hypothesis h {\n}\nexp$0`, ['expect']],
    ['without the closing brace', `${TOY_HEAD}hypothesis h {\n  no$0`, ['node']],
    ['in a comment', '# $0', []],
    ['in a comment after a statement', `${TOY_HEAD}hypothesis h { # no$0\n}`, []],
  ]
  test.each(table)('%s', async (_, text, expected) => expect(await labels(text)).toEqual(expected))
  test('with a form to fill in', async () => {
    expect(await taken(`${TOY_HEAD}hypothesis h {\n  no$0\n}`, 'node')).toContain('node ${1:name} = ${2:feature} at $0')
  })
})

describe('expressions', () => {
  test.each<[string, string, string[]]>([
    ['a feature', `${H}  node out = $0 at logit\n}`, ['A', 'B', 'big', 'z1', 'z2', 'z3', 'label', 'exact']],
    ['not the node itself', `${H}  node out = o$0 at logit\n}`, ['ones', 'outer', 'one_hot', 'ones_like', 'logical_or', 'log', 'cos', 'dot']],
    ['not what is computed from it', `${H}  node C = $0 at "/C"\n  node out = A or C at logit\n}`, ['A', 'B', 'big', 'z1', 'z2', 'z3', 'label', 'exact']],
    ['exact only as a whole feature', `${H}  node out = A or ex$0 at logit\n}`, ['exp', 'expm1', 'expand_dims', 'logsumexp', 'take_along_axis']],
    ['a column by its namespace', `${H}  node out = data.$0 at logit\n}`, ['z1', 'z2', 'z3', 'label']],
    ['an output in a metric', `${TOY_HEAD}metric more = lo$0`, ['logit', 'log', 'log2', 'load', 'log1p', 'log10', 'logsumexp', 'logical_or']],
    ['after an operand', `${H}  node out = A $0\n}`, ['at', 'and', 'or', 'in', 'not in', 'node', 'let', 'for']],
    ['an open if', `${H}  node out = if A $0\n}`, ['at', 'then', 'and', 'or', 'in', 'not in', 'node', 'let']],
    ['the filter of the data', `${TOY_HEAD.replace('toy.jsonl"', 'toy.jsonl" filter $0')}`, ['z1', 'z2', 'z3', 'label', 'abs', 'sign', 'square', 'floor']],
  ])('%s', async (_, text, expected) => expect(await labels(text)).toEqual(expected))

  test('indices come first', async () => expect(await labels(`${T}hypothesis h {\n  node a[i in range(4)] = tokens[$0] at emb[i]\n}`, TRANSFORMER, 2)).toEqual(['i', 'tokens']))
  test('only what is known without data in a set', async () => expect(await labels(`${T}hypothesis h {\n  node a[i in $0] = 1`, TRANSFORMER)).toEqual(['range', 'len']))
  test('the set of an index', async () => expect(await taken(`${T}hypothesis h {\n  node a[i in ran$0] = 1\n}`, 'range', TRANSFORMER)).toContain('[i in range($1)$0]'))
  test('arguments by name', async () => expect((await labels(`${TOY_HEAD}let s = sum(z1, $0)`, TOY, 2))).toEqual(['axis=', 'keepdims=']))
  test('arguments that are there are not offered', async () => expect((await labels(`${TOY_HEAD}let s = sum(z1, axis=0, $0)`, TOY, 1))).toEqual(['keepdims=']))
  test('a call gets its parentheses', async () => expect(await taken(`${TOY_HEAD}let s = su$0`, 'sum')).toContain('sum($1)$0'))
  test('but not twice', async () => expect(await taken(`${TOY_HEAD}let s = su$0(z1)`, 'sum')).toContain('= sum(z1)'))
  test('types of what is named', async () => {
    expect(await detail(`${H}  node out = $0 at logit\n}`, 'A')).toBe('node bool at "/A"')
    expect(await detail(`${H}  node out = $0 at logit\n}`, 'big')).toBe('let bool')
    expect(await detail(`${H}  node out = $0 at logit\n}`, 'z1')).toBe('column int64')
  })
  test('without a model there are still nodes and functions', async () => expect(await labels(`${H}  node out = $0 at logit\n}`, NOTHING, 4)).toEqual(['A', 'B', 'big', 'exact']))
})

describe('in a rewrite', () => {
  const at = (rest: string) => `${T.replace(/\}\s*$/, '')}  rewrite m0 = ${rest}\n}`
  test.each<[string, string, string[]]>([
    ['an operand', at('$0'), ['rest', 'a0.h0', 'a0.h1', 'a1.h0', 'a1.h1', 'm0', 'm1', 'emb']],
    ['after with', at('u + rest with u = a1$0'), ['a1.h0', 'a1.h1', 'a1.in']],
    ['its own parts first', at('$0 + rest with part = m1, other = emb'), ['part', 'other', 'rest', 'a0.h0']],
    ['after a dot', at('u + rest with u = a1.$0'), ['h0', 'h1', 'in']],
    ['after an operand', at('u $0'), ['with', 'and', 'or', 'in']],
  ])('%s', async (_, text, expected) => expect(await labels(text, TRANSFORMER, expected.length)).toEqual(expected))
})

describe('strings', () => {
  test.each<[string, string, string[]]>([
    ['a vocabulary entry', `${T}let open = tokens == "$0"`, ['a', 'b', 'c']],
    ['of one token', `${T}let open = tokens[1] == "$0"`, ['a', 'b', 'c']],
    ['under an index', `${T}let open[i] = tokens[i] != "$0"`, ['a', 'b', 'c']],
    ['on the left', `${T}let open = "$0" == tokens`, ['a', 'b', 'c']],
    ['in a list', `${T}let open = tokens[0] in ["a", "$0"]`, ['a', 'b', 'c']],
    ['a type', `${T}let f = astype(tokens, "f$0")`, ['float32', 'float64']],
    ['elsewhere nothing', `${T}let open = label == "$0"`, []],
  ])('%s', async (_, text, expected) => expect(await labels(text, TRANSFORMER)).toEqual(expected))
  test('an open string is closed', async () => expect(await taken(`${T}let open = tokens == "$0\nlet x = 1`, 'b', TRANSFORMER)).toContain('tokens == "b"\nlet'))
  test('entries are escaped', async () => {
    expect(await taken(`${T.replace('"c"', '"\\""')}let open = tokens == "$0"`, '"', TRANSFORMER)).toContain('tokens == "\\""')
  })
})

describe('places', () => {
  const graph = `${T}hypothesis h {\n  node p = exact at a0.h0\n  node out = exact at logits from q through any\n`
  test('components first where nothing else is known', async () => {
    expect(await labels(`${T}hypothesis h {\n  node out = exact at logits\n  node q = exact at $0\n}`, TRANSFORMER, 9)).toEqual(['a0.h0', 'a0.h1', 'a1.h0', 'a1.h1', 'm0', 'm1', 'emb', 'a0.in', 'a1.in'])
  })
  test('between its parent and its child', async () => {
    expect(await labels(`${graph}  node q = p at $0\n}`, TRANSFORMER, 5)).toEqual(['a1.h0', 'a1.h1', 'm0', 'm1', 'a1.in'])
    expect(await detail(`${graph}  node q = p at $0\n}`, 'a0.h1', TRANSFORMER)).toBe('float32[S, 8] Op · not computed from p')
    expect(await detail(`${graph}  node q = p at $0\n}`, 'a0.h0', TRANSFORMER)).toBe('float32[S, 8] Op · the place of p')
  })
  test('the way is blocked', async () => {
    expect(await detail(`${T}hypothesis h {\n  node p = exact at emb\n  node q = p at "$0"\n}`, 'cache', TRANSFORMER)).toBe('float32[S, 8] Op')
    const blocked = model(['x: float32[N]'], ['a: float32[N] = x', 'b: float32[N] = a', 'c: float32[N] = b'], ['c'])
    const text = 'model "m"\ndata "d"\nmetric l = c\ngraph { component b = b }\nhypothesis h {\n  node p = x at a\n  node q = p at $0\n}'
    expect(await detail(text, 'c', { given: given(blocked, ['x: float32']) })).toBe('float32 Op · every path from p is blocked')
  })
  test('where the metric looks, if no node stands there yet', async () => {
    expect(await labels(`${T}hypothesis h {\n  node p = exact at emb\n  node out = p at $0\n}`, TRANSFORMER, 2)).toEqual(['logits', 'a0.h0'])
  })
  test.each<[string, string, string]>([
    ['parts of a path', 'm1', 'm1'],
    ['segments', 'a1h', 'a1.h0'],
    ['tensors in quotes', 'mlp1', '"/mlp_in1"'],
    ['a path typed without quotes', '/r2', '"/r2"'],
  ])('by %s', async (_, typed, label) => {
    const text = `${T}hypothesis h {\n  node q = exact at ${typed}$0 from tokens\n}`
    expect((await labels(text, TRANSFORMER, 1))).toEqual([label])
    expect(await taken(text, label, TRANSFORMER)).toContain(`at ${label} from tokens`)
  })
  test('inside quotes without them', async () => {
    expect(await taken(`${T}hypothesis h {\n  node q = exact at "r$02"\n}`, '/r2', TRANSFORMER)).toContain('at "/r2"\n}')
    expect(await taken(`${T}hypothesis h {\n  node q = exact at "r2$0\n}`, '/r2', TRANSFORMER)).toContain('at "/r2"\n}')
  })
  test('of a component', async () => expect(await labels(`${T}graph { component x = "r2$0" }`, TRANSFORMER, 1)).toEqual(['/r2']))
  test('after an index', async () => {
    expect(await labels(`${T}hypothesis h {\n  node q[l in [0, 1]] = exact at a[l].$0 from tokens\n}`, TRANSFORMER)).toEqual(['h0', 'h1', 'in'])
    expect(await taken(`${T}hypothesis h {\n  node q[l in [0, 1]] = exact at a[l].i$0 from tokens\n}`, 'in', TRANSFORMER)).toContain('at a[l].in from')
  })
  test('a slice of a place', async () => expect(await labels(`${T}hypothesis h {\n  node q[i in range(4)] = exact at emb[$0]\n}`, TRANSFORMER, 1)).toEqual(['i']))
  test('without a model there are none', async () => expect(await labels(`${T}hypothesis h {\n  node q = exact at $0\n}`, NOTHING)).toEqual([]))
  test('of a large model the best are sent', async () => {
    const layers = Array.from({ length: 10_000 }, (_, l) => [`/blocks.${l}/attn/z`, `/blocks.${l}/attn/q`, `/blocks.${l}/mlp/in`, `/blocks.${l}/mlp/out`, `/blocks.${l}/resid`])
    const large = model(['x: float32[N, 4]'], layers.flatMap((names, l) => names.map((name) => `${name}: float32[N, 4] = ${l === 0 ? 'x' : `/blocks.${l - 1}/resid`}`)), ['/blocks.9999/resid'])
    const around = { given: given(large, ['x: float32[4]']) }
    const { text, offset } = cursorOf('model "m"\ndata "d"\nmetric l = sum(model["/blocks.9999/resid"])\nhypothesis h {\n  node p = x at "/blocks.7/resid"\n  node q = p at 9.z$0\n}')
    const snapshot = snapshotOf(text, around)
    const { items, isIncomplete } = await completion(snapshot, offset)
    expect([items.length, isIncomplete]).toEqual([200, true])
    expect(items[0]!.label).toBe('"/blocks.9/attn/z"')
  })
})

describe('parents', () => {
  test.each<[string, string, string[]]>([
    ['nodes, then columns that feed the model', `${H}  node out = exact at logit from $0\n}`, ['A', 'B', 'z1', 'z2', 'z3']],
    ['after a comma', `${H}  node out = exact at logit from A, $0\n}`, ['A', 'B', 'z1', 'z2', 'z3']],
    ['not what is computed from it', `${H}  node C = z1 at "/C" from $0\n  node out = exact at logit from C\n}`, ['A', 'B', 'z1', 'z2', 'z3']],
    ['what goes on after one', `${H}  node out = exact at logit from A $0\n}`, ['through', 'node', 'let', 'for', 'option']],
    ['through', `${H}  node out = exact at logit from A through $0\n}`, ['[…]', 'any']],
  ])('%s', async (_, text, expected) => expect(await labels(text)).toEqual(expected))
  test('members of a family', async () => {
    const text = `${T}hypothesis h {\n  node p[l in [0, 1]] = exact at m[l]\n  node out = exact at logits from p[$0]\n}`
    expect(await labels(text, TRANSFORMER)).toEqual(['0', '1'])
    expect(await detail(text, '1', TRANSFORMER)).toBe('node exact at m1')
  })
  test('what is open already is not offered again', async () => {
    const text = `${T}hypothesis h {\n  node p = exact at a0.in\n  node out = exact at logits from p through [a0.h0, $0]\n}`
    expect(await labels(text, TRANSFORMER, 3)).toEqual(['a0.h1', 'a1.h0', 'a1.h1'])
    expect(await labels(text.replace('[a0.h0, $0]', '[a0.h0$0]'), TRANSFORMER, 1)).toEqual(['a0.h0'])
  })
  test('the components in the way come first', async () => {
    const text = `${T}hypothesis h {\n  node p = exact at a0.in\n  node q = p at "/a1/h0"\n  node out = exact at logits from p through [$0]\n}`
    expect(await labels(text, TRANSFORMER, 20)).toEqual(['a0.h0', 'a0.h1', 'a1.h0', 'a1.h1', 'm0', 'm1', 'emb', 'logits', 'tokens'])
  })
})

describe('names', () => {
  const two = `${TOY_HEAD}hypothesis "or of two" { }\nhypothesis one { }\n`
  test.each<[string, string, string[]]>([
    ['extends', `${two}hypothesis x extends $0 { }`, ['or of two', 'one']],
    ['extends, the second', `${two}hypothesis x extends one, $0 { }`, ['or of two']],
    ['no circles', `${two}hypothesis y extends x { }\nhypothesis x extends $0 { }`, ['or of two', 'one']],
    ['expect', `${two}expect $0`, ['or of two', 'one']],
    ['expect, in quotes', `${two}expect "$0"`, ['or of two', 'one']],
    ['expect, then', `${two}expect one $0`, ['recovered']],
    ['expect, the comparison', `${two}expect one recovered $0`, ['>=', '>', '<', '<=']],
    ['expect, the bound', `${two}expect one recovered > $0`, ['90%', 'or of two']],
    ['option', 'option $0', ['unimportant', 'samples', 'seed', 'pool']],
    ['its value', 'option unimportant $0', ['together', 'separate', 'shared']],
    ['use', 'graph { use $0 }', ['transformer']],
    ['refine', `${H}  node out = A or B at logit\n}\nhypothesis g extends h {\n  node C = z1 at "/C"\n  refine $0\n}`, ['A', 'B', 'out']],
    ['what follows the data', 'data "d.npz" $0', ['as', 'filter', 'limit', 'model', 'metric', 'hypothesis', 'expect', 'let']],
    ['model inputs', `${TOY_HEAD.replace('toy.jsonl"', 'toy.jsonl" as { z1 = z2, $0 }')}`, ['z2', 'z3']],
    ['and what they are', `${TOY_HEAD.replace('toy.jsonl"', 'toy.jsonl" as { z1 = $0 }')}`, ['z1', 'z2', 'z3', 'label', 'abs', 'sign', 'square', 'floor']],
    ['the column of a vocabulary', `${TOY_HEAD}vocab $0`, ['z1', 'z2', 'z3', 'label']],
  ])('%s', async (_, text, expected) => expect(await labels(text)).toEqual(expected))
  test('quotes where they are needed', async () => {
    expect(await taken(`${two}expect $0`, 'or of two')).toContain('expect "or of two"')
    expect(await taken(`${two}expect "$0"`, 'or of two')).toContain('expect "or of two"')
    expect(await taken(`${two}expect $0`, 'one')).toContain('expect one')
  })
})

describe('files', () => {
  const folders: Record<string, { name: string; folder: boolean }[]> = {
    '/data': [{ name: 'notes.txt', folder: false }, { name: 'models', folder: true }, { name: 'toy.onnx', folder: false }, { name: '.git', folder: true }, { name: 'd.npz', folder: false }],
    '/data/models': [{ name: 'big.onnx', folder: false }],
  }
  const host: Host = { list: async (folder) => folders[folder] ?? Promise.reject(new Error('no such folder')) }
  test.each<[string, string, string[]]>([
    ['models first', 'model "$0"', ['toy.onnx', 'models/', 'notes.txt', 'd.npz']],
    ['data first', 'data "$0"', ['d.npz', 'models/', 'notes.txt', 'toy.onnx']],
    ['in a folder', 'model "models/$0"', ['models/big.onnx']],
    ['in a folder that is not there', 'model "nowhere/$0"', []],
    ['hidden ones when asked for', 'model ".g$0', ['.git/']],
    ['an array', 'let x = load("$0")', ['models/', 'notes.txt', 'toy.onnx', 'd.npz']],
    ['without quotes', 'model $0', ['toy.onnx', 'models/', 'notes.txt', 'd.npz']],
  ])('%s', async (_, text, expected) => expect(await labels(text, NOTHING, 8, host)).toEqual(expected))
  test('the whole path is replaced', async () => {
    expect(await taken('model "models/b$0.onnx"', 'models/big.onnx', NOTHING, host)).toBe('model "models/big.onnx"')
    expect(await taken('model $0', 'toy.onnx', NOTHING, host)).toBe('model "toy.onnx"')
  })
  test('without a host there are none', async () => expect(await labels('model "$0"')).toEqual([]))
})
