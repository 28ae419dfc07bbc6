/** Evaluation without data. */
import { parse, type Finding, type LetItem } from '@scrub/grammar'
import { expect, test } from 'vitest'
import { evalStatic } from '../../src/expr/static.ts'
import type { Scope, Static } from '../../src/expr/types.ts'

const scope: Scope = {
  lookup: (name) => (name === 'l' ? { kind: 'index', value: 2 } : name === 'pair' ? { kind: 'index', value: [9, 6] } : undefined),
  lookupIn: () => undefined,
  names: () => ['l', 'pair'],
}

function evaluated(text: string): Static | string | undefined {
  const item = parse(`let r = ${text}`).file.items[0] as LetItem
  const findings: Finding[] = []
  const value = evalStatic(item.value!, scope, (f) => findings.push(f))
  return findings.length > 0 ? findings.map((f) => `${f.code} ‹${`let r = ${text}`.slice(f.span.start, f.span.end)}›`).join() : value
}

test.each<[string, Static]>([
  ['range(3)', [0, 1, 2]], ['range(1, 4)', [1, 2, 3]], ['range(5, 0, -2)', [5, 3, 1]], ['range(3, 3)', []],
  ['[1, "a", true]', [1, 'a', true]], ['[(9, 6), (9, 9)]', [[9, 6], [9, 9]]], ['(1,)', [1]],
  ['l + 1', 3], ['-l // 2', -1], ['7 % -3', -2], ['2 ** 10', 1024], ['1 / 4', 0.25], ['-0 + 0', 0], ['pair[0]', 9], ['pair[-1]', 6],
  ['[1] + [2]', [1, 2]], ['"h" + "1"', 'h1'], ['len([1, 2])', 2], ['max([1, 3, 2])', 3], ['abs(-2)', 2],
  ['[i * j for i in range(2) for j in range(i + 1)]', [0, 0, 1]], ['[i for i in range(6) if i % 2 == 1]', [1, 3, 5]], ['[a + b for (a, b) in [(1, 2), pair]]', [3, 15]],
  ['l in [1, 2]', true], ['1 < l <= 2', true], ['(9, 6) == pair', true], ['if l == 2 then "two" else "other"', 'two'], ['not (l == 2) or true', true],
])('%s', (text, value) => expect(evaluated(text)).toEqual(value))

test.each([
  ['tokens', 'type-mismatch ‹tokens›'],
  ['range(tokens)', 'type-mismatch ‹tokens›'],
  ['range(0, 9, 0)', 'type-mismatch ‹range(0, 9, 0)›'],
  ['range(1.5)', 'type-mismatch ‹range(1.5)›'],
  ['[i for i in range(70000)]', 'too-large ‹range(70000)›'],
  ['[1 for i in range(300) for j in range(300)]', 'too-large ‹range(300)›'],
  ['[1, 2][2]', 'shape-mismatch ‹2›'],
  ['1 + "a"', 'type-mismatch ‹"a"›'],
  ['1 and true', 'type-mismatch ‹1›'],
  ['[i for i in 3]', 'type-mismatch ‹3›'],
])('%s', (text, finding) => expect(evaluated(text)).toBe(finding))

