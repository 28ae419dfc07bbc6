/** Broken text: nothing is lost beside what is broken, nothing throws, and nothing takes long. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { format, nodeAt, parse, walk, type AnyNode } from '../src/index.ts'
import { mostFindings } from '../src/findings.ts'
import { vocabulary } from '../src/tokens.ts'
import { validFile } from './generate.ts'
import { samples } from './table.ts'

/** Kind and name of every item of a text. */
function items(text: string): string[] {
  return [...walk(parse(text).file)].flatMap((node) => nameOf(node) ?? [])
}

function nameOf(node: AnyNode): string | undefined {
  const of = (name: { text?: string; value?: unknown } | undefined) => `${node.kind} ${name?.text ?? name?.value}`
  switch (node.kind) {
    case 'model':
    case 'data':
      return of(node.path)
    case 'vocab':
      return of(node.column)
    case 'expect':
      return of(node.hypothesis)
    case 'metric':
    case 'let':
    case 'use':
    case 'hypothesis':
    case 'node':
    case 'refine':
    case 'option':
      return of(node.name)
    case 'graph':
    case 'component':
    case 'rewrite':
    case 'for':
      return node.kind
    default:
      return undefined
  }
}

function lost(before: readonly string[], text: string): string[] {
  const left = items(text)
  return before.filter((item) => {
    const at = left.indexOf(item)
    if (at >= 0) left.splice(at, 1)
    return at < 0
  })
}

/** What must hold of any text whatever. */
function sound(text: string): void {
  const { file, findings, tokens, comments } = parse(text)
  expect(findings.length).toBeLessThanOrEqual(mostFindings + 1)
  for (const { span, message } of findings) {
    expect(span.start).toBeGreaterThanOrEqual(0)
    expect(span.end).toBeGreaterThanOrEqual(span.start)
    expect(span.end).toBeLessThanOrEqual(text.length)
    expect(message).toMatch(/^[^\n]+\.$/)
  }
  for (const node of walk(file)) {
    expect(node.span.start).toBeLessThanOrEqual(node.span.end)
    expect(node.span.start).toBeGreaterThanOrEqual(0)
    expect(node.span.end).toBeLessThanOrEqual(text.length)
  }
  // Tokens, comments and space are the whole text.
  const pieces = [...tokens.map(({ span, image }) => ({ span, image })), ...comments.map(({ span, text: image }) => ({ span, image }))]
    .sort((a, b) => a.span.start - b.span.start)
  let end = 0
  for (const { span, image } of pieces) {
    expect(text.slice(end, span.start).trim()).toBe('')
    expect(text.slice(span.start, span.end)).toBe(image)
    end = span.end
  }
  expect(text.slice(end).trim()).toBe('')
  expect(() => nodeAt(file, text.length >> 1)).not.toThrow()
  if (findings.length > 0) expect(format(text)).toBe(text)
}

describe.each(samples)('one token of $name', ({ text }) => {
  const before = items(text)
  const { tokens } = parse(text)

  test('deleted: no other item is lost', () => {
    const report = tokens.flatMap(({ span, image }) => {
      const missing = lost(before, `${text.slice(0, span.start)} ${text.slice(span.end)}`)
      return missing.length > 1 ? [`${image} at ${span.start}: ${missing.join(', ')}`] : []
    })
    expect(report).toEqual([])
  })

  test.each(['x', '=', ',', '(', ']', '{', '}', 'at', '.', 'node', 'for'])(
    'inserted: with `%s` no other item is lost', (extra) => {
      const report = tokens.flatMap(({ span }) => {
        const missing = lost(before, `${text.slice(0, span.start)} ${extra} ${text.slice(span.start)}`)
        return missing.length > 1 ? [`before ${span.start}: ${missing.join(', ')}`] : []
      })
      expect(report).toEqual([])
    })
})

describe('any text', () => {
  const piece = fc.constantFrom(
    ...vocabulary.flatMap(({ PATTERN }) => (typeof PATTERN === 'string' ? [PATTERN] : [])),
    'a', 'b.c', '.d', '1', '"s"', '"', '\'', '# c\n', '\n', '\\', '$', '\u{1f600}', '\ud800', '\ufeff', '1x', '&', '|', 'data.', 'model[')

  test('noise of tokens', () => {
    fc.assert(fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => sound(pieces.join(' '))), { numRuns: 500, seed: 1 })
  })

  test('noise of characters', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 80 }), sound), { numRuns: 300, seed: 2 })
  })

  test('valid files with pieces deleted, inserted and replaced', () => {
    fc.assert(fc.property(validFile, fc.array(fc.tuple(fc.nat(), fc.nat(12), piece), { minLength: 1, maxLength: 4 }), (file, edits) => {
      let text = file
      for (const [at, length, insert] of edits) {
        const start = at % (text.length + 1)
        text = text.slice(0, start) + insert + text.slice(start + length)
      }
      sound(text)
    }), { numRuns: 400, seed: 3 })
  })
})

describe('hostile text ends soon, without overflow', () => {
  const size = 200_000
  const repeat = (before: string, part: string) => before + part.repeat(size / part.length)
  const table: [what: string, text: string, code: string][] = [
    ['parentheses', repeat('let x = ', '('), 'too-deep'],
    ['mixed brackets', repeat('let x = ', '[(f('), 'too-deep'],
    ['a long sum', repeat('let x = ', 'a+'), 'too-deep'],
    ['many signs', repeat('let x = ', '-'), 'too-deep'],
    ['many powers', repeat('let x = ', 'a**'), 'too-deep'],
    ['many members', repeat('let x = a', '.b'), 'too-deep'],
    ['many subscripts', repeat('let x = a', '[0]'), 'too-deep'],
    ['many conditions', repeat('let x = ', 'if a then b else '), 'too-deep'],
    ['a sum in parentheses in a sum …', repeat('let x = ', '(a+a+a+a+'), 'too-deep'],
    ['blocks', repeat('hypothesis h {', 'for a in b {'), 'too-deep'],
    ['members of a place', repeat('hypothesis h { node a = b at c', '.d'), 'too-deep'],
    ['a long comparison', repeat('let x = ', 'a<'), 'syntax'],
    ['commas', repeat('let x = [', ','), 'syntax'],
    ['closing brackets', repeat('let x = [', ')'), 'syntax'],
    ['braces', repeat('', '{'), 'syntax'],
    ['item words', repeat('', 'node for '), 'syntax'],
    ['parents', repeat('node a = b at c from ', 'a b,'), 'syntax'],
    ['quotes', repeat('', '"\n'), 'syntax'],
    ['bytes', repeat('', '\0\u00ff'), 'syntax'],
  ]

  test.each(table)('%s', (_, text, code) => {
    const { file, findings } = parse(text)
    expect(findings.map((finding) => finding.code)).toContain(code)
    expect(findings.length).toBeLessThanOrEqual(mostFindings + 1)
    expect(format(text)).toBe(text)
    expect(() => JSON.stringify(file)).not.toThrow()
  }, 20_000)

  test('ten megabytes', () => {
    const { findings, tokens } = parse('{[(x'.repeat(2_500_000))
    expect(findings.at(-1)?.message).toBe('The file is longer than 2000000 characters: what follows is not read.')
    expect(tokens.at(-1)?.span).toEqual({ start: 2_000_000, end: 10_000_000 })
  }, 60_000)

  test('more findings than are kept', () => {
    const { findings } = parse('}\n'.repeat(150))
    expect(findings).toHaveLength(101)
    expect(findings.at(-1)?.message).toBe('There are 50 more syntax errors: correct the ones above first.')
  })
})
