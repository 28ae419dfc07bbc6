/** Data as text: what is underlined, and what is counted. */
import { expect, test } from 'vitest'
import { brief, runs } from '../src/datum.ts'

/** Differing runs in braces. */
const marked = (text: string, reference: string): string => runs(text, reference).map((run) => (run.differs ? `{${run.text}}` : run.text)).join('')

test.each([
  ['( ( ) )', '( ( ) )', '( ( ) )'],
  ['( ) ( )', '( ( ) )', '( {)} {(} )'],
  ['[start]()', '[start])(', '[start]{()}'],
  ['the cat sat', 'the dog sat', 'the {cat} sat'],
  ['a b c', 'a b', 'a b{ c}'],
  ['', 'x', ''],
  ['x[pad][pad][pad][pad][pad]', 'x[pad][pad][pad][pad][pad]', 'x[pad]×5'],
  ['x[pad][pad][pad][pad]', 'xy[pad][pad][pad]', '{x}[pad][pad][pad]{[pad]}'],
])('%j against %j', (text, reference, expected) => expect(marked(text, reference)).toBe(expected))

test('three are written out, four are counted', () => expect([brief('[a][a][a]'), brief('[a][a][a][a]'), brief('((((((')]).toEqual(['[a][a][a]', '[a]×4', '((((((']))
