/** Signature help: the signature with the active parameter in «guillemets». */
import { expect, test } from 'vitest'
import { signatureHelp } from '../../src/language/signature-help.ts'
import { cursorOf, NOTHING, snapshotOf } from './check.ts'

function shown(marked: string): string | undefined {
  const { text, offset } = cursorOf(marked)
  const help = signatureHelp(snapshotOf(text, NOTHING), offset)
  if (!help) return undefined
  const [start, end] = help.active === undefined ? [0, 0] : help.parameters[help.active]!
  return help.active === undefined ? help.signature : `${help.signature.slice(0, start)}«${help.signature.slice(start, end)}»${help.signature.slice(end)}`
}

test.each<[string, string, string | undefined]>([
  ['the first', 'let a = sum($0)', 'sum(«x», axis=…, keepdims=false)'],
  ['not closed', 'let a = sum($0', 'sum(«x», axis=…, keepdims=false)'],
  ['not closed, with more below', 'let a = sum(x, $0\nlet b = 3', 'sum(x, «axis=…», keepdims=false)'],
  ['by position', 'let a = sum(x, 0, $0)', 'sum(x, axis=…, «keepdims=false»)'],
  ['by name', 'let a = sum(x, keepdims=$0)', 'sum(x, axis=…, «keepdims=false»)'],
  ['in the name', 'let a = sum(x, keep$0dims=true)', 'sum(x, axis=…, «keepdims=false»)'],
  ['a name that it has not', 'let a = sum(x, depth=$0)', 'sum(x, axis=…, keepdims=false)'],
  ['too many', 'let a = abs(x, $0)', 'abs(x)'],
  ['the inner one', 'let a = sum(abs($0), 1)', 'abs(«x»)'],
  ['after the inner one', 'let a = sum(abs(x), $0)', 'sum(x, «axis=…», keepdims=false)'],
  ['in a list', 'let a = concat([x, y$0])', 'concat(«arrays», axis=0)'],
  ['after a list', 'let a = concat([x, y], $0)', 'concat(arrays, «axis=0»)'],
  ['in parentheses inside', 'let a = where((x > 1$0), 1, 0)', 'where(«condition», x1, x2)'],
  ['a comparison is no name', 'let a = where(x ==$0 1, 1, 0)', 'where(«condition», x1, x2)'],
  ['a function with a reserved name', 'let a = any(x, $0)', 'any(x, «axis=…», keepdims=false)'],
  ['in a string', 'let a = astype(x, "$0")', 'astype(x, «dtype»)'],
  ['after the call', 'let a = sum(x)$0', undefined],
  ['before it', 'let a = su$0m(x)', undefined],
  ['no function', 'let a = frobnicate($0)', undefined],
  ['in a comment', 'let a = sum( # $0', undefined],
  ['outside of calls', 'let a = $0', undefined],
])('%s', (_, marked, expected) => expect(shown(marked)).toBe(expected))
