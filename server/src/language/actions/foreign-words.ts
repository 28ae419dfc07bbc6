/** What other languages write otherwise: quotes, operators, literals, words that are reserved here. */
import { pathAt, type Finding, type Span, type Token } from '@scrub/grammar'
import { closest } from '../../expr/names.ts'
import type { Snapshot } from '../snapshot.ts'
import { quickfix, type Action, type Edit, type Fix } from './action.ts'
import { improvement } from './improves.ts'
import { withoutElement } from './rewriting.ts'

const ITEMS = ['model', 'data', 'vocab', 'metric', 'score', 'let', 'graph', 'hypothesis', 'node', 'refine', 'for', 'option', 'expect', 'use', 'component', 'point', 'rewrite']
const OPERATORS: Readonly<Record<string, string>> = { Ampersand: 'and', Pipe: 'or', Tilde: 'not', Bang: 'not' }

interface Guess {
  readonly title: string
  readonly edits: readonly Edit[]
  /** Not so sure that it could be done unasked. */
  readonly unsure?: boolean
}

export const foreignWords: Fix = (snapshot, finding) => {
  if (finding.code !== 'syntax') return []
  const token = snapshot.parsed.tokens.find(({ span }) => span.start === finding.span.start)
  const guesses = token ? guessesOf(snapshot, finding, token) : []
  return guesses.filter(({ edits }) => edits.length > 0 && improvement(snapshot, edits) > 0)
    .map(({ title, edits, unsure }, _, all): Action => quickfix(title, edits, finding, !unsure && all.length === 1))
}

function guessesOf(snapshot: Snapshot, finding: Finding, token: Token): readonly Guess[] {
  const { text } = snapshot
  const { span, message } = finding
  const { image, type } = token
  const change = (newText: string, of: Span = token.span): Guess => ({ title: `Write \`${newText.trim()}\``, edits: [{ span: of, newText }] })
  const operator = OPERATORS[type]
  if (operator !== undefined) return operatorGuesses(snapshot, token, operator)
  if (type === 'SingleQuoted') return [change(JSON.stringify(image.slice(1, -1)))]
  if (type === 'UnterminatedString') return [endOfString(token)]
  if (type === 'BadNumber' && /^[\d_]+(\.[\d_]+)?$/.test(image)) return [change(image.replaceAll('_', ''))]
  if (type === 'Stray' && /^[“”„‘’]/u.test(image)) return curly(text, token)
  if (/ is written in lower case: /.test(message)) return [change(image.toLowerCase())]
  if (/^There is no `None`: /.test(message)) return none(snapshot, span)
  if (/ is a (keyword|number) and cannot name /.test(message)) return [renamed(snapshot, token, / is a keyword /.test(message))]
  if (/: it is a keyword; a column of that name is /.test(message)) return [{ ...change(`data.${image}`), unsure: true }]
  if (type === 'Equals' && / write `==`\.$/.test(message)) return [change('==')]
  if (/ holds an unknown escape: /.test(message)) return [change(image.replace(/\\(?=(.))(?!["\\/bfnrt]|u[0-9a-fA-F]{4})/g, '\\\\').replace(/^"|"$/g, '"'))]
  if (/ has no unit: /.test(message)) return [{ title: `Write \`${text.slice(span.start, span.end)}%\``, edits: [insert(span.end, '%')] }]
  if (/ or a fraction: percentages stand only in /.test(message)) return fraction(text, span)
  if (/^`through` takes `any` or components in brackets: /.test(message)) return [{ title: 'Put brackets around it', edits: [insert(span.start, '['), insert(span.end, ']')] }]
  if (/: put parentheses around it\.$/.test(message)) return [{ title: 'Put parentheses around it', edits: [insert(span.start, '('), insert(span.end, ')')] }]
  if (/ has space before its dot: /.test(message)) return [{ title: 'Remove the space', edits: [{ span: { start: text.slice(0, span.start).trimEnd().length, end: span.start }, newText: '' }] }]
  if (/ belongs to no item: start a line /.test(message)) return closest(image, ITEMS).map((word) => ({ title: `Change to \`${word}\``, edits: [{ span: token.span, newText: word }] }))
  if (/ has no (place|value|feature): write `= /.test(message)) return [{ title: 'Write `=`', edits: [insert(span.end, ' =')] }]
  if (/ has no `recovered`: /.test(message)) return [{ title: 'Write `recovered`', edits: [insert(span.end, ' recovered')] }]
  if (/ has no file: write it in quotes/.test(message)) return path(snapshot, token)
  return []
}

/** `everywhere`: also where the name is used; keywords that are read as names are words in the list of tokens. */
function renamed(snapshot: Snapshot, { image, span }: Token, everywhere: boolean): Guess {
  const { tokens } = snapshot.parsed
  let newText = `${image}_`
  while (tokens.some((token) => token.image === newText)) newText += '_'
  const words = tokens.filter((token) => token.image === image && (everywhere ? token.type === 'Identifier' : token.span.start === span.start))
  return { title: `Rename to \`${newText}\``, edits: words.map((word) => ({ span: word.span, newText })) }
}

const insert = (at: number, newText: string): Edit => ({ span: { start: at, end: at }, newText })

/** `a&b`, `!a`: a word needs space around it, and inside arithmetic `not` needs parentheses. */
function operatorGuesses(snapshot: Snapshot, { span }: Token, word: string): readonly Guess[] {
  const { text, parsed } = snapshot
  const [before, after] = [/[\s([{,]/.test(text[span.start - 1] ?? ' ') ? '' : ' ', /\s/.test(text[span.end] ?? ' ') ? '' : ' ']
  const title = `Write \`${word}\``
  const plain = [{ span, newText: `${before}${word}${after}` }]
  const unary = pathAt(parsed.file, span.start).findLast((node) => node.kind === 'unary' && node.span.start === span.start)
  if (!unary || improvement(snapshot, plain) > 0) return [{ title, edits: plain }]
  return [{ title, edits: [{ span, newText: `(${word}${after}` }, insert(unary.span.end, ')')] }]
}

/** The end of the line belongs to a string that is not closed: a comment there perhaps not. */
function endOfString({ image, span }: Token): Guess {
  const inner = image.replace(/\s+#.*$/, '').trimEnd()
  return { title: 'End the string', edits: [insert(span.start + inner.length, '"')], unsure: true }
}

function curly(text: string, { span }: Token): readonly Guess[] {
  const line = text.slice(span.start, text.indexOf('\n', span.start) < 0 ? text.length : text.indexOf('\n', span.start))
  const found = /^[“”„‘’]([^“”„‘’"]*)[“”„‘’]/u.exec(line)
  return found ? [{ title: `Write \`${JSON.stringify(found[1])}\``, edits: [{ span: { start: span.start, end: span.start + found[0].length }, newText: JSON.stringify(found[1]) }] }] : []
}

/** `axis=None` can be left out, `x[None]` is an axis more. */
function none({ parsed, text }: Snapshot, span: Span): readonly Guess[] {
  const path = pathAt(parsed.file, span.start)
  const subscript = path.findLast((node) => node.kind === 'subscript' || node.kind === 'call')
  if (subscript?.kind === 'subscript') {
    const [only] = subscript.args
    if (subscript.args.length !== 1 || only!.span.start !== span.start) return []
    const { object } = subscript
    return [{ title: 'Write `expand_dims`', edits: [{ span: subscript.span, newText: `expand_dims(${text.slice(object.span.start, object.span.end)}, axis=0)` }] }]
  }
  if (subscript?.kind !== 'call') return []
  const all = [...subscript.args.map((arg) => arg.span), ...subscript.keywords.map((one) => one.span)].sort((a, b) => a.start - b.start)
  const keyword = subscript.keywords.find(({ value }) => value.span.start === span.start)
  if (!keyword || all.length < 2) return []
  return [{ title: 'Leave the argument out', edits: withoutElement(parsed, all, all.findIndex(({ start }) => start === keyword.span.start)) }]
}

/** `95%` outside of `expect`. */
function fraction(text: string, { start, end }: Span): readonly Guess[] {
  const number = /(\d+\.?\d*|\.\d+)\s*$/.exec(text.slice(0, start))
  if (!number) return []
  const newText = String(Number(`${number[1]}e-2`))
  return [{ title: `Write \`${newText}\``, edits: [{ span: { start: start - number[0].length, end }, newText }] }]
}

/** `model toy.onnx`: the rest of the statement, as far as it is one word. */
function path({ text }: Snapshot, { span }: Token): readonly Guess[] {
  const found = /^[ \t]+([^\s"'#{}]+)/.exec(text.slice(span.end))
  if (!found) return []
  const start = span.end + found[0].length - found[1]!.length
  return [{ title: `Write \`${JSON.stringify(found[1])}\``, edits: [{ span: { start, end: start + found[1]!.length }, newText: JSON.stringify(found[1]) }] }]
}
