/** Definition, references, highlights, links and the listing of a model. */
import { describe, expect, test } from 'vitest'
import { definition } from '../../src/language/definition.ts'
import { documentLinks } from '../../src/language/document-links.ts'
import { highlights } from '../../src/language/highlights.ts'
import { modelOutline } from '../../src/language/model-outline.ts'
import { references } from '../../src/language/references.ts'
import { model, transformer, transformerNames } from '../hypothesis/models.ts'
import { type Around, cursorOf, NOTHING, show, snapshotOf, TOY, TOY_HEAD, TRANSFORMER } from './check.ts'

const T = `model "t.onnx"\ndata "t.npz"\nmetric loss = cross_entropy(logits, label)\n${transformerNames}\n`

/** What a definition leads to: the statement with its name marked, a path, or a tensor. */
function leadsTo(marked: string, around: Around = TOY): string[] {
  const { text, offset } = cursorOf(marked)
  const found = definition(snapshotOf(text, around), offset)
  return (found?.targets ?? []).map((target) => {
    if (target.kind !== 'text') return target.kind === 'file' ? `file ${target.path}` : `tensor ${target.tensor}`
    const { name, item } = target
    return show(text.slice(item.start, item.end), [{ start: name.start - item.start, end: name.end - item.start }])
  })
}

describe('definition', () => {
  test.each<[string, string, string[], Around?]>([
    ['a node', `${TOY_HEAD}hypothesis h {\n  node A = z1 at "/A"\n  node out = $0A at logit\n}`, ['node «A» = z1 at "/A"']],
    ['a node of two hypotheses', 'hypothesis a { node A = z1 at x }\nhypothesis b { node A = z1 at x }\nhypothesis c extends a, b { refine $0A from z1 }', ['node «A» = z1 at x', 'node «A» = z1 at x']],
    ['a hypothesis', 'hypothesis "a b" {}\nexpect "a$0 b" recovered > 5%', ['hypothesis «"a b"» {}']],
    ['a column: the dataset', `${TOY_HEAD}let a = $0z1`, ['data «"toy.jsonl"»']],
    ['a column that does not exist', `${TOY_HEAD}let a = $0z9`, []],
    ['a column without the dataset', `${TOY_HEAD}let a = $0z1`, ['data «"toy.jsonl"»'], NOTHING],
    ['a tensor in quotes', `${TOY_HEAD}hypothesis h { node A = z1 at "/$0A" }`, ['tensor /A']],
    ['a tensor as a word', `${TOY_HEAD}hypothesis h { node A = z1 at log$0it }`, ['tensor logit']],
    ['an output in a metric', TOY_HEAD.replace('(logit', '($0logit'), ['tensor logit']],
    ['a column in a metric', TOY_HEAD.replace('label', '$0label'), ['data «"toy.jsonl"»']],
    ['a tensor without the model', `${TOY_HEAD}hypothesis h { node A = z1 at "/$0A" }`, [], NOTHING],
    ['the path of the model', 'model "../m/$0toy.onnx"', ['file /m/toy.onnx']],
    ['a component', `${T}hypothesis h { node A = 1 at a1.$0h0 }`, ['component «a[l in range(2)].h»[h in range(2)] = "/a{l}/h{h}"'], TRANSFORMER],
    ['the declaration of a component: its tensors', T.replace('component a', 'component $0a'), ['tensor /a0/h0', 'tensor /a0/h1', 'tensor /a1/h0', 'tensor /a1/h1'], TRANSFORMER],
    ['the declaration of a component without the model: itself', T.replace('component a', 'component $0a'), ['component «a[l in range(2)].h»[h in range(2)] = "/a{l}/h{h}"'], NOTHING],
    ['a name with holes', T.replace('"/a', '"$0/a'), ['tensor /a0/h0', 'tensor /a0/h1', 'tensor /a1/h0', 'tensor /a1/h1'], TRANSFORMER],
    ['an index in a hole', T.replace('"/a{l}', '"/a{$0l}'), ['component a[«l» in range(2)].h[h in range(2)] = "/a{l}/h{h}"'], TRANSFORMER],
    ['a function', 'let a = su$0m(z1)', []],
    ['nothing', 'let$0 a = 1', []],
  ])('%s', (_, text, expected, around) => expect(leadsTo(text, around)).toEqual(expected))
})

describe('references', () => {
  const all = (marked: string, declaration = true) => {
    const { text, offset } = cursorOf(marked)
    return show(text, references(snapshotOf(text, NOTHING), offset, declaration))
  }
  const graph = 'graph { component a[l in range(2)].h[h in range(2)] = "/a{l}/h{h}" }\nhypothesis h { node n = 1 at a1.$0h0[:, 3] from x through [a[0].h[1]] }'
  test('with the declaration', () => expect(all('let a = 1\nlet b = $0a + a')).toBe('let «a» = 1\nlet b = «a» + «a»'))
  test('without it', () => expect(all('let a = 1\nlet b = $0a + a', false)).toBe('let a = 1\nlet b = «a» + «a»'))
  test('a name of several words is one', () => expect(all(graph)).toBe('graph { component «a[l in range(2)].h»[h in range(2)] = "/a{l}/h{h}" }\nhypothesis h { node n = 1 at «a1.h0»[:, 3] from x through [«a[0].h[1]»] }'))
  test('a column', () => expect(all('vocab z1 = ["a"]\nlet b = $0z1 + data.z1')).toBe('vocab «z1» = ["a"]\nlet b = «z1» + data.«z1»'))
  test('a tensor with holes', () => expect(all('graph { component m[l in range(2)] = "/m$0{l}" }')).toBe('graph { component m[l in range(2)] = "«/m{l}»" }'))
  test('nothing', () => expect(all('let $0 a = 1')).toBe('let  a = 1'))
})

test('highlights tell what changes a name from what reads it', () => {
  const { text, offset } = cursorOf('hypothesis h { node A = z1 at x }\nhypothesis i extends h {\n  refine A from z1\n  node B = $0A at y\n}')
  const found = highlights(snapshotOf(text, NOTHING), offset)
  expect(found.map(({ kind }) => kind)).toEqual(['write', 'write', 'read'])
  expect(show(text, found.map(({ span }) => span))).toBe('hypothesis h { node «A» = z1 at x }\nhypothesis i extends h {\n  refine «A» from z1\n  node B = «A» at y\n}')
})

test('links lead from paths to files', () => {
  const text = 'model "m.onnx"\ndata "/abs/d.npz"\nvocab t = "../v.json"\nlet a = load("x.npy")\nhypothesis h { node n = load("y.npy") at z }\nmodel "'
  const links = documentLinks(snapshotOf(text, NOTHING))
  expect(show(text, links.map(({ span }) => span))).toBe('model "«m.onnx»"\ndata "«/abs/d.npz»"\nvocab t = "«../v.json»"\nlet a = load("«x.npy»")\nhypothesis h { node n = load("«y.npy»") at z }\nmodel "')
  expect(links.map(({ path }) => path)).toEqual(['/data/m.onnx', '/abs/d.npz', '/v.json', '/data/x.npy', '/data/y.npy'])
})

describe('the listing of a model', () => {
  test('tensors by module, with what reads them and what they are called', () => {
    const { text, lineOf } = modelOutline(transformer, new Map([['/a0/h0', 'a0.h0'], ['embed', 'emb']]))
    expect(text.split('\n').slice(0, 14)).toEqual([
      '# /models/m.onnx',
      '# 1 input, 2 outputs, 18 tensors; N is the batch axis',
      '',
      'inputs',
      '  tokens  int64[N, S]    read by embed',
      '',
      'top',
      '  embed     float32[N, S, 8]  Op  read by /in0, /mid0; = emb',
      '  /in0      float32[N, S, 8]  Op  read by /a0/h0, /a0/h1',
      '  /mid0     float32[N, S, 8]  Op  read by /mlp_in0, /r1',
      '  /mlp_in0  float32[N, S, 8]  Op  read by /m0',
      '  /m0       float32[N, S, 8]  Op  read by /r1',
      '  /r1       float32[N, S, 8]  Op  read by /in1, /mid1',
      '  /in1      float32[N, S, 8]  Op  read by /a1/h0, /a1/h1, cache',
    ])
    expect(text).toContain('/a0\n  /a0/h0  float32[N, S, 8]  Op  read by /mid0; = a0.h0\n  /a0/h1')
    expect(text).toContain('logits    float32[N, 2]     Op  output')
    const lines = text.split('\n')
    for (const tensor of transformer.tensors.keys()) expect(lines[lineOf.get(tensor)!]!.trim().split(' ')[0]).toBe(tensor)
  })
  test('names that hold anything stay on their lines', () => {
    const odd = model(['a\tb: float32[N]'], ['c.d.e: float32[N] = a\tb'], ['c.d.e'])
    const { text, lineOf } = modelOutline(odd)
    expect(text.split('\n')[lineOf.get('a\tb')!]).toContain('a\\tb')
    expect(text).toContain('\nc.d\n  c.d.e')
  })
})

test('the toy and its listing', () => {
  const { bound } = snapshotOf(TOY_HEAD, TOY)
  expect(modelOutline(bound!.graph).text).toBe(`# /models/m.onnx
# 3 inputs, 1 output, 8 tensors; N is the batch axis

inputs
  z1  float32[N]    read by /A
  z2  float32[N]    read by /B
  z3  float32[N]    read by /C

top
  /A     float32[N]  Op  read by /D
  /B     float32[N]  Op  read by /D
  /C     float32[N]  Op  read by logit
  /D     float32[N]  Op  read by logit
  logit  float32[N]  Op  output
`)
})
