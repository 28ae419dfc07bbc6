/** Which of several names a query finds first. */
import { expect, test } from 'vitest'
import { NO_SCORE, scorer, searchable } from '../../src/language/fuzzy.ts'

const best = (query: string, names: readonly string[]): string[] => {
  const score = scorer(query)
  return names.map((name) => ({ name, score: score(searchable(name)) })).filter((one) => one.score !== NO_SCORE).sort((a, b) => b.score - a.score).map(({ name }) => name)
}

test.each<[string, string[], string[]]>([
  ['l1.z', ['/blocks.1/attn/z', '/blocks.0/attn/z', '/blocks.1/attn/q'], ['/blocks.1/attn/z']],
  ['b1az', ['/blocks.1/attn/z', '/blocks.11/attn/z', '/embed'], ['/blocks.1/attn/z', '/blocks.11/attn/z']],
  ['attn/z', ['/blocks.1/attn/zed', '/blocks.1/attn/z', '/attention/z'], ['/blocks.1/attn/z', '/blocks.1/attn/zed', '/attention/z']],
  ['a1h0', ['a1.h0', 'a10.h0', 'a1.h10'], ['a1.h0', 'a10.h0', 'a1.h10']],
  ['lo', ['logical_or', 'log', 'solo'], ['log', 'logical_or', 'solo']],
  ['MLP', ['/blocks.0/mlp/out'], ['/blocks.0/mlp/out']],
  ['out', ['/layout', '/blocks/out'], ['/blocks/out', '/layout']],
  ['q', ['a', 'b'], []],
  ['zz', ['z'], []],
  ['', ['bb', 'a'], ['a', 'bb']],
])('%s', (query, names, expected) => expect(best(query, names)).toEqual(expected))

test('a name longer than those before it', () => {
  const score = scorer('z')
  expect([score('z'), score(`${'a.'.repeat(100)}z`) !== NO_SCORE, score('b')]).toEqual([239, true, NO_SCORE])
})
