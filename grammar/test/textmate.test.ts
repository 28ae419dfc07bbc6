/** What the TextMate grammar makes of a text, as an editor colours it, and that it agrees with the lexer. */
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, test } from 'vitest'
import { createOnigScanner, createOnigString, loadWASM } from 'vscode-oniguruma'
import textmate, { type IGrammar } from 'vscode-textmate'
import { parse } from '../src/index.ts'

const { INITIAL, parseRawGrammar, Registry } = textmate
const path = fileURLToPath(new URL('../scrub.tmLanguage.json', import.meta.url))
const fixtures = fileURLToPath(new URL('../../test-fixtures/', import.meta.url))
let grammar: IGrammar

beforeAll(async () => {
  await loadWASM(readFileSync(createRequire(import.meta.url).resolve('vscode-oniguruma/release/onig.wasm')))
  const registry = new Registry({ onigLib: Promise.resolve({ createOnigScanner, createOnigString }), loadGrammar: async () => parseRawGrammar(readFileSync(path, 'utf8'), path) })
  grammar = (await registry.loadGrammar('source.scrub'))!
})

interface Coloured {
  readonly start: number
  readonly end: number
  readonly text: string
  readonly scope: string
}

/** All tokens of a text but blanks; `scope` without the language's own at both ends. */
function coloured(text: string): Coloured[] {
  let state = INITIAL
  let from = 0
  return text.split('\n').flatMap((line) => {
    const { tokens, ruleStack } = grammar.tokenizeLine(line, state)
    state = ruleStack
    const found = tokens.flatMap(({ startIndex, endIndex, scopes }) => {
      const part = line.slice(startIndex, endIndex)
      return part.trim() === '' ? [] : [{ start: from + startIndex, end: from + endIndex, text: part, scope: scopes.slice(1).map((one) => one.replace(/\.scrub$/, '')).join(' ') }]
    })
    from += line.length + 1
    return found
  })
}

describe('one line', () => {
  test.each<[string, Record<string, string>]>([
    ['model "m.onnx"  # the model', { model: 'keyword.other', 'm.onnx': 'string.quoted.double', '#': 'comment.line.number-sign punctuation.definition.comment', ' the model': 'comment.line.number-sign' }],
    ['data "d.csv" filter x > 1 limit 10', { data: 'keyword.other', filter: 'keyword.other.clause', limit: 'keyword.other.clause', 10: 'constant.numeric' }],
    ['metric loss = binary_cross_entropy(logit, label)', { metric: 'storage.type', loss: 'variable.other.constant', binary_cross_entropy: 'support.function', label: 'variable.other' }],
    ['let é_1 = sum(x, axis=-1) ** .5e-3', { let: 'storage.type', é_1: 'variable.other.constant', axis: 'variable.parameter', '**': 'keyword.operator.arithmetic', '.5e-3': 'constant.numeric' }],
    ['hypothesis "two words" extends other {', { '"two words"': 'entity.name.type.hypothesis string.quoted.double', extends: 'keyword.other.clause', other: 'variable.other', '{': 'punctuation.section.block' }],
    ['  node count[l in [1, 2]] = not a and b at a[l].h[0] from c through [m1]', { node: 'storage.type.node', count: 'entity.name.function.node', in: 'keyword.operator.word', not: 'keyword.operator.word', at: 'keyword.other.clause', h: 'variable.other.member', through: 'keyword.other.clause' }],
    ['  node out = exact at logits from any', { exact: 'support.constant.feature', any: 'support.constant.feature' }],
    ['let some = any(x)', { any: 'support.function' }],
    ['let c = data.tokens if true else model.logits', { data: 'variable.language', '.': 'punctuation.accessor', if: 'keyword.control', true: 'constant.language.boolean', model: 'variable.language' }],
    ['component a.h0 = "/blocks/{l}/\\n"', { 'a.h0': 'entity.name.tag.component', '{l}': 'string.quoted.double constant.other.placeholder', '\\n': 'string.quoted.double constant.character.escape' }],
    ['option unimportant separate', { option: 'keyword.other.option', unimportant: 'support.type.property-name', separate: 'support.constant' }],
    ['expect "claim 1" recovered >= 99.5%', { expect: 'keyword.other', recovered: 'keyword.other.clause', '>=': 'keyword.operator.comparison', '99.5%': 'constant.numeric' }],
    ['use transformer', { use: 'keyword.other', transformer: 'support.class' }],
    ['let nodes = at_1 + inner', { nodes: 'variable.other.constant', at_1: 'variable.other', inner: 'variable.other' }],
  ])('%s', (line, expected) => {
    const found = Object.fromEntries(coloured(line).map(({ text, scope }) => [text, scope]))
    for (const [text, scope] of Object.entries(expected)) expect([text, found[text]]).toEqual([text, scope])
  })
})

const files = readdirSync(fixtures, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.scrub'))

test('there are fixtures', () => expect(files.length).toBeGreaterThan(3))

test.each(files)('%s: nothing is coloured as wrong; keywords, strings, numbers and comments are those of the parser', (name) => {
  const text = readFileSync(join(fixtures, name), 'utf8')
  const tokens = coloured(text)
  const at = (offset: number): string => tokens.find(({ start, end }) => start <= offset && offset < end)?.scope ?? ''
  expect(tokens.filter(({ scope }) => scope.includes('invalid'))).toEqual([])
  const parsed = parse(text)
  expect(parsed.findings).toEqual([])
  for (const { span } of parsed.comments) expect([text.slice(span.start, span.end), at(span.start)]).toEqual([expect.anything(), expect.stringMatching(/^comment/)])
  for (const { type, span } of parsed.tokens) {
    const written = text.slice(span.start, span.end)
    const wanted = type === 'String' ? /string/ : type === 'Number' ? /^constant\.numeric/ : /^[a-z]+$/.test(written) && type !== 'Identifier' ? /^(keyword|storage|constant|support|variable\.language)/ : undefined
    if (wanted) expect([written, type, at(span.start)]).toEqual([written, type, expect.stringMatching(wanted)])
  }
})

test.each(['model "m.onnx', 'let a = (', 'let b = [1, ', 'node x = "un', 'hypothesis "h', '  node out = a at', 'let c = \'x'])('a half-typed line (%s) does not swallow the next one', (half) => {
  const whole = coloured('metric loss = mean(x)  # y')
  const after = coloured(`${half}\nmetric loss = mean(x)  # y`).filter(({ start }) => start > half.length)
  expect(after.map(({ text, scope }) => [text, scope])).toEqual(whole.map(({ text, scope }) => [text, scope]))
})
