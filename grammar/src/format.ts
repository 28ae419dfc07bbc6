/** Text to formatted text: the same tokens and comments, with the language's own spacing. */
import type { IToken } from 'chevrotain'
import { Findings } from './findings.ts'
import { align, type Row } from './align.ts'
import { fill, lineWidth, width } from './fill.ts'
import { endOf, lex } from './lex.ts'
import { outline, type Stretch } from './outline.ts'
import { parse } from './parse.ts'
import { piecesOf, type Piece } from './spacing.ts'
import * as t from './tokens.ts'

const step = '  '

/**
 * Formats a file: one item a line, blocks indented by two spaces, clauses and comments of neighbouring lines aligned, at
 * most one blank line between. A file with syntax errors comes back unchanged, since nobody knows what it should be.
 */
export function format(text: string): string {
  if (parse(text).findings.length > 0) return text
  const { tokens, comments } = lex(text)
  const printer = new Printer(text, tokens, comments)
  printer.block(outline(tokens, new Findings()), '')
  printer.ownComments(text.length, '')
  const lines = align(printer.rows)
  const lineBreak = text.includes('\r\n') ? '\r\n' : '\n'
  return lines.map((line) => line + lineBreak).join('')
}

/** Goes through tokens and comments in step and makes rows of them. */
class Printer {
  readonly rows: Row[] = []
  private readonly text: string
  private readonly tokens: readonly IToken[]
  private readonly comments: readonly IToken[]
  private nextComment = 0
  /** End of what was printed last, in the text. */
  private done = 0
  /** After the start of the file or of a block: no blank line there. */
  private fresh = true

  constructor(text: string, tokens: readonly IToken[], comments: readonly IToken[]) {
    this.text = text
    this.tokens = tokens
    this.comments = comments
  }

  /** The items of a block. Recursion ends at the nesting that the outline allows. */
  block(stretches: readonly Stretch[], indent: string): void {
    for (const { first, end, block } of stretches) {
      if (block === undefined) {
        this.item(first, end, indent)
        continue
      }
      const close = block.end - 1
      const empty = block.stretches.length === 0 && !this.hasComment(this.tokens[close]!.startOffset)
      this.item(first, empty ? block.end : end + 1, indent)
      if (empty) continue
      this.fresh = true
      this.block(block.stretches, indent + step)
      this.ownComments(this.tokens[close]!.startOffset, indent + step)
      this.fresh = true
      this.item(close, close + 1, indent)
    }
  }

  /** Comments that stand on lines of their own before `until`. */
  ownComments(until: number, indent: string): void {
    while (this.hasComment(until)) {
      const comment = this.comments[this.nextComment++]!
      this.push({ indent, cells: [{ text: commentText(comment) }], kind: 'comment' }, comment.startOffset)
      this.done = endOf(comment)
    }
  }

  private item(first: number, end: number, indent: string): void {
    const start = this.tokens[first]!.startOffset
    this.ownComments(start, indent)
    const pieces = piecesOf(this.tokens.slice(first, end))
    if (this.hasComment(endOf(this.tokens[end - 1]!))) {
      this.broken(pieces, indent)
    } else {
      const line = { indent, cells: cellsOf(pieces), kind: kindOf(pieces[0]!.token) }
      const rows = width(line) <= lineWidth ? [line] : fill(pieces, indent).map((text) => ({ ...text, kind: 'broken' as const }))
      this.push(rows[0]!, start)
      this.rows.push(...rows.slice(1))
    }
    this.done = endOf(this.tokens[end - 1]!)
    this.trailingComment(this.tokens[end]?.startOffset ?? this.text.length)
  }

  /** An item with comments inside: each ends its line. */
  private broken(pieces: readonly Piece[], indent: string): void {
    let from = 0
    const flush = (to: number) => {
      const inner = from === 0 ? indent : indent + step + step
      const rows = fill(pieces.slice(from, to), inner, from > 0).map((text) => ({ ...text, kind: 'broken' as const }))
      this.push(rows[0]!, pieces[from]!.token.startOffset, from > 0)
      this.rows.push(...rows.slice(1))
      this.done = endOf(pieces[to - 1]!.token)
      from = to
    }
    for (let i = 1; i <= pieces.length; i++) {
      const next = pieces[i]?.token.startOffset
      if (next !== undefined && !this.hasComment(next)) continue
      flush(i)
      if (next === undefined) break
      this.trailingComment(next)
      this.ownComments(next, indent + step + step)
    }
  }

  /** A comment on the line of what was printed last. */
  private trailingComment(until: number): void {
    if (!this.hasComment(until)) return
    const comment = this.comments[this.nextComment]!
    if (this.newlines(this.done, comment.startOffset) > 0) return
    this.rows.at(-1)!.comment = commentText(comment)
    this.nextComment++
    this.done = endOf(comment)
  }

  private push(row: Row, start: number, continues = false): void {
    const blank = !this.fresh && !continues && this.newlines(this.done, start) > 1
    this.rows.push(blank ? { ...row, blankBefore: true } : row)
    this.fresh = false
  }

  private hasComment(until: number): boolean {
    const comment = this.comments[this.nextComment]
    return comment !== undefined && comment.startOffset < until
  }

  private newlines(from: number, to: number): number {
    return this.text.slice(from, to).match(/\r\n|\r|\n/g)?.length ?? 0
  }
}

function commentText(comment: IToken): string {
  return comment.image.trimEnd()
}

/** The text between one aligned clause and the next. */
function cellsOf(pieces: readonly Piece[]): Row['cells'] {
  const cells: { text: string; column?: Piece['column'] }[] = [{ text: '' }]
  pieces.forEach((piece, i) => {
    if (piece.column !== undefined) cells.push({ text: piece.text, column: piece.column })
    else cells.at(-1)!.text += (i > 0 && piece.space ? ' ' : '') + piece.text
  })
  return cells
}

/** Items whose lines are aligned with each other have one kind; others have none. */
function kindOf(keyword: IToken): Row['kind'] {
  switch (keyword.tokenType) {
    case t.Model:
    case t.Data:
    case t.Vocab:
    case t.Metric:
    case t.Score:
      return 'file'
    case t.Component:
    case t.Point:
      return 'component'
    case t.Let:
    case t.Node:
    case t.Refine:
    case t.Expect:
      return keyword.image as Row['kind']
    default:
      return undefined
  }
}
