/** A feature is split into its classes: one let for each, so that a finer claim can be made of some of them. */
import { pathAt } from '@scrub/grammar'
import { boundHypothesis } from '../families.ts'
import { count } from '../numbers.ts'
import type { Action, Edit, Refactoring } from './action.ts'
import { extraction } from './extract-let.ts'
import { freshName } from './fresh-name.ts'
import { before } from './rewriting.ts'
import { isSingle, statementAt } from './ways.ts'

const MOST_CLASSES = 8

export const nameClasses: Refactoring = (snapshot, { start }) => {
  const { bound, parsed, text } = snapshot
  const statement = statementAt(parsed, start)
  const item = pathAt(parsed.file, start).find((node) => node.kind === 'hypothesis')
  if (!bound || !item || !statement?.feature || !isSingle(parsed, statement)) return []
  const node = boundHypothesis(bound, item)?.nodes.find(({ name }) => name === statement.name?.text)
  // Inherited features are written elsewhere.
  if (!node || typeof node.feature === 'string' || node.featureSpan.start !== statement.feature.span.start) return []
  const [part, ...others] = node.feature.parts
  const facts = snapshot.known(node.feature)
  if (!part || others.length > 0 || part.shape.length > 0 || part.dtype === 'float32' || part.dtype === 'float64') return []
  if (!facts || facts.classes < 2 || facts.classes > MOST_CLASSES || facts.list.length < facts.classes) return []
  const plain = statement.feature.kind === 'name' ? statement.feature.text : undefined
  const extracted = plain === undefined ? extraction(snapshot, statement.feature) : undefined
  const name = plain ?? extracted?.name
  if (name === undefined) return []
  const taken: string[] = [name]
  const lets = facts.list.map(({ value, count: data }) => {
    const like = part.dtype === 'bool' ? (value === 'true' ? `is_${name}` : `not_${name}`) : `${name}_is_${value.replace(/^-/, 'minus_')}`
    const own = freshName(snapshot, like, undefined, taken)
    taken.push(own)
    const test = part.dtype === 'bool' ? (value === 'true' ? name : `not ${name}`) : `${name} == ${value}`
    return `let ${own} = ${test}    # ${count(data)} of ${count(facts.rows)} data`
  })
  const inside = extracted?.inside ?? (plain !== undefined && text.slice(item.span.start, item.span.end).includes(`let ${plain} `) ? item : undefined)
  const [first, ...rest] = extracted?.edits ?? []
  const anchor = inside ? statement.span : item.span
  const edits: Edit[] = first
    ? [{ span: first.span, newText: first.newText + before(text, anchor, [...lets, ...(inside ? [] : [''])]).newText }, ...rest]
    : [before(text, anchor, [...lets, ...(inside ? [] : [''])])]
  return [{ title: `Name the ${facts.classes} classes of \`${statement.name!.text}\``, kind: 'refactor.extract', edits } satisfies Action]
}
