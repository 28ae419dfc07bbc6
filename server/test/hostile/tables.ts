/** Text files of data and vocabularies, odd in what they hold and in how they are written. */
import fc from 'fast-check'
import { type Case, only } from './case.ts'
import { mostly, oddName } from './numbers.ts'

const BIG = ['9007199254740993', '9223372036854775807', '9223372036854775808', '-9223372036854775808', '1e308', '1e400', '-1e400', '1E-400', `1${'0'.repeat(400)}`, '9'.repeat(3000), `0.${'1'.repeat(3000)}`, '-0', '0e0', '1.0']
const END = ['\n', '\n', '\n', '\r\n', '\r', '\n\n']

/** A line of JSON that mostly has the keys that all have. */
const scalar = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: -5, max: 5 }).map(String) }, { weight: 2, arbitrary: fc.constantFrom('0.5', 'true', 'false', '"w"') }, { weight: 1, arbitrary: fc.constantFrom(...BIG) },
  { weight: 1, arbitrary: oddName.map((text) => JSON.stringify(text)) }, { weight: 1, arbitrary: fc.constantFrom('null', 'NaN', 'Infinity', '"\\ud800"', '"\\u0000"', '"\ud800"', '01', '+1', '.5', '1.', "'a'", '{}', '[]', '{"source": "1"}', '//', ',') },
)
const list = fc.oneof({ weight: 9, arbitrary: fc.constant('[1,2]') }, { weight: 1, arbitrary: fc.array(scalar, { maxLength: 3 }).map((parts) => `[${parts.join()}]`) }, { weight: 1, arbitrary: fc.integer({ min: 1, max: 40 }).map((deep) => `${'['.repeat(deep)}1${']'.repeat(deep)}`) }, { weight: 1, arbitrary: fc.constantFrom(30_000, 200_000).map((deep) => '['.repeat(deep)) })

const row = fc.oneof(
  { weight: 20, arbitrary: fc.tuple(fc.oneof({ weight: 6, arbitrary: fc.constant('1') }, { weight: 1, arbitrary: scalar }), list, fc.oneof({ weight: 20, arbitrary: fc.constant('') }, { weight: 1, arbitrary: fc.tuple(oddName, scalar).map(([key, value]) => `,${JSON.stringify(key)}:${value}`) })).map(([a, b, more]) => `{"a":${a},"b":${b}${more}}`) },
  { weight: 1, arbitrary: fc.constantFrom('', ' ', '{}', '[]', '1', '"a"', '{"a":1,"a":2,"b":[1,2]}', '{"a":1}', '{"a":1,"b":[1,2]}{"a":1,"b":[1,2]}', '\ufeff{"a":1,"b":[1,2]}', '\u0000', '{"__proto__":1,"b":[1,2]}', '{'.repeat(50_000)) },
  { weight: 1, arbitrary: fc.json() },
)

const raw = fc.oneof({ weight: 30, arbitrary: fc.constant(new Uint8Array(0)) }, { weight: 1, arbitrary: fc.constantFrom(Uint8Array.of(0xff, 0xfe), Uint8Array.of(0xc3), Uint8Array.of(0xed, 0xa0, 0x80), Uint8Array.of(0), new Uint8Array(70_000).fill(0x20), new Uint8Array(900_000).fill(0x61)) })

const textFile = (name: string, lines: fc.Arbitrary<string>): fc.Arbitrary<Case> =>
  fc.tuple(fc.array(fc.tuple(lines, fc.constantFrom(...END)), { maxLength: 6 }), raw, fc.constantFrom('', '', '', '\ufeff'))
    .map(([parts, bytes, mark]) => only(name, Buffer.concat([Buffer.from(mark + parts.map((part) => part.join('')).join('')), bytes])))

export const jsonl: fc.Arbitrary<Case> = textFile('a.jsonl', row)

/** Any bytes; a first row that is repeated makes most of them tables. */
const cell = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom('1', '2', '-3', '0.5', 'true', 'word', '"quoted, cell"', '"a ""b"""') }, { weight: 1, arbitrary: fc.constantFrom(...BIG, 'nan', 'inf', '-inf', '', ' ', '"', '""', '"""', '"open', 'a"b', '\u0000', '=cmd()', '\ud800', '1_000', '0x10', '1e5e5') },
  { weight: 1, arbitrary: oddName },
)
const record = fc.oneof({ weight: 9, arbitrary: fc.array(cell, { minLength: 3, maxLength: 3 }) }, { weight: 1, arbitrary: fc.array(cell, { maxLength: 6 }) }).map((cells) => cells.join(','))

export const csv: fc.Arbitrary<Case> = fc.tuple(fc.oneof({ weight: 6, arbitrary: fc.constant('a,b,c\n') }, { weight: 1, arbitrary: fc.constantFrom('a;b;c\n', 'a,a,b\n', ',,\n', '\n', 'a\tb\n', '__proto__,b,c\n', `${'a,'.repeat(10_001)}b\n`, `${'x'.repeat(500_000)},b,c\n`) }, { weight: 1, arbitrary: record }), textFile('a.csv', record))
  .map(([head, { files, main }]) => only(main, Buffer.concat([Buffer.from(head), files[main] as Uint8Array])))

const token = fc.oneof({ weight: 4, arbitrary: fc.string({ maxLength: 3 }) }, { weight: 1, arbitrary: oddName })
const id = fc.oneof({ weight: 9, arbitrary: fc.integer({ min: 0, max: 20 }) }, { weight: 1, arbitrary: fc.constantFrom<unknown>(-1, 0.5, 2 ** 22, 2 ** 31, 2 ** 53, 1e300, '1', null, [], true) })
const map = fc.array(fc.tuple(token, id), { maxLength: 6 }).map((pairs) => `{${pairs.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join()}}`)
const tokens = fc.array(fc.oneof({ weight: 9, arbitrary: token }, { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }) }), { maxLength: 6 }).map((all) => JSON.stringify(all))

export const vocab: fc.Arbitrary<Case> = fc.oneof(
  map, tokens,
  fc.tuple(fc.oneof(map, tokens, fc.json()), fc.oneof(fc.constantFrom('[]', 'null', '{}', '[{"id":3,"content":"x"}]', '[null]', '[{"id":-1,"content":"x"}]', '[1]'), fc.json())).map(([own, more]) => `{"model":{"vocab":${own}},"added_tokens":${more}}`),
  fc.json(),
  mostly(['', 'null', '1', '{"a":0,"b":4000000}', '['.repeat(300_000), `[${'"a",'.repeat(100_000)}"a"]`, '{"model":null}', '{"model":{"vocab":null}}', '{"a":0} trailing', '\ufeff["a"]']),
).map((text) => only('vocab.json', text))
