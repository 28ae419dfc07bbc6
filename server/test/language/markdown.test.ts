/** Nothing that a file holds can be markup: not in a sentence, not in a table. */
import { describe, expect, test } from 'vitest'
import { code, oneLine, plain, scrub, some, table } from '../../src/language/markdown.ts'

describe('text', () => {
  test.each<[string, string]>([
    ['z1 > 3', 'z1 &gt; 3'],
    ['a | b', 'a &#124; b'],
    ['[x](command:evil)', '\\[x\\](command:evil)'],
    ['![x](http://evil.com/p.png)', '\\!\\[x\\](http&#58;//evil.com/p.png)'],
    ['<img src=x>', '&lt;img src=x&gt;'],
    ['&lt;b&gt;', '&amp;lt;b&amp;gt;'],
    ['`a` *b* _c_ ~~d~~', '\\`a\\` \\*b\\* \\_c\\_ \\~\\~d\\~\\~'],
    ['https://evil.com', 'https&#58;//evil.com'],
    ['www.evil.com', 'www\\.evil.com'],
    ['a@b.c', 'a\\@b.c'],
    ['a\\|b', 'a\\\\&#124;b'],
    ['$(alert)', '\\$(alert)'],
    ['two\nlines\r\n\r\nand more', 'two ⏎ lines ⏎ and more'],
    ['bell\u0007 right-to-left\u202e zero\u200bwidth', 'bell� right-to-left� zero�width'],
    ['half a pair \ud83d', 'half a pair �'],
  ])('%s', (text, expected) => expect(plain(text)).toBe(expected))
})

describe('code', () => {
  test.each<[string, string]>([
    ['a1.h0', '`a1.h0`'],
    ['a`b', '``a`b``'],
    ['``', '``` `` ```'],
    ['`x', '`` `x ``'],
    [' x ', '`  x  `'],
    ['', '(empty)'],
    ['  ', '(blank)'],
    ['a\n```\n[x](command:y)', '````a ⏎ ``` ⏎ [x](command:y)````'],
  ])('%s', (text, expected) => expect(code(text)).toBe(expected))
})

test('long text is cut, between characters', () => {
  expect(oneLine('x'.repeat(300), 10)).toBe('xxxxxxxxx…')
  expect(oneLine(`${'x'.repeat(8)}🎈🎈🎈`, 10)).toBe('xxxxxxxx…')
})

test('a block ends where it should', () => expect(scrub('a\n```\nb')).toBe('````scrub\na\n```\nb\n````'))

test('a table keeps its columns whatever is in it', () => {
  const made = table(['value', 'data'], [[plain('a | b\nc'), '1'], [plain('\\'), '2']], new Set([1]))
  expect(made).toBe('| value | data |\n| --- | ---: |\n| a &#124; b ⏎ c | 1 |\n| \\\\ | 2 |')
})

test('lists', () => {
  expect([some([], 2), some(['a'], 2), some(['a', 'b'], 2), some(['a', 'b', 'c'], 2), some(['a', 'b', 'c', 'd'], 2)]).toEqual(['', 'a', 'a and b', 'a, b and c', 'a, b and 2 more'])
})
