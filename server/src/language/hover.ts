/** Hover: what is known of the thing at an offset, as Markdown. */
import { type AnyNode, pathAt, type Expr, type Span, type Token } from '@scrub/grammar'
import { transformerMarkdown } from './hover-transformer.ts'
import { functionNamed } from '../expr/functions/index.ts'
import { firstEndingFrom, isString } from './cursor.ts'
import { boundHypothesis } from './families.ts'
import { functionMarkdown } from './function-docs.ts'
import { datasetMarkdown, modelMarkdown, tokenMarkdown, vocabularyMarkdown } from './hover-data.ts'
import { expressionMarkdown } from './hover-feature.ts'
import { nameMarkdown } from './hover-name.ts'
import { placesMarkdown } from './hover-place.ts'
import { keywordDoc, keywordMarkdown } from './keyword-docs.ts'
import { paragraphs } from './markdown.ts'
import { placesAt } from './places-at.ts'
import type { Snapshot } from './snapshot.ts'
import { symbolsOf } from './symbols.ts'
import { vocabularyAt } from './vocabulary-at.ts'

export interface Hover {
  readonly span: Span
  /** Safe to show: what files hold is escaped. */
  readonly markdown: string
}

type Answer = { readonly span: Span; readonly markdown: string | undefined | Promise<string | undefined> }

/** Undefined where nothing is known. Waits for equivalence classes. */
export async function hover(snapshot: Snapshot, offset: number): Promise<Hover | undefined> {
  const token = tokenAt(snapshot.parsed.tokens, offset)
  if (!token) return undefined
  const path = pathAt(snapshot.parsed.file, token.type === 'MemberName' ? token.span.start + 1 : token.span.start)
  for (const ask of [fileAnswer, placeAnswer, nameAnswer, stringAnswer, expressionAnswer, wordAnswer]) {
    const answer = ask(snapshot, token, path, offset)
    const markdown = answer && (await answer.markdown)
    if (markdown) return { span: answer.span, markdown }
  }
  return undefined
}

/** The token that an offset lies in, or else the one that ends there. */
function tokenAt(tokens: readonly Token[], offset: number): Token | undefined {
  const at = firstEndingFrom(tokens, offset)
  const [first, second] = [tokens[at], tokens[at + 1]]
  const found = second && second.span.start === offset && /\w|"/u.test(second.image) && first?.span.end === offset ? second : first
  return found && found.span.start <= offset ? found : undefined
}

/** Strings that name files. */
function fileAnswer(snapshot: Snapshot, token: Token, path: readonly AnyNode[]): Answer | undefined {
  if (!isString(token)) return undefined
  const item = path.findLast((node) => 'keyword' in node)
  const { span } = token
  if (item?.kind === 'model') return { span, markdown: modelMarkdown(snapshot) }
  if (item?.kind === 'data' && item.path?.span.start === span.start) return { span, markdown: datasetMarkdown(snapshot) }
  if (item?.kind === 'vocab' && item.value?.span.start === span.start && item.column) {
    return { span, markdown: vocabularyMarkdown(snapshot, item.column.kind === 'ident' ? item.column.text : item.column.value) }
  }
  return undefined
}

/** Places after `at`, in `through` and after `component … =`. */
function placeAnswer(snapshot: Snapshot, token: Token, path: readonly AnyNode[], offset: number): Answer | undefined {
  const item = path.findLast((node) => 'keyword' in node)
  if (!snapshot.bound || !item) return undefined
  const references = item.kind === 'component' || item.kind === 'rewrite' ? [item.place]
    : item.kind === 'node' || item.kind === 'refine' ? [item.place, ...item.from.flatMap(({ through }) => (through?.any === false ? through.places : []))] : []
  const reference = references.find((one) => one && one.span.start <= offset && offset <= one.span.end)
  // An index inside of it speaks for itself.
  const inside = path.some((node) => node.kind === 'subscript' && node.object.span.end <= token.span.start && !(token.type === 'MemberName'))
  if (!reference || (inside && /^\p{L}/u.test(token.image))) return undefined
  return { span: reference.span, markdown: placesMarkdown(snapshot.bound, placesAt(snapshot.bound, reference.span)) }
}

function nameAnswer(snapshot: Snapshot, token: Token, path: readonly AnyNode[], offset: number): Answer | undefined {
  const occurrence = symbolsOf(snapshot.parsed).at(offset)
  if (!occurrence || occurrence.span.end < token.span.start) return undefined
  return { span: occurrence.whole ?? occurrence.span, markdown: nameMarkdown(snapshot, occurrence, path) }
}

/** A vocabulary entry. */
function stringAnswer(snapshot: Snapshot, token: Token, path: readonly AnyNode[]): Answer | undefined {
  const string = path.at(-1)
  if (string?.kind !== 'string' || !isString(token)) return undefined
  const vocabulary = vocabularyAt(snapshot, token.span.start, hypothesisAt(snapshot, path))
  return { span: token.span, markdown: vocabulary && tokenMarkdown(vocabulary, string.value) }
}

const LEAVES = new Set(['name', 'number', 'string', 'bool', 'special', 'error', 'ident'])
const COMPOUND = new Set(['member', 'subscript', 'call', 'unary', 'binary', 'compare', 'if', 'tuple', 'list', 'comprehension', 'paren'])

/** An operator or a bracket: the expression that it makes. */
function expressionAnswer(snapshot: Snapshot, token: Token, path: readonly AnyNode[]): Answer | undefined {
  const whole = path.findLast((node): node is Expr => COMPOUND.has(node.kind) && node.span.end >= token.span.end)
  const innermost = path.at(-1)
  if (!whole || (innermost && LEAVES.has(innermost.kind) && innermost.span.start === token.span.start && innermost.span.end >= token.span.end)) return undefined
  const doc = keywordDoc(token.image)
  const markdown = expressionMarkdown(snapshot, whole, hypothesisAt(snapshot, path)).then((known) => known && paragraphs(known, doc && keywordMarkdown(doc)))
  return { span: whole.span, markdown }
}

/** Keywords, special features, options and other words. */
function wordAnswer(snapshot: Snapshot, token: Token, path: readonly AnyNode[]): Answer | undefined {
  const { span, image, type } = token
  const item = path.findLast((node) => 'keyword' in node)
  const contextual = type === 'As' || type === 'Filter' || type === 'Limit' ? item?.kind === 'data' : type === 'Recovered' ? item?.kind === 'expect'
    : type === 'Identifier' ? item?.kind === 'option' || item?.kind === 'use' || image === 'inf' || image === 'nan' : true
  if (!contextual || !/^\p{L}/u.test(image)) return undefined
  const call = path.findLast((node) => node.kind === 'call')
  if (call?.kind === 'call' && call.callee.span.start === span.start) {
    const definition = functionNamed(image)
    return definition && { span, markdown: functionMarkdown(definition) }
  }
  const through = image === 'any' && path.some((node) => node.kind === 'parent')
  const doc = keywordDoc(through ? 'any (through)' : image)
  const view = item?.kind === 'use' ? snapshot.bound?.transformer?.view : undefined
  return doc && { span, markdown: paragraphs(keywordMarkdown(doc), view && transformerMarkdown(view)) }
}

function hypothesisAt(snapshot: Snapshot, path: readonly AnyNode[]): string | undefined {
  const item = path.findLast((node) => node.kind === 'hypothesis')
  return boundHypothesis(snapshot.bound, item?.kind === 'hypothesis' ? item : undefined)?.name
}
