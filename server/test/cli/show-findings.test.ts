/** Findings as a terminal shows them. */
import { expect, test } from 'vitest'
import { countFindings, showFindings, texts } from '../../src/cli/show-findings.ts'
import type { FileFinding } from '../../src/protocol/findings.ts'
import { memory } from './outputs.ts'

/** A finding whose range is marked with «» in the text. */
function marked(text: string, change: Partial<FileFinding> = {}): { finding: FileFinding; text: string } {
  const position = (offset: number) => {
    const lines = text.slice(0, offset).replaceAll(/[«»]/g, '').split('\n')
    return { line: lines.length - 1, character: lines.at(-1)!.length }
  }
  const range = { start: position(text.indexOf('«')), end: position(text.indexOf('»')) }
  return {
    finding: { code: 'unknown-place', severity: 'error', message: 'No such place.', file: '/study/a.scrub', range, ...change },
    text: text.replaceAll(/[«»]/g, ''),
  }
}

function shown(text: string, columns = 80, change: Partial<FileFinding> = {}): string {
  const { finding, text: plain } = marked(text, change)
  return `\n${showFindings([finding], texts(new Map([['/study/a.scrub', plain]])), '/study', memory(columns))}`
}

test('a word in a line', () => {
  expect(shown('model "a.onnx"\nnode A = z1 > 3 at «"/Z"» from z1')).toMatchInlineSnapshot(`
    "
    a.scrub:2:20: error[unknown-place] No such place.
     2 │ node A = z1 > 3 at "/Z" from z1
       │                    ^^^^

    "
  `)
})

test('tabs and wide characters do not move the carets', () => {
  expect(shown('\tlet 変数 = «größe» + 1')).toMatchInlineSnapshot(`
    "
    a.scrub:1:11: error[unknown-place] No such place.
     1 │     let 変数 = größe + 1
       │                ^^^^^

    "
  `)
  expect(shown('let x\t=\t«😀»')).toMatchInlineSnapshot(`
    "
    a.scrub:1:9: error[unknown-place] No such place.
     1 │ let x   =   😀
       │             ^^

    "
  `)
})

test('a range over several lines is marked to the end of its first; an empty one has one caret', () => {
  expect(shown('a «bcd\nef» g')).toMatchInlineSnapshot(`
    "
    a.scrub:1:3: error[unknown-place] No such place.
     1 │ a bcd
       │   ^^^

    "
  `)
  expect(shown('a bcd«»')).toMatchInlineSnapshot(`
    "
    a.scrub:1:6: error[unknown-place] No such place.
     1 │ a bcd
       │      ^

    "
  `)
})

test('a long line is cut around the place', () => {
  expect(shown(`${'x'.repeat(5000)} «here» ${'y'.repeat(5000)}`, 60)).toMatchInlineSnapshot(`
    "
    a.scrub:1:5002: error[unknown-place] No such place.
     1 │ …xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx here yyyyyyyyyy…
       │                                        ^^^^

    "
  `)
  expect(shown(`«${'x'.repeat(5000)}»`, 60)).toMatchInlineSnapshot(`
    "
    a.scrub:1:1: error[unknown-place] No such place.
     1 │ xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…
       │ ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

    "
  `)
})

test('escape sequences of a file are shown, not obeyed', () => {
  expect(shown('let \u001b[31mx\u202e = «1»', 80, { message: 'A \u001b]0;title\u0007 message.' })).toMatchInlineSnapshot(`
    "
    a.scrub:1:15: error[unknown-place] A �]0;title� message.
     1 │ let �[31mx� = 1
       │               ^

    "
  `)
})

test('related places follow', () => {
  const related = [{ message: 'first defined here', file: '/study/a.scrub', range: { start: { line: 0, character: 0 }, end: { line: 0, character: 5 } } }]
  expect(shown('model "a.onnx"\nlet «x» = 1', 80, { severity: 'warning', related })).toMatchInlineSnapshot(`
    "
    a.scrub:2:5: warning[unknown-place] No such place.
     2 │ let x = 1
       │     ^
    a.scrub:1:1: note: first defined here
     1 │ model "a.onnx"
       │ ^^^^^

    "
  `)
})

test('a file that cannot be read, and one outside the folder', () => {
  expect(shown('«x»', 80, { file: '/elsewhere/b.scrub', severity: 'information' })).toMatchInlineSnapshot(`
    "
    /elsewhere/b.scrub:1:1: note[unknown-place] No such place.

    "
  `)
})

test('a flood of findings is cut', () => {
  const { finding } = marked('«x»')
  const text = showFindings(Array.from({ length: 60 }, () => finding), texts(new Map([['/study/a.scrub', 'x']])), '/study', memory())
  expect(text.split('\n').at(-2)).toBe('40 more in a.scrub; --json lists all of them.')
})

test('colours only where they are wanted', () => {
  const { finding } = marked('«x»')
  const text = showFindings([finding], texts(new Map([['/study/a.scrub', 'x']])), '/study', memory(80, true, true))
  expect(text).toContain('\u001b[31m')
  expect(countFindings([finding, { ...finding, severity: 'warning' }, finding])).toBe('2 errors and 1 warning')
})
