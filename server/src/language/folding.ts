/** What can be folded away: blocks, lists over several lines, runs of comments. */
import type { Span, Token } from '@scrub/grammar'
import type { Snapshot } from './snapshot.ts'

export interface Fold {
  /** From the line that stays visible to the last one that is folded away: only the lines matter. */
  readonly span: Span
  readonly kind: 'block' | 'list' | 'comment'
}

const PARTNER: Readonly<Record<string, string>> = { RightBrace: 'LeftBrace', RightBracket: 'LeftBracket', RightParen: 'LeftParen' }

/** In the order of the text. */
export function folding({ text, parsed: { tokens, comments } }: Snapshot): Fold[] {
  return [...brackets(text, tokens), ...commentRuns(text, comments.map(({ span }) => span))].sort((a, b) => a.span.start - b.span.start)
}

function brackets(text: string, tokens: readonly Token[]): Fold[] {
  const open: Token[] = []
  const found: Fold[] = []
  for (const token of tokens) {
    if (/^Left(Brace|Bracket|Paren)$/.test(token.type)) open.push(token)
    const partner = PARTNER[token.type]
    const at = partner === undefined ? -1 : open.findLastIndex(({ type }) => type === partner)
    if (at < 0) continue
    const { start } = open[at]!.span
    open.length = at
    const end = lastFolded(text, token)
    if (text.slice(start, end).includes('\n')) found.push({ span: { start, end }, kind: token.type === 'RightBrace' ? 'block' : 'list' })
  }
  return found
}

/** A bracket that begins its line stays visible. */
function lastFolded(text: string, { span }: Token): number {
  const line = text.lastIndexOf('\n', span.start - 1)
  return line >= 0 && text.slice(line, span.start).trim() === '' ? line : span.start
}

function commentRuns(text: string, comments: readonly Span[]): Fold[] {
  const found: Fold[] = []
  let run: Span | undefined
  for (const span of comments) {
    const alone = text.slice(text.lastIndexOf('\n', span.start - 1) + 1, span.start).trim() === ''
    const follows: boolean = run !== undefined && alone && /^[^\S\n]*\n[^\S\n]*$/.test(text.slice(run.end, span.start))
    if (follows) found[found.length - 1] = { span: (run = { start: run!.start, end: span.end }), kind: 'comment' }
    else if (alone) found.push({ span: (run = span), kind: 'comment' })
    else run = undefined
  }
  return found.filter(({ span }) => text.slice(span.start, span.end).includes('\n'))
}
