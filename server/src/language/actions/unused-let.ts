/** A let that nothing uses can go. */
import { symbolsOf } from '../symbols.ts'
import type { Refactoring } from './action.ts'
import { without } from './rewriting.ts'

export const removeUnusedLet: Refactoring = ({ parsed, text }, { start }) => {
  const symbols = symbolsOf(parsed)
  const at = symbols.at(start)
  if (at?.named.kind !== 'let' || at.role !== 'definition') return []
  const { name, definitions } = at.named
  const [definition, ...others] = definitions
  if (!definition || others.length > 0 || symbols.of(at.named).some(({ role }) => role === 'reference')) return []
  return [{ title: `Remove \`${name}\`, which nothing uses`, kind: 'refactor.rewrite', edits: [without(text, definition.item)] }]
}
