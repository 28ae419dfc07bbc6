/** A text parsed after another one gives the same as parsed by itself. */
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parse } from '../src/index.ts'

const texts = ['paren', 'or-of-two'].map((name) => readFileSync(new URL(`fixtures/${name}.scrub`, import.meta.url), 'utf8'))
const WORDS = ['node ', '{', '}', '"', '[', ')', 'hypothesis "x" {', 'let a = 1\n', '#', '\n\n', 'expect a recovered > 1%', ' 7', '🦊', "'", 'for i in range(3) {']

test('any edits', () => {
  const edit = fc.record({ at: fc.nat(), length: fc.oneof(fc.constant(0), fc.nat(8), fc.nat(120)), word: fc.constantFrom('', ...WORDS) })
  fc.assert(fc.property(fc.constantFrom(...texts), fc.array(edit, { minLength: 1, maxLength: 6 }), (first, edits) => {
    let text = first
    let before = parse(text)
    for (const { at, length, word } of edits) {
      const start = at % (text.length + 1)
      text = `${text.slice(0, start)}${word}${text.slice(start + length)}`
      const after = parse(text, before)
      const alone = parse(text)
      expect({ ...after }).toEqual({ ...alone })
      before = after
    }
    expect({ ...parse(first, before) }).toEqual({ ...parse(first) })
  }), { numRuns: 400, seed: 1 })
})

test('what has not changed is the same object', () => {
  const before = parse(texts[0]!)
  const after = parse(`${texts[0]}\nlet last = 1\n`, before)
  expect(after.file.items[0]).toBe(before.file.items[0])
})
