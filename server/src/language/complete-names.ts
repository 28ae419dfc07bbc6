/** Completion of names that are no values: hypotheses, inherited nodes, options. */
import { reservedWords } from '@scrub/grammar'
import { nameOf } from '../hypothesis/collect.ts'
import { statementsOf } from '../hypothesis/items.ts'
import type { Cursor } from './cursor.ts'
import { boundHypothesis, familiesOf, familyText } from './families.ts'
import { keywordDoc, keywordMarkdown } from './keyword-docs.ts'
import type { Snapshot } from './snapshot.ts'
import type { Candidate } from './suggestion.ts'
import { symbolsOf } from './symbols.ts'

/** A hypothesis as it is named elsewhere: a word, or in quotes. */
export const hypothesisText = (name: string): string => (/^[\p{L}\p{Nl}_][\p{L}\p{Nl}\p{Nd}\p{M}_]*$/u.test(name) && !reservedWords.has(name) ? name : JSON.stringify(name))

/** Hypotheses that a statement can name: not itself, not what extends it, none twice. */
export function hypothesisNames({ parsed, bound }: Snapshot, { statement, offset }: Cursor): Candidate[] {
  const all = statementsOf(parsed.file).hypotheses.flatMap((item) => {
    const name = item.name && nameOf(item.name)
    return !name ? [] : [{ name, bases: item.extends.map(nameOf) }]
  })
  const barred = new Set<string>()
  if (statement?.kind === 'hypothesis') {
    if (statement.name) barred.add(nameOf(statement.name))
    for (let size = -1; size < barred.size;) {
      size = barred.size
      for (const { name, bases } of all) if (bases.some((base) => barred.has(base))) barred.add(name)
    }
    for (const base of statement.extends) if (base.span.end < offset) barred.add(nameOf(base))
  } else if (statement?.kind === 'expect' && statement.hypothesis && statement.hypothesis.span.end < offset) {
    barred.add(nameOf(statement.hypothesis))
  }
  return all.filter(({ name }) => !barred.has(name)).map(({ name }): Candidate => {
    const nodes = bound?.hypotheses.find((one) => one.name === name)?.nodes.length
    return { label: name, kind: 'hypothesis', rank: 0, ...(nodes === undefined ? {} : { detail: `hypothesis of ${nodes} ${nodes === 1 ? 'node' : 'nodes'}` }) }
  })
}

/** Nodes that a hypothesis takes over from others: what `refine` can name. */
export function inheritedNodes(snapshot: Snapshot, cursor: Cursor): Candidate[] {
  const item = cursor.blocks.find((block) => block.kind === 'hypothesis')
  if (!item) return []
  const hypothesis = boundHypothesis(snapshot.bound, item)
  const families = hypothesis && familiesOf(hypothesis)
  return symbolsOf(snapshot.parsed).inScope(cursor.offset)
    .filter(({ kind, definitions }) => kind === 'node' && definitions.some(({ name }) => name.start < item.span.start || name.end > item.span.end))
    .map(({ name }): Candidate => {
      const members = families?.get(name)
      return { label: name, kind: 'node', rank: 0, detail: members ? familyText(members) : 'node' }
    })
}

const documented = (label: string, kind: Candidate['kind'], more: Partial<Candidate> = {}): Candidate => ({ label, kind, rank: 0, documentation: () => keywordMarkdown(keywordDoc(label)!), ...more })

export const optionNames = (): Candidate[] => [
  documented('unimportant', 'keyword', { detail: 'together, separate or shared' }),
  documented('samples', 'keyword', { detail: 'a whole number' }),
  documented('seed', 'keyword', { detail: 'a whole number' }),
  documented('pool', 'keyword', { detail: 'for very many paths', rank: 1 }),
]

export function optionValues(name: string): Candidate[] {
  if (name === 'unimportant') return ['together', 'separate', 'shared'].map((word) => documented(word, 'value'))
  return name === 'samples' ? [{ label: '10000', kind: 'value', rank: 0 }] : name === 'seed' ? [{ label: '0', kind: 'value', rank: 0 }] : []
}
