/** Completion where a statement may begin: the words that are allowed there, those the file still lacks first. */
import type { Cursor } from './cursor.ts'
import { keywordDoc, keywordMarkdown } from './keyword-docs.ts'
import type { Snapshot } from './snapshot.ts'
import type { Candidate } from './suggestion.ts'

/** Tab stops of what is inserted after the word. */
const FORMS: Readonly<Record<string, string>> = {
  model: '"$1"',
  data: '"$1"',
  metric: '${1:loss} = $0',
  score: '${1:accuracy} = $0',
  vocab: '${1:tokens} = $0',
  let: '${1:name} = $0',
  graph: '{\n  $0\n}',
  hypothesis: '"${1:name}" {\n  node ${2:out} = ${3:exact} at $0\n}',
  option: '$0',
  expect: '$1 recovered ${2:>=} ${3:90}%',
  component: '${1:name} = $0',
  point: '${1:name} = $0',
  use: 'transformer',
  rewrite: '$1 = $0',
  for: '${1:i} in ${2:range(2)} {\n  $0\n}',
  node: '${1:name} = ${2:feature} at $0',
  refine: '$0',
}

const WORDS: Readonly<Record<Cursor['surroundings'], readonly string[]>> = {
  file: ['model', 'data', 'hypothesis', 'expect', 'let', 'graph', 'vocab', 'option', 'metric', 'score'],
  graph: ['component', 'point', 'for', 'use', 'rewrite'],
  hypothesis: ['node', 'refine', 'let', 'for', 'option'],
}

/** Statements that every file needs, and has once. */
const ONCE = ['model', 'data']

export function statementCandidates({ parsed }: Snapshot, { surroundings, blocks, word }: Cursor, rank = 0): Candidate[] {
  // The statement that is being written just now does not count as there.
  const there = new Set(parsed.file.items.filter(({ span }) => span.start !== word.start).map((item) => (item.kind === 'misplaced' ? item.item : item)).map(({ kind }) => kind))
  const extending = blocks.some((block) => block.kind === 'hypothesis' && block.extends.length > 0)
  return WORDS[surroundings]
    .filter((name) => !(surroundings === 'file' && ONCE.includes(name) && there.has(name as 'model')) && (name !== 'refine' || extending))
    .map((name): Candidate => {
      const doc = keywordDoc(name)!
      const missing = surroundings === 'file' && (ONCE.includes(name) || name === 'metric') && !there.has(name as 'model')
      return { label: name, kind: 'keyword', rank: missing ? rank : rank + 1, detail: doc.form, documentation: () => keywordMarkdown(doc), insertText: `${name} ${FORMS[name]}`, snippet: true }
    })
}
