/** Formatting as edits: what changes is space, in what was asked for. */
import { parse, format } from '@scrub/grammar'
import { describe, expect, test } from 'vitest'
import { readFileSync } from 'node:fs'
import { edited } from '../../src/language/edit.ts'
import { formatDocument } from '../../src/language/format-document.ts'
import { formatRange } from '../../src/language/format-range.ts'
import { cursorOf, NOTHING, snapshotOf } from './check.ts'

const document = (text: string) => edited(text, formatDocument(snapshotOf(text, NOTHING)))
/** From `$0` to `$1`. */
function range(marked: string): string {
  const { text, offset, end } = cursorOf(marked)
  return edited(text, formatRange(snapshotOf(text, NOTHING), { start: offset, end }))
}
const fixtures = ['or-of-two', 'paren'].map((name) => readFileSync(new URL(`../../../grammar/test/fixtures/${name}.scrub`, import.meta.url), 'utf8'))
/** The same tokens with other space between. */
const untidy = (text: string) => text.replace(/^ +/gm, '').replace(/ +/g, (space) => (space.length > 2 ? ' ' : '  ')).replace(/\n\n/g, '\n\n\n\n')

describe('a document', () => {
  test.each([...fixtures, ...fixtures.map(untidy), 'let a=1', '', '\n\n# only this   \n\n', 'let a=1\r\nlet bc=2 # c\r\n', 'let y = [1, # one\n # own\n 2,\n3] # end', 'hypothesis a{node x=y at z}# c\n'])('becomes what the formatter makes of it', (text) => {
    const edits = formatDocument(snapshotOf(text, NOTHING))
    expect(edited(text, edits)).toBe(format(text))
    for (const { span } of edits) expect(text.slice(span.start, span.end).trim()).toBe('')
  })
  test('one that is formatted has no edits', () => expect(formatDocument(snapshotOf(format(fixtures[1]!), NOTHING))).toEqual([]))
  test('one with syntax errors stays', () => expect(document('let a=\nlet b=1')).toBe('let a=\nlet b=1'))
  test('edits are small', () => expect(formatDocument(snapshotOf('let a=1\n\nlet b = 2\n', NOTHING))).toEqual([
    { span: { start: 5, end: 5 }, newText: ' ' }, { span: { start: 6, end: 6 }, newText: ' ' },
  ]))
})

describe('a range', () => {
  test.each<[string, string, string]>([
    ['the statement at the cursor', 'let a=1\n\nlet b=$02\n\nlet c=3\n', 'let a=1\n\nlet b = 2\n\nlet c=3\n'],
    ['the statements that a selection touches', 'let a=1\n\nlet b=$02\n\nlet c=$13\n\nlet d=4\n', 'let a=1\n\nlet b = 2\n\nlet c = 3\n\nlet d=4\n'],
    ['not one that begins where it ends', 'let a=$01\n$1let b=2\n', 'let a = 1\nlet b=2\n'],
    ['a node in a hypothesis, with its indentation', 'hypothesis h{\nnode a=1 at x\n     node b=$02   at y # c\nnode c=3 at z\n}', 'hypothesis h{\nnode a=1 at x\n  node b = 2 at y  # c\nnode c=3 at z\n}'],
    ['the header of a block', 'hypothesis  $0h{\nnode a=1 at x\n}', 'hypothesis h {\nnode a=1 at x\n}'],
    ['a whole block', '$0hypothesis  h{\nnode a=1 at x\n}$1\nlet a=1', 'hypothesis h {\n  node a = 1 at x\n}\nlet a=1'],
    ['comments that it touches', 'let a=1\n\n\n   # $0one\n # t$1wo\n  # three\nlet b=2', 'let a=1\n\n# one\n# two\n  # three\nlet b=2'],
    ['a comment in a block', 'hypothesis h{\n# $0c\nnode a=1 at x\n}', 'hypothesis h {\n  # c\nnode a=1 at x\n}'],
    ['the end of the file where it is selected', 'let a=1\n$0let b=2\n\n\n$1', 'let a=1\nlet b = 2\n'],
    ['nothing between statements', 'let a=1\n\n$0\n\nlet b=2', 'let a=1\n\n\n\nlet b=2'],
    ['nothing with syntax errors', 'let a=$01\nlet b=', 'let a=1\nlet b='],
  ])('%s', (_, text, expected) => expect(range(text)).toBe(expected))

  test.each(['   # c\nlet a=1', '\n\nlet a = 1\n   # x\n\n\n', 'let a=1 # b\r\n  # own\r\nlet b=2\r\n\r\n', ' \n\n', '  # only', ...fixtures.map((text) => text.replace(/\n/g, '\n\n\n \t '))])('that is all of the file gives what the formatter makes of it: %j', (text) => {
    expect(edited(text, formatRange(snapshotOf(text, NOTHING), { start: 0, end: text.length }))).toBe(format(text))
  })

  test.each(fixtures.map(untidy))('any: comments stay, again changes nothing, and all of it is the whole document', (text) => {
    for (let start = 0; start < text.length; start += 97) {
      for (const length of [0, 40, 400]) {
        const span = { start, end: Math.min(text.length, start + length) }
        const once = edited(text, formatRange(snapshotOf(text, NOTHING), span))
        const parsed = parse(once)
        expect(parsed.findings).toEqual([])
        expect(parsed.comments.map((comment) => comment.text)).toEqual(parse(text).comments.map((comment) => comment.text))
        expect(format(once)).toBe(format(text))
      }
    }
    const all = { start: 0, end: text.length }
    expect(edited(text, formatRange(snapshotOf(text, NOTHING), all))).toBe(format(text))
    const half = { start: 0, end: text.length >> 1 }
    const once = edited(text, formatRange(snapshotOf(text, NOTHING), half))
    expect(edited(once, formatRange(snapshotOf(once, NOTHING), { start: 0, end: half.end + once.length - text.length }))).toBe(once)
  })
})
