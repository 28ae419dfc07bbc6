/** Renames what the file defines, unless the file would then mean something else. */
import { parse, reservedWords, type Span } from '@scrub/grammar'
import { edited, type Edit } from './edit.ts'
import { stemOf } from './graph-names.ts'
import { changeOf, tensorSpelledAlike, type Change } from './renamed-binding.ts'
import type { Snapshot } from './snapshot.ts'
import { symbolsOf, type Named, type Occurrence, type Symbols } from './symbols.ts'

export interface Refused {
  /** Why not, as a sentence. */
  readonly refused: string
}

export interface Renamable {
  /** What the new name takes the place of at the cursor. */
  readonly span: Span
  readonly placeholder: string
}

/** What can be renamed at an offset, or why nothing can. */
export function prepareRename(snapshot: Snapshot, offset: number): Renamable | Refused {
  const found = targetAt(snapshot, offset)
  if ('refused' in found) return found
  const { occurrence, word } = found
  const text = snapshot.text.slice(occurrence.span.start, occurrence.span.end)
  if (occurrence.named.kind === 'hypothesis') return { span: occurrence.span, placeholder: occurrence.named.name }
  return { span: { start: occurrence.span.start, end: occurrence.span.start + Math.min(word.length, text.length) }, placeholder: word }
}

/** The edits that give everything named at an offset the name `newName`, or why that cannot be. */
export function rename(snapshot: Snapshot, offset: number, newName: string): { readonly edits: readonly Edit[] } | Refused {
  const found = targetAt(snapshot, offset)
  if ('refused' in found) return found
  const { symbols, occurrence: { named }, word, position } = found
  const problem = problemOf(named, newName, position) ?? takenBy(symbols, named, newName)
  if (problem) return { refused: problem }
  const edits: Edit[] = []
  for (const one of symbols.of(named)) {
    if (positionOf(symbols, one) !== position) continue
    const edit = named.kind === 'hypothesis' ? quotedAsNeeded(snapshot.text, one.span, newName) : replaced(snapshot.text, one, word, newName)
    if (!edit) return { refused: `\`${textOf(snapshot, one)}\` on line ${lineOf(snapshot.text, one.span.start)} stands for more than \`${word}\`, so it cannot be renamed with it; write it out first.` }
    if (edit.newText !== snapshot.text.slice(edit.span.start, edit.span.end)) edits.push(edit)
  }
  if (edits.length === 0) return { edits }
  const after = parse(edited(snapshot.text, edits))
  const change = changeOf(snapshot.parsed, after)
  if (change) return { refused: capture(snapshot.text, symbols, newName, change) }
  const ofGraph = named.kind === 'component' || named.kind === 'point'
  const tensor = ofGraph && snapshot.bound && tensorSpelledAlike(snapshot.parsed, after, snapshot.bound.graph.tensors.keys())
  return tensor ? { refused: taken({ kind: 'tensor', name: tensor }) } : { edits }
}

interface Target {
  readonly symbols: Symbols
  readonly occurrence: Occurrence
  /** The word that is renamed, as its declaration writes it. */
  readonly word: string
  /** Which word of a name with several. */
  readonly position: number
}

function targetAt(snapshot: Snapshot, offset: number): Target | Refused {
  const symbols = symbolsOf(snapshot.parsed)
  const occurrence = symbols.at(offset)
  if (!occurrence) return { refused: 'There is no name here; put the cursor on the name of a hypothesis, node, let, index, metric, component or point.' }
  const { kind, name, definitions } = occurrence.named
  if (kind === 'column') return { refused: `\`${name}\` is a column of the dataset and is renamed there; to give it another name here, write \`let NAME = ${name}\`.` }
  if (kind === 'tensor') return { refused: `\`${name}\` is a tensor of the model and is renamed there; to give it a name of your own, declare a \`component\` or \`point\` in \`graph\`.` }
  if (kind === 'function') return { refused: `\`${name}\` is a function of the language; only what this file defines can be renamed.` }
  if (definitions.length === 0) return { refused: `Nothing in this file defines \`${name}\`, so it cannot be renamed here.` }
  const position = positionOf(symbols, occurrence)
  const declared = symbols.of(occurrence.named).find((one) => one.role === 'definition' && positionOf(symbols, one) === position)
  return { symbols, occurrence, position, word: textOf(snapshot, declared ?? occurrence) }
}

/** Which word of its mention an occurrence is. */
function positionOf(symbols: Symbols, { span, whole, named }: Occurrence): number {
  if (!whole) return 0
  return symbols.of(named).filter((one) => one.whole?.start === whole.start && one.span.start < span.start).length
}

function problemOf({ kind, definitions }: Named, newName: string, position: number): string | undefined {
  if (kind === 'hypothesis') {
    if (newName.trim() === '') return 'A hypothesis needs a name; write at least one letter.'
    return /[\p{Cc}\u2028\u2029]/u.test(newName) ? 'The name of a hypothesis stands on one line; leave line breaks and tabs out of it.' : undefined
  }
  if (!isWord(newName)) return `\`${newName}\` is not a name: it takes letters, digits and \`_\`, and does not begin with a digit.`
  const afterDot = position > 0 && definitions.length > 0
  if (reservedWords.has(newName) && !afterDot) return `\`${newName}\` is a word of the language; choose another name.`
  return undefined
}

const isWord = (text: string): boolean => /^[\p{L}\p{Nl}_][\p{L}\p{Nl}\p{Nd}\p{M}_]*$/u.test(text)

const VALUES: ReadonlySet<string> = new Set(['node', 'let', 'index'])

/** Something else of the name that could be named where the thing is. */
function takenBy(symbols: Symbols, named: Named, newName: string): string | undefined {
  const rivals = (one: Named): boolean => one !== named && one.name === newName && (one.kind === named.kind || (VALUES.has(one.kind) && VALUES.has(named.kind)))
  const all = named.kind === 'metric' ? symbols.occurrences.map((one) => one.named) : symbols.of(named).flatMap(({ span }) => symbols.inScope(span.end))
  const rival = all.find(rivals)
  return rival && taken(rival)
}

function taken({ kind, name, hypothesis }: Pick<Named, 'kind' | 'name' | 'hypothesis'>): string {
  const what = { hypothesis: 'a hypothesis', node: 'a node', let: 'a let', index: 'an index', metric: 'a metric', component: 'a component', point: 'a point', column: 'a column', tensor: 'a tensor', function: 'a function', unknown: 'something else' }[kind]
  return `\`${name}\` is the name of ${what}${hypothesis === undefined ? '' : ` of \`${hypothesis}\``} already; choose another one.`
}

/** A hypothesis is named by a word or in quotes. */
function quotedAsNeeded(text: string, span: Span, newName: string): Edit {
  const json = JSON.stringify(newName)
  const quote = text[span.start - 1]
  if (quote === '"') return { span, newText: json.slice(1, -1) }
  if (quote === "'") return { span: { start: span.start - 1, end: span.end + 1 }, newText: json }
  return { span, newText: isWord(newName) && !reservedWords.has(newName) ? newName : json }
}

/**
 * One word of the text given the new name. A component is declared with an index (`a[l]`), which mentions may have in the
 * word (`a1`), or with a number in the word (`a0`), which mentions may have in brackets (`a[0]`).
 */
function replaced(text: string, { span, named: { kind } }: Occurrence, word: string, newName: string): Edit | undefined {
  const own = text.slice(span.start, span.end)
  if (own === word || (kind !== 'component' && kind !== 'point')) return { span, newText: newName }
  const stem = stemOf(word)
  if (stem === word) {
    const digits = own.slice(stem.length)
    return { span, newText: /\d$/.test(newName) ? `${newName}[${digits}]` : newName + digits }
  }
  const index = /^\[\s*(\d+)\s*\]/.exec(text.slice(span.end))
  return index?.[1] === word.slice(stem.length) ? { span: { start: span.start, end: span.end + index[0].length }, newText: newName } : undefined
}

function capture(text: string, symbols: Symbols, newName: string, change: Change | true): string {
  // Where a column became a node of inherited features.
  const column = change === true && symbols.occurrences.find(({ named: { kind, name } }) => kind === 'column' && name === newName)
  if (column) return taken(column.named)
  if (change === true) return `With the name \`${newName}\` the file would mean something else; choose another one.`
  const { mention, other } = change
  const rival = other && [other, mention.thing].find(({ name }) => name === newName)
  if (rival) return taken(rival)
  return `With the name \`${newName}\`, \`${text.slice(mention.span.start, mention.span.end)}\` on line ${lineOf(text, mention.span.start)} would mean something else; choose another one.`
}

const textOf = ({ text }: Snapshot, { span }: Occurrence): string => text.slice(span.start, span.end)

const lineOf = (text: string, offset: number): number => text.slice(0, offset).split('\n').length
