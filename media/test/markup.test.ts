/** Text stays text, wherever it comes from. */
import { expect, test } from 'vitest'
import { csv } from '../src/csv.ts'
import { h, render, visible } from '../src/markup.ts'
import { fit, textWidth, wrap } from '../src/text.ts'

test.each([
  ['</script><b>', '<p>&lt;/script&gt;&lt;b&gt;</p>'],
  [`"'&`, '<p>&quot;&#39;&amp;</p>'],
  ['a\u202eb', '<p>a\\u{202e}b</p>'],
  ['\u0000\ud800', '<p>\\u{0}\\u{d800}</p>'],
])('%j as content', (text, expected) => expect(render(h('p', {}, text))).toBe(expected))

test('attributes are escaped, left out, or bare', () => {
  expect(render(h('a', { title: '"><img onerror=x>', hidden: true, id: null, x: 1.23456 }))).toBe('<a title="&quot;&gt;&lt;img onerror=x&gt;" hidden="" x="1.23"></a>')
})

test('whole characters outside the basic plane are kept', () => expect(visible('😀 𝛼')).toBe('😀 𝛼'))

test('text that is too wide ends in an ellipsis and fits', () => {
  const cut = fit('a_very_long_feature_name_indeed', 80, 11, 'mono')
  expect(cut).toMatch(/^a_very.*…$/)
  expect(textWidth(cut, 11, 'mono')).toBeLessThanOrEqual(80)
  expect(fit('short', 80, 11)).toBe('short')
})

test.each([
  ['one two three', 60, 2, ['one two', 'three']],
  ['onetwothreefourfive', 60, 2, ['onetwot…']],
  ['one two three four five six', 60, 2, ['one two', 'three f…']],
])('%j wraps at %d into at most %d lines', (text, width, lines, expected) => expect(wrap(text, width, 11, lines, 'mono')).toEqual(expected))

test.each([
  [[['a', 'b,c'], ['say "x"', '']], 'a,"b,c"\r\n"say ""x""",\r\n'],
  [[['=1+1', '-6.7 % ± 0.2', '@x', '+3']], "'=1+1,-6.7 % ± 0.2,'@x,+3\r\n"],
])('%j as CSV', (rows, expected) => expect(csv(rows)).toBe(expected))
