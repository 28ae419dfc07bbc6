/** The VS Code contributions agree with the grammar. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parse, reservedWords } from '../src/index.ts'

function read(name: string): any {
  return JSON.parse(readFileSync(new URL(`../${name}`, import.meta.url), 'utf8'))
}

function patternsIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) =>
    (key === 'match' || key === 'begin' || key === 'end') && typeof inner === 'string' ? [inner] : patternsIn(inner))
}

/** A snippet's body with its placeholders filled in. */
function expand(body: string | string[]): string {
  let text = Array.isArray(body) ? body.join('\n') : body
  const values = new Map<string, string>()
  text = text.replace(/\$\{(\d+)\|([^,|]*)[^|]*\|\}/g, '$2')
  while (/\$\{\d+:[^{}$]*\}/.test(text)) {
    text = text.replace(/\$\{(\d+):([^{}$]*)\}/g, (_, number: string, value: string) => {
      values.set(number, value)
      return value
    })
    text = text.replace(/\$([1-9])(?!\d)/g, (whole, number: string) => values.get(number) ?? whole)
  }
  return text.replaceAll('$0', '')
}

const surroundings: Record<string, (text: string) => string> = {
  node: (text) => `hypothesis h { ${text} }`, refine: (text) => `hypothesis h { ${text} }`, for: (text) => `hypothesis h { ${text} }`,
  component: (text) => `graph { ${text} }`, rewrite: (text) => `graph { ${text} }`,
}

describe('every snippet is valid', () => {
  test.each(Object.entries(read('snippets.json')))('%s', (_, snippet: any) => {
    const text = expand(snippet.body)
    const around = surroundings[/^\w+/.exec(text)![0]] ?? ((inner: string) => inner)
    expect(text).not.toMatch(/\$[{\d]/)
    expect(parse(around(text)).findings).toEqual([])
  })
})

describe('the TextMate grammar', () => {
  const grammar = read('scrub.tmLanguage.json')

  test('its patterns are regular expressions', () => {
    for (const pattern of patternsIn(grammar)) expect(() => new RegExp(pattern, 'u')).not.toThrow()
  })

  test('its keywords are the reserved words', () => {
    const keywords = patternsIn(grammar.repository.keyword).map((pattern) => new RegExp(pattern, 'u'))
    expect(reservedWords.size).toBe(33)
    for (const word of reservedWords) expect([word, keywords.some((keyword) => keyword.test(`${word} `))]).toEqual([word, true])
  })

  test('it includes only what it has', () => {
    const includes = [...JSON.stringify(grammar).matchAll(/"include":"#(\w+)"/g)].map(([, name]) => name!)
    for (const name of includes) expect(Object.keys(grammar.repository)).toContain(name)
  })
})

test('the patterns of the language configuration are regular expressions', () => {
  const { wordPattern, indentationRules, onEnterRules } = read('language-configuration.json')
  const patterns = [indentationRules.increaseIndentPattern, indentationRules.decreaseIndentPattern,
    ...onEnterRules.flatMap((rule: any) => [rule.beforeText, rule.afterText])]
  for (const { pattern } of patterns) expect(() => new RegExp(pattern)).not.toThrow()
  expect('let é1_x = 2'.match(new RegExp(wordPattern.pattern, `g${wordPattern.flags}`))).toEqual(['let', 'é1_x', '2'])
})
