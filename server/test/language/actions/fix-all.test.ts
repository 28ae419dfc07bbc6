/** Everything that is surely meant, at once; and no action of any finding throws or edits outside the text. */
import type { Finding } from '@scrub/grammar'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { codeActions } from '../../../src/language/actions/index.ts'
import { edited } from '../../../src/language/edit.ts'
import { structuralWarnings } from '../../../src/scrub/warnings.ts'
import { model, transformer, transformerNames } from '../../hypothesis/models.ts'
import { given } from '../../hypothesis/check.ts'
import { NOTHING, snapshotOf, TOY, TOY_HEAD, type Around } from '../check.ts'
import { checkEdits, findingsOf, said, type More } from './fixed.ts'

const fixAll = (text: string, around: Around) => {
  const snapshot = snapshotOf(text, around)
  return codeActions(snapshot, { start: 0, end: 0 }, findingsOf(snapshot), (kind) => kind === 'source.fixAll')
}

test('several findings', () => {
  const text = `${TOY_HEAD}let high = z1 > 3 & z2 > 3\nhypothesis h {\n  node A = hgh    at "/A"\n  node B = zz2 == True    at "/C"\n}\noption seed 1\noption seed 2\n`
  const [action] = fixAll(text, TOY)
  expect(action!.title).toBe('Fix all 5 that are surely meant')
  checkEdits(text, action!)
  const after = edited(text, action!.edits)
  expect(after).toBe(`${TOY_HEAD}let high = z1 > 3 and z2 > 3\nhypothesis h {\n  node A = high    at "/A"\n  node B = z2 == true    at "/C"\n}\noption seed 1\n`)
})

test('nothing is sure', () => {
  expect(fixAll(`${TOY_HEAD}hypothesis h {\n  node out = nothing at logit\n}`, TOY)).toEqual([])
  expect(fixAll('', NOTHING)).toEqual([])
})

test('only what is asked for', () => {
  const snapshot = snapshotOf('let x = a & b', NOTHING)
  const findings = snapshot.parsed.findings
  expect(codeActions(snapshot, { start: 0, end: 13 }, findings, (kind) => kind === 'quickfix').map(({ kind }) => kind)).toEqual(['quickfix'])
  expect(codeActions(snapshot, { start: 0, end: 0 }, findings, (kind) => kind === 'quickfix')).toEqual([])
})

const STREAM: Around = { given: given(transformer, ['tokens: int64[4]', 'label: int64']) }
const edges = model(
  ['a: float32[N]', 'b: float32[N]'],
  ['A: float32[N] = a', 'B: float32[N] = b', 'M: float32[N] = A', 'p: float32[N] = M, B', 'Q: float32[N] = p', 'y: float32[N] = Q, B'],
  ['y'],
)
const EDGES: Around = { given: given(edges, ['a: float32', 'b: float32', 't: float32']) }

const file = (path: string) => readFileSync(new URL(`../../../../${path}`, import.meta.url), 'utf8')
const families = `model "m.onnx"
data "d.npz"
metric loss = cross_entropy(logits, label)
${transformerNames}
hypothesis h {
  node r[l in range(2)] = label > l    at a[l].in
  for l in [0, 1] { node head = any at a[l].h[0] from r[l] through [a0.h1] }
  node top = (r[0], r[1])    at logits    from tokens, head[1]
}
hypothesis k extends h { refine top = exact from r through [m0, a1.h0] node side = any at cache[0] from side }
expect h recovered > 5%
`
const texts: [string, string, Around][] = [
  ['edges.bad', file('test-fixtures/zoo/edges.bad.scrub'), EDGES],
  ['overlap.bad', file('test-fixtures/zoo/overlap.bad.scrub'), EDGES],
  ['toy', file('test-fixtures/toy/toy.scrub'), TOY],
  ['families', families, STREAM],
  ['paren, without its model', file('grammar/test/fixtures/paren.scrub'), NOTHING],
]

/** Numbers from 0 to 1, the same every time. */
function* random(seed: number): Generator<number, never> {
  for (let state = seed; ;) {
    state = (state * 1664525 + 1013904223) % 2 ** 32
    yield state / 2 ** 32
  }
}

/** The text as it is, then with pieces missing, doubled, swapped, or replaced by what other languages write. */
function* mutants(text: string, count: number): Generator<string> {
  yield text
  const numbers = random(text.length)
  const next = (below: number) => Math.floor(numbers.next().value * below)
  const foreign = ['&', '|', '!', "'x'", 'None', 'True', '{', '}', '[', ')', 'node', 'in', '“', '"', '=', ' through [m0]', ' from A', ',', '.', '🎈', '\r\n']
  const words = text.match(/[\p{L}\p{N}_]+/gu) ?? []
  for (let i = 0; i < count; i++) {
    let broken = text
    for (let left = 1 + next(4); left > 0; left--) {
      const at = next(broken.length)
      const end = Math.min(broken.length, at + 1 + next(12))
      const piece = [() => '', () => broken.slice(at, end).repeat(2), () => foreign[next(foreign.length)]!, () => words[next(words.length)]!][next(4)]!()
      broken = broken.slice(0, at) + piece + broken.slice(end)
    }
    yield broken
  }
}

const structure: More = ({ bound }) => (bound?.hypotheses ?? []).flatMap((hypothesis) => structuralWarnings(bound!, hypothesis))

const counted = (list: readonly Finding[], one: Finding) => list.filter((finding) => said(finding) === said(one)).length
const syntax = (list: readonly Finding[]) => list.filter(({ code }) => code === 'syntax').length

test.each(texts)('%s and its mutants', (_, text, around) => {
  let actions = 0
  let number = 0
  for (const broken of mutants(text, 40)) {
    const snapshot = snapshotOf(broken, around)
    const findings = findingsOf(snapshot, structure)
    for (const finding of findings) {
      for (const action of codeActions(snapshot, finding.span, [finding], (kind) => kind === 'quickfix')) {
        checkEdits(broken, action)
        actions++
        // Every fix answers its finding; looked at in some of the texts, for it takes time.
        if (number > 4) continue
        const after = findingsOf(snapshotOf(edited(broken, action.edits), around), structure)
        if (counted(after, finding) >= counted(findings, finding)) expect.fail(`${action.title} leaves "${said(finding)}" in ${JSON.stringify(broken)}`)
      }
    }
    for (const action of codeActions(snapshot, { start: 0, end: broken.length }, findings, (kind) => kind === 'source.fixAll')) {
      checkEdits(broken, action)
      // What is surely meant leaves no more to be corrected than before.
      const after = edited(broken, action.edits)
      if (syntax(snapshotOf(after, NOTHING).parsed.findings) > syntax(findings)) expect.fail(`worse after ${JSON.stringify(action)} in ${JSON.stringify(broken)}`)
    }
    number++
  }
  expect(actions).toBeGreaterThan(20)
})
