/** `.scrub` files from the grammar: most of them read as files of the language, and ask for odd or enormous things. */
import fc from 'fast-check'
import { readFileSync } from 'node:fs'
import type { Case } from './case.ts'
import { mostly, oddName } from './numbers.ts'

const fixture = (name: string): Uint8Array => new Uint8Array(readFileSync(new URL(`../../../test-fixtures/${name}`, import.meta.url)))
/** What the texts name. */
export const toy = { 'toy.onnx': fixture('toy/toy.onnx'), 'toy.jsonl': fixture('toy/toy.jsonl'), 'a.npy': fixture('paren/open_direction.npy'), 'words.json': new TextEncoder().encode('["a","b"]') }

const name = mostly(['z1', 'z2', 'z3', 'label', 'A', 'B', 'out', 'i', 'j', 'm', 'logit', 'big', 'data.z1', 'model.logit', 'head'], 1).map((text) => text.slice(0, 500))
const number = fc.oneof({ weight: 8, arbitrary: fc.integer({ min: 0, max: 5 }).map(String) }, { weight: 1, arbitrary: fc.constantFrom('1e9', '1000000000', '99999999999999999999', '1e400', '0.1', '9007199254740993', `1${'0'.repeat(3000)}`, '-1', '95%', '1e-400', '0x10', '1_0') })
const FUNCTIONS = ['sum', 'mean', 'max', 'min', 'abs', 'exp', 'sqrt', 'softmax', 'argmax', 'len', 'shape', 'ones_like', 'zeros', 'ones', 'full', 'arange', 'eye', 'range', 'where', 'concat', 'stack', 'reshape', 'transpose', 'repeat', 'tile', 'sort', 'cumsum', 'einsum', 'matmul', 'norm', 'cross_entropy', 'binary_cross_entropy', 'mse', 'load', 'weight', 'int', 'float', 'one_hot', 'unknown_function']
const OPERATORS = ['+', '-', '*', '/', '//', '%', '**', '@', '==', '!=', '<', '<=', '>', '>=', 'and', 'or', 'in', 'not in', '=']
const text = fc.oneof({ weight: 3, arbitrary: fc.constantFrom('"a"', '"A"', '"/A"', '"ij,jk->ik"', '"a.npy"', '"a{i}"', '"/etc/passwd"', '"../x"') }, { weight: 1, arbitrary: oddName.map((own) => JSON.stringify(own.slice(0, 300))) }, { weight: 1, arbitrary: fc.constantFrom('"open', '"\\q"', '"\\u{110000}"', '"{i"', '"{{}}"', '"a\nb"') })

const { expression } = fc.letrec<{ expression: string; range: string }>((tie) => ({
  expression: fc.oneof({ depthSize: 'small', withCrossShrink: true },
    name, number, text, fc.constantFrom('true', 'false', 'exact', 'any', 'data', 'model', '[]', '()'),
    fc.tuple(tie('expression'), fc.constantFrom(...OPERATORS), tie('expression')).map((parts) => parts.join(' ')),
    fc.tuple(mostly(FUNCTIONS), fc.array(tie('expression'), { maxLength: 3 }), fc.constantFrom('', '', ', axis=0', ', axis=-1', ', axis=99')).map(([own, args, more]) => `${own}(${args.join(', ')}${more})`),
    fc.tuple(tie('expression'), fc.array(fc.oneof(tie('expression'), fc.constantFrom(':', '::2', '::-1', '::0', '1:', '...', 'None')), { minLength: 1, maxLength: 3 })).map(([of, at]) => `${of}[${at.join(', ')}]`),
    fc.tuple(tie('expression'), fc.constantFrom('i', 'j'), tie('range'), fc.option(tie('expression'), { nil: undefined })).map(([of, own, range, test]) => `[${of} for ${own} in ${range}${test === undefined ? '' : ` if ${test}`}]`),
    fc.tuple(tie('expression'), tie('expression'), tie('expression')).map(([a, b, c]) => `if ${a} then ${b} else ${c}`),
    fc.array(tie('expression'), { maxLength: 4 }).map((all) => `[${all.join(', ')}]`),
    fc.array(tie('expression'), { minLength: 2, maxLength: 3 }).map((all) => `(${all.join(', ')})`),
    tie('expression').map((own) => `-${own}`), tie('expression').map((own) => `not ${own}`), tie('expression').map((own) => `(${own})`),
    fc.tuple(fc.constantFrom('(', '[', '-', 'not ', 'sum(', '[', '(', 'a[', 'if '), fc.constantFrom(3, 63, 64, 65, 5000)).map(([open, times]) => open.repeat(times)),
    fc.tuple(fc.constantFrom('1 + ', 'z1 ** ', 'a.', 'not ', 'z1[0]', '2 ** '), fc.constantFrom(20, 2000)).map(([part, times]) => `${part.repeat(times)}z1`),
  ),
  range: fc.oneof({ weight: 8, arbitrary: fc.constantFrom('range(3)', 'range(2, 4)', 'range(0)', '[0, 1]') }, { weight: 1, arbitrary: fc.constantFrom('range(1e9)', 'range(1000000000)', 'range(-1)', 'range(99999999999999999999)', 'range(0, 10, 0)', 'range(100000)', 'range(300)') }, { weight: 1, arbitrary: tie('expression') }),
}))

const indices = fc.oneof({ weight: 6, arbitrary: fc.constant('') }, { weight: 1, arbitrary: fc.array(fc.tuple(fc.constantFrom('i', 'j', 'k', 'l'), fc.constantFrom('range(2)', 'range(3)', 'range(1000)', 'range(1e9)', 'range(i)')).map((parts) => parts.join(' in ')), { minLength: 1, maxLength: 4 }).map((all) => `[${all.join(', ')}]`) })
const nodeName = mostly(['A', 'B', 'C', 'out', 'either'], 1).map((own) => own.slice(0, 200))
const place = mostly(['"/A"', '"/B"', '"/C"', '"/or"', '"logit"', 'logit', '"/A"[0]', '"/A"[i]', 'logit[:, 3]', 'm[i]', '"nothing"'], 1).map((own) => own.slice(0, 300))
const from = fc.oneof({ weight: 3, arbitrary: fc.constant('') }, { weight: 2, arbitrary: fc.array(fc.tuple(mostly(['A', 'B', 'z1', 'z2', 'A[0]', 'out']), fc.constantFrom('', '', ' through any', ' through [m]', ' through []')).map((parts) => parts.join('')), { maxLength: 4 }).map((all) => ` from ${all.join(', ')}`) })
const node = fc.tuple(fc.constantFrom('node', 'node', 'node', 'refine'), nodeName, indices, expression, place, from).map(([word, own, over, value, at, parents]) => `  ${word} ${own}${over} = ${value} at ${at}${parents}`)
const option = fc.tuple(mostly(['unimportant', 'pool', 'samples', 'seed', 'batch', 'precision']), mostly(['together', 'shared', 'separate', '5', '1e9', '-1', '0', '99999999999999999999'])).map(([key, value]) => `  option ${key} ${value}`)
const hypothesis = fc.tuple(text, fc.oneof({ weight: 4, arbitrary: fc.constant('') }, { weight: 1, arbitrary: text.map((own) => ` extends ${own}`) }), fc.array(fc.oneof({ weight: 12, arbitrary: node }, { weight: 1, arbitrary: option }), { maxLength: 5 })).map(([own, base, items]) => `hypothesis ${own}${base} {\n${items.join('\n')}\n}`)
const graphItem = fc.oneof(
  fc.tuple(fc.constantFrom('component', 'point'), mostly(['m', 'a', 'm[i in range(2)]', 'm[i in range(1e9)]', 'a[l in range(1000)].h[h in range(1000)]']), mostly(['"/A"', '"/B"', '"/or"', '"a{i}"', '"/A"[0]'])).map(([word, own, of]) => `  ${word} ${own.slice(0, 200)} = ${of.slice(0, 200)}`),
  fc.tuple(mostly(['"/A"', '"/or"', 'm', 'logit']), expression).map(([own, value]) => `  rewrite ${own.slice(0, 200)} = ${value}`),
  fc.constantFrom('  use transformer', '  use nothing', '  for i in range(3) {\n    component c[i] = "/A"\n  }', '  for i in range(1000000000) {\n    component c = "/A"\n  }', `${'  for i in range(9) {\n'.repeat(9)}component c = "/A"${'\n}'.repeat(9)}`),
)
const item = fc.oneof(
  { weight: 6, arbitrary: hypothesis },
  { weight: 2, arbitrary: fc.tuple(mostly(['big', 'z4', 'A', 'z1']), expression).map(([own, value]) => `let ${own.slice(0, 200)} = ${value}`) },
  { weight: 1, arbitrary: fc.array(graphItem, { maxLength: 4 }).map((items) => `graph {\n${items.join('\n')}\n}`) },
  { weight: 1, arbitrary: fc.tuple(text, fc.constantFrom('recovered > 95%', 'recovered < "A"', 'cost of A > 1', 'recovered > 1e400%')).map((parts) => `expect ${parts.join(' ')}`) },
  { weight: 1, arbitrary: fc.constantFrom('vocab z1 = "words.json"', 'vocab z1 = ["a", "b"]', 'vocab z1 = "/etc/passwd"', 'vocab label = []', '}', '{', '"', '#', '# \u202e', '\u0000', '\r', 'hypothesis', '\ufeff', '🦊 = 𝛽') },
  { weight: 1, arbitrary: fc.constantFrom(60, 3000).map((times) => `hypothesis "deep" {\n${'{\n'.repeat(times)}`) },
  // Every one is twice the one before.
  { weight: 1, arbitrary: fc.constantFrom(10, 60).map((times) => `let d0 = z1\n${Array.from({ length: times }, (_, i) => `let d${i + 1} = [d${i}, d${i}]`).join('\n')}`) },
  { weight: 1, arbitrary: fc.constantFrom(10, 60).map((times) => `let e0 = z1\n${Array.from({ length: times }, (_, i) => `let e${i + 1} = e${i} * e${i} + e${i}`).join('\n')}`) },
)
const head = fc.tuple(
  mostly(['model "toy.onnx"', 'model "toy.onnx"', 'model "/dev/zero"', 'model "toy.jsonl"', 'model ""', ''], 1), mostly(['data "toy.jsonl"', 'data "toy.jsonl"', 'data "toy.jsonl" as { z1 = z2, z2 = ones_like(z1) }', 'data "/dev/stdin"', ''], 1),
  fc.oneof({ weight: 3, arbitrary: fc.constant('metric loss = binary_cross_entropy(logit, label)') }, { weight: 1, arbitrary: expression.map((value) => `metric loss = ${value}`) }),
).map((lines) => lines.map((line) => line.slice(0, 20_000)).join('\n'))

const MOST = 200_000

export const hypotheses: fc.Arbitrary<Case> = fc.tuple(head, fc.array(item, { maxLength: 5 }), fc.constantFrom('\n', '\n', '\r\n'))
  .map(([first, items, end]) => ({ files: { ...toy, 'a.scrub': new TextEncoder().encode([first, ...items].join('\n').replaceAll('\n', end).slice(0, MOST)) }, main: 'a.scrub' }))
