/** No feature throws, whatever has been typed, and what they point at lies inside the text. */
import type { Span } from '@scrub/grammar'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { definition } from '../../src/language/definition.ts'
import { documentLinks } from '../../src/language/document-links.ts'
import { formatDocument } from '../../src/language/format-document.ts'
import { formatRange } from '../../src/language/format-range.ts'
import { folding } from '../../src/language/folding.ts'
import { highlights } from '../../src/language/highlights.ts'
import { outline, type OutlineEntry } from '../../src/language/outline.ts'
import { references } from '../../src/language/references.ts'
import { prepareRename, rename } from '../../src/language/rename.ts'
import { selectionRanges } from '../../src/language/selection-ranges.ts'
import { semanticTokens } from '../../src/language/semantic-tokens.ts'
import { symbolsOf } from '../../src/language/symbols.ts'
import type { Snapshot } from '../../src/language/snapshot.ts'
import { transformerNames } from '../hypothesis/models.ts'
import { NOTHING, snapshotOf, TOY } from './check.ts'

const fixture = (name: string) => readFileSync(new URL(`../../../grammar/test/fixtures/${name}.scrub`, import.meta.url), 'utf8')
const texts: [string, string][] = [
  ['or-of-two', fixture('or-of-two')],
  ['paren', fixture('paren')],
  ['names of the graph', `${transformerNames}\nhypothesis 'q' {\n  for i, (j, k) in [1] { node a[b in i] = [x[i] for x in y if z] at a[i].h[j] from b through [c, "d{i}"] }\n}\nhypothesis "\\u0061 🎈" extends q {}`],
]

/** Numbers from 0 to 1, the same every time. */
function* random(seed: number): Generator<number, never> {
  for (let state = seed; ;) {
    state = (state * 1664525 + 1013904223) % 2 ** 32
    yield state / 2 ** 32
  }
}

/** The text as it is, and with stretches of it gone. */
function* variants(text: string, count: number): Generator<string> {
  yield text
  const numbers = random(text.length)
  const next = () => numbers.next().value
  for (let i = 0; i < count; i++) {
    let broken = text
    for (let cuts = 1 + Math.floor(next() * 4); cuts > 0; cuts--) {
      const start = Math.floor(next() * broken.length)
      broken = broken.slice(0, start) + broken.slice(start + 1 + Math.floor(next() * 12))
    }
    yield broken
  }
}

function inside(text: string, spans: readonly Span[], what: string): void {
  for (const { start, end } of spans) if (!(0 <= start && start <= end && end <= text.length)) expect.fail(`${what}: ${start} to ${end} in ${JSON.stringify(text)}`)
}

/** In order and apart. */
function apart(text: string, spans: readonly Span[], what: string): void {
  inside(text, spans, what)
  spans.forEach(({ start }, i) => { if (i > 0 && start < spans[i - 1]!.end) expect.fail(`${what} overlap at ${start} in ${JSON.stringify(text)}`) })
}

function whole(snapshot: Snapshot): void {
  const { text, parsed } = snapshot
  apart(text, symbolsOf(parsed).occurrences.map(({ span }) => span), 'occurrences')
  for (const { whole: all, span, named } of symbolsOf(parsed).occurrences) inside(text, [...(all ? [all, { start: all.start, end: span.start }, { start: span.end, end: all.end }] : []), ...named.definitions.flatMap(({ name, item }) => [name, item])], 'names')
  const tokens = semanticTokens(snapshot)
  apart(text, tokens.map(({ span }) => span), 'tokens')
  for (const { span } of tokens) if (/^$|\n/.test(text.slice(span.start, span.end))) expect.fail(`a token of no length, or over two lines, in ${JSON.stringify(text)}`)
  const entries = (list: readonly OutlineEntry[]): Span[] => list.flatMap(({ name, span, nameSpan, children }) => {
    if (name === '' || nameSpan.start < span.start || span.end < nameSpan.end) expect.fail(`entry ${name} in ${JSON.stringify(text)}`)
    return [span, ...entries(children)]
  })
  inside(text, entries(outline(snapshot)), 'outline')
  inside(text, folding(snapshot).map(({ span }) => span), 'folds')
  inside(text, documentLinks(snapshot).map(({ span }) => span), 'links')
  apart(text, formatDocument(snapshot).map(({ span }) => span), 'format')
}

function at(snapshot: Snapshot, offset: number): void {
  const { text } = snapshot
  const found = definition(snapshot, offset)
  if (found) inside(text, [found.origin, ...found.targets.flatMap((target) => (target.kind === 'text' ? [target.name, target.item] : []))], 'definition')
  apart(text, references(snapshot, offset, true), 'references')
  apart(text, highlights(snapshot, offset).map(({ span }) => span), 'highlights')
  const prepared = prepareRename(snapshot, offset)
  if ('span' in prepared) inside(text, [prepared.span], 'prepared')
  const ranges = selectionRanges(snapshot, offset)
  inside(text, ranges, 'selection')
  ranges.forEach(({ start, end }, i) => { if (i > 0 && !(start <= ranges[i - 1]!.start && ranges[i - 1]!.end <= end && end - start > ranges[i - 1]!.end - ranges[i - 1]!.start)) expect.fail(`selections are not nested at ${offset} in ${JSON.stringify(text)}`) })
  if (ranges.at(-1)?.start !== 0 || ranges.at(-1)?.end !== text.length) expect.fail(`the last selection is not the file at ${offset} in ${JSON.stringify(text)}`)
  symbolsOf(snapshot.parsed).inScope(offset)
}

test.each(texts)('%s, at every offset', (_, text) => {
  const snapshot = snapshotOf(text, TOY)
  whole(snapshot)
  for (let offset = 0; offset <= text.length; offset++) at(snapshot, offset)
})

test.each(texts)('%s with pieces missing', (_, text) => {
  let number = 0
  for (const broken of variants(text, 24)) {
    const snapshot = snapshotOf(broken, NOTHING)
    whole(snapshot)
    for (let offset = number % 11; offset <= broken.length; offset += 11) at(snapshot, offset)
    for (let offset = number % 89; offset <= broken.length; offset += 89) {
      const answer = rename(snapshot, offset, 'fresh')
      if ('edits' in answer) apart(broken, answer.edits.map(({ span }) => span), 'rename')
      apart(broken, formatRange(snapshot, { start: offset >> 1, end: offset }).map(({ span }) => span), 'format range')
    }
    number++
  }
})
