/** Reports as JSON whose texts want to be markup, and whose numbers and lists are not what they should be. */
import fc from 'fast-check'
import { hypothesis, node, report, sampleOf } from '../../../media/test/report.ts'
import { type Case, only } from './case.ts'
import { oddName } from './numbers.ts'

/** What would run, or break out, were it put into a page as it is. */
export const MARKUP = [
  '</script><script>window.hacked=1</script>', '<img src=x onerror="window.hacked=1">', '"><svg onload=window.hacked=1>', "' onmouseover='window.hacked=1", 'javascript:window.hacked=1', '<!--', ']]>', '</title><script>window.hacked=1</script>',
  '</style><script>window.hacked=1</script>', '</noscript><script>window.hacked=1</script>', '<base href="https://example.org/">', '&lt;script&gt;', '{{constructor.constructor("window.hacked=1")()}}', '\u2028\u2029', '<a href="javascript:window.hacked=1">', '<iframe srcdoc="<script>parent.hacked=1</script>">', '\u001b]8;;https://example.org\u0007',
]

const text = fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...MARKUP) }, { weight: 1, arbitrary: oddName })
const number = fc.constantFrom(0, -1, 1e308, -1e308, 1e-320, 2 ** 53, 0.5, 1e15)

/** Every text of a value replaced now and then, and some numbers. */
function altered(value: unknown, texts: () => string | undefined, numbers: () => number | undefined): unknown {
  if (typeof value === 'string') return texts() ?? value
  if (typeof value === 'number') return numbers() ?? value
  if (Array.isArray(value)) return value.map((one) => altered(one, texts, numbers))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, altered(one, texts, numbers)]))
}

const enums = ['kind', 'sense', 'unimportant', 'sha256', 'device', 'over', 'severity', 'code', 'method']

/** Texts that must be one of a few, or a hash, stay as they are, or hardly a report would be read at all. */
function withTexts<T extends object>(value: T, by: readonly (string | undefined)[], numbers: readonly (number | undefined)[]): T {
  let [at, of] = [0, 0]
  const keep = JSON.parse(JSON.stringify(value), (key, one) => (enums.includes(key) && typeof one === 'string' ? { kept: one } : one)) as T
  const done = altered(keep, () => by[at++ % by.length], () => numbers[of++ % numbers.length])
  const restore = JSON.parse(JSON.stringify(value)) as unknown
  return merged(done, restore) as T
}

function merged(changed: unknown, original: unknown): unknown {
  if (Array.isArray(changed)) return changed.map((one, i) => merged(one, (original as unknown[])[i]))
  if (typeof changed !== 'object' || changed === null) return changed
  if ('kept' in changed) return original
  return Object.fromEntries(Object.entries(changed).map(([key, one]) => [key, merged(one, (original as Record<string, unknown>)[key])]))
}

const seldomTexts = fc.array(fc.option(text, { freq: 3, nil: undefined }), { minLength: 1, maxLength: 30 })
const seldomNumbers = fc.oneof({ weight: 3, arbitrary: fc.constant([undefined]) }, { weight: 1, arbitrary: fc.array(fc.option(number, { nil: undefined, freq: 4 }), { minLength: 1, maxLength: 12 }) })

/** Nodes, hypotheses and keys named by what comes. */
const shaped = fc.record({ label: text, other: text, draws: fc.dictionary(text, fc.nat(99), { maxKeys: 3 }), texts: fc.dictionary(fc.oneof(fc.nat(9).map(String), text), text, { maxKeys: 3 }), nodes: fc.integer({ min: 0, max: 4 }), path: text })
  .map(({ label, other, draws, texts, nodes, path }) => report({
    file: { path, sha256: '0'.repeat(64) },
    hypotheses: [hypothesis({ name: label, texts, nodes: Array.from({ length: nodes }, (_, i) => node({ name: `${other}${i}`, parents: i > 0 ? [`${other}${i - 1}`] : [], feature: label, place: other })), sampled: [sampleOf({ draws, values: texts })] }), hypothesis({ name: other, extends: label })],
  }))

/** The structure itself: a key is missing, of another type, or one too many. */
const broken = fc.tuple(fc.jsonValue({ maxDepth: 3 }), fc.nat(40)).map(([value, at]) => {
  const whole = JSON.parse(JSON.stringify(report())) as Record<string, unknown>
  const inside = (whole['hypotheses'] as Record<string, unknown>[])[0]!
  const target = at % 2 === 0 ? whole : inside
  const keys = Object.keys(target)
  target[keys[at % keys.length]!] = value
  return JSON.stringify(whole)
})

const RAW = ['', 'null', '[]', '{', '{"schema":1e400}', '{"schema":-1}', '{"schema":"1"}', '['.repeat(200_000), '{"schema":'.repeat(50_000), '\u0000', JSON.stringify({ schema: 99 })]

export const reports: fc.Arbitrary<Case> = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(fc.oneof(fc.constant(report()), shaped), seldomTexts, seldomNumbers).map(([value, texts, numbers]) => JSON.stringify(withTexts(value, texts, numbers))) },
  { weight: 3, arbitrary: shaped.map((value) => JSON.stringify(value)) },
  { weight: 2, arbitrary: broken },
  { weight: 1, arbitrary: fc.constantFrom(...RAW) },
).map((content) => only('r.json', content))

const PACKED = ['', 'AAAA', '!!!!', 'eJwDAAAAAAE=', Buffer.from('not compressed').toString('base64')]

/** Two shards of a run; what they carry for the merge is damaged. */
export const shards: fc.Arbitrary<Case> = fc.record({
  count: fc.constantFrom(1, 2, 2, 2, 3, 1e9, -1), index: fc.constantFrom(1, 1, 1, 2, 0, 1e9), packed: fc.constantFrom(...PACKED), from: fc.constantFrom(0, 0, 1, -1, 2 ** 31), to: fc.constantFrom(10, 10, 5, 1e12), label: text, odd: fc.option(fc.jsonValue({ maxDepth: 2 }), { nil: undefined, freq: 4 }),
}).map(({ count, index, packed, from, to, label, odd }) => {
  const one = (at: number): string => {
    const whole = report({ hypotheses: [hypothesis({ name: label })] }) as unknown as Record<string, unknown>
    whole['shard'] = odd ?? { index: at, count, from, to, samples: to, expectations: [] }
    const inside = (whole['hypotheses'] as Record<string, unknown>[])[0]!
    inside['shard'] = { first: from, total: to, scrubbed: packed, model: packed, reference: packed, classes: [{ nodes: [label], places: packed }], swaps: { [label]: { swapped: 1, all: 0 } }, costs: at % 2 === 0 ? null : { [label]: { count: 1, mean: 0, squares: -1 } }, identity: 0 }
    return JSON.stringify(whole)
  }
  const bytes = (content: string): Uint8Array => new TextEncoder().encode(content)
  return { files: { 'list.json': bytes('["1.json","2.json"]'), '1.json': bytes(one(index)), '2.json': bytes(one(2)) }, main: 'list.json' }
})
