/**
 * The items of a file and their nesting, found before anything is parsed.
 *
 * This is what makes recovery certain: each item is then parsed from its own tokens alone, so a broken one cannot
 * swallow the next. Item words start items, braces nest them, and a missing or surplus brace is put right here.
 */
import type { IToken } from 'chevrotain'
import { endOf } from './lex.ts'
import type { Findings } from './findings.ts'
import { isWord, label, quote } from './messages.ts'
import * as t from './tokens.ts'

/** What the braces of an item may hold. */
export type BlockSort = 'graph' | 'hypothesis' | 'for'

/** A stretch of tokens: an item's header, with its block if it has one, or text that belongs to no item. */
export interface Stretch {
  readonly sort: 'item' | 'error'
  /** Index of the first token: of an item, its keyword. */
  readonly first: number
  /** Index after the last token of the header; of a block's `{`, therefore. */
  end: number
  block?: Block
  /** In braces that no item owns, and that have a finding for it. */
  orphan?: boolean
}

export interface Block {
  readonly stretches: Stretch[]
  /** Index after the last token, the closing brace included. */
  end: number
}

/** Blocks inside blocks: more than this is a finding. */
export const deepestNesting = 64

const opening = new Set([t.LeftParen, t.LeftBracket])
const closing = new Set([t.RightParen, t.RightBracket])
const blockWords = new Set([t.Graph, t.Hypothesis, t.For])
/** Items that never stand in a block: they end one whose `}` is missing. */
const topOnly = new Set([t.Model, t.Data, t.Vocab, t.Metric, t.Score, t.Graph, t.Hypothesis, t.Expect])
/** Words after which a name comes; `graph`, `model`, `data` and `for` have none. */
const takesName = new Set([
  t.Vocab, t.Metric, t.Score, t.Let, t.Hypothesis, t.Node, t.Refine, t.Option, t.Expect, t.Use, t.Component, t.Point,
])

export function isItemWord(token: IToken | undefined): boolean {
  return token !== undefined && itemWords.has(token.tokenType)
}
const itemWords = new Set(t.vocabulary.filter((type) => type.CATEGORIES?.includes(t.ItemWord)))

/** An open block while the outline is drawn. */
interface Frame {
  /** The item whose block it is; none for the file and for braces that no item owns. */
  readonly owner?: Stretch
  readonly block: Block
  /** Index of its `{`; -1 where that is missing. */
  readonly brace: number
}

/** Draws the outline. Linear in the number of tokens, and nesting never exceeds `deepestNesting`. */
export function outline(tokens: readonly IToken[], findings: Findings): Stretch[] {
  const partner = matchBraces(tokens)
  const lastSpareClose = tokens.findLastIndex((token, i) => token.tokenType === t.RightBrace && partner[i] === -1)
  const spareOpens = tokens.some((token, i) => token.tokenType === t.LeftBrace && partner[i] === -1)
  const file: Block = { stretches: [], end: tokens.length }
  const frames: Frame[] = [{ block: file, brace: -1 }]
  let current: Stretch | undefined
  let brackets = 0
  /** Inside `as { … }`, or inside braces that hold no item: part of the header. */
  let innerBraces = 0

  const top = () => frames[frames.length - 1]!
  const isBlockItem = (s: Stretch | undefined): s is Stretch =>
    s !== undefined && s.sort === 'item' && blockWords.has(tokens[s.first]!.tokenType)

  function begin(sort: Stretch['sort'], i: number): void {
    current = { sort, first: i, end: i + 1 }
    if (frames.length > 1 && top().owner === undefined) current.orphan = true
    top().block.stretches.push(current)
    brackets = 0
    innerBraces = 0
  }
  function open(owner: Stretch | undefined, brace: number): void {
    const block: Block = { stretches: [], end: brace + 1 }
    if (owner !== undefined) owner.block = block
    // Braces without an owner only keep the count right: what they hold belongs to the block around them.
    frames.push(owner === undefined ? { block: top().block, brace } : { owner, block, brace })
    current = undefined
  }
  function close(end: number): void {
    const frame = frames.pop()!
    if (frame.owner !== undefined) frame.block.end = end
    current = undefined
  }
  function notClosed(frame: Frame): void {
    if (frame.owner === undefined) return
    const { first, end } = frame.owner
    findings.add('syntax', spanOf(tokens, first, end), `${label(tokens, first)} is not closed: write \`}\` after its last line.`)
  }
  function notOpened(stretch: Stretch): void {
    const span = spanOf(tokens, stretch.first, stretch.end)
    findings.add('syntax', span, `${label(tokens, stretch.first)} has no block: write \`{ … }\` after it.`)
  }
  /** At the end of a header: a block item that has met no `{`. */
  function leave(next: number): void {
    if (!isBlockItem(current) || current.block !== undefined) return
    const blockLost = next < lastSpareClose && isItemWord(tokens[next]) && !topOnly.has(tokens[next]!.tokenType)
    const owner = current
    notOpened(owner)
    if (blockLost && frames.length <= deepestNesting) open(owner, next - 1)
  }

  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i]!
    const type = token.tokenType
    if (itemWords.has(type) && startsItem(tokens, i, brackets, innerBraces)) {
      leave(i)
      if (topOnly.has(type)) {
        while (frames.length > 1 && top().brace >= 0 && partner[top().brace] === -1) {
          notClosed(top())
          close(i)
        }
      }
      begin('item', i)
    } else if (type === t.LeftBrace) {
      if (isBlockItem(current) && current.block === undefined && innerBraces === 0) {
        if (frames.length <= deepestNesting) {
          open(current, i)
        } else {
          i = skipBlock(i, current)
        }
      } else if (holdsItems(tokens, i, partner[i]!) && !spareOpens && frames.length <= deepestNesting && !isData(current)) {
        findings.add('syntax', spanOf(tokens, i, i + 1),
          '`{` belongs to no item: write `graph`, `hypothesis NAME` or `for NAME in SET` before it, or remove it.')
        if (current === undefined) begin('error', i)
        else current.end = i + 1
        open(undefined, i)
      } else {
        innerBraces++
        extend(i)
      }
    } else if (type === t.RightBrace) {
      if (innerBraces > 0) {
        innerBraces--
        extend(i)
      } else if (isBlockItem(current) && current.block === undefined && partner[i] === -1) {
        // `hypothesis "a" }`: the `{` is what is missing.
        notOpened(current)
        current.block = { stretches: [], end: i + 1 }
        current = undefined
      } else if (frames.length > 1) {
        leave(i)
        if (top().owner === undefined) begin('error', i)
        close(i + 1)
      } else {
        findings.add('syntax', spanOf(tokens, i, i + 1), '`}` closes nothing: remove it, or write the `{` that it belongs to.')
        begin('error', i)
        current = undefined
      }
    } else {
      if (opening.has(type)) brackets++
      else if (closing.has(type)) brackets = Math.max(0, brackets - 1)
      extend(i)
    }
  }
  leave(tokens.length)
  while (frames.length > 1) {
    notClosed(top())
    close(tokens.length)
  }
  return file.stretches

  function extend(i: number): void {
    if (current === undefined) {
      findings.add('syntax', spanOf(tokens, i, i + 1),
        `${quote(tokens[i]!)} belongs to no item: start a line with a word such as \`node\` or \`let\`, or remove it.`)
      begin('error', i)
    }
    current!.end = i + 1
  }
  function skipBlock(brace: number, owner: Stretch): number {
    findings.add('too-deep', spanOf(tokens, owner.first, owner.end),
      `Blocks are nested more than ${deepestNesting} deep here: the inner ones are not read.`)
    let last = partner[brace]!
    if (last === -1) last = tokens.length - 1
    owner.block = { stretches: [{ sort: 'error', first: brace + 1, end: last }], end: last + 1 }
    current = undefined
    return last
  }
  function isData(stretch: Stretch | undefined): boolean {
    return stretch !== undefined && tokens[stretch.first]!.tokenType === t.Data
  }
}

/** For each brace the index of its partner, or -1. */
function matchBraces(tokens: readonly IToken[]): Int32Array {
  const partner = new Int32Array(tokens.length).fill(-1)
  const open: number[] = []
  for (let i = 0; i < tokens.length; i++) {
    const type = tokens[i]!.tokenType
    if (type === t.LeftBrace) open.push(i)
    else if (type === t.RightBrace) {
      const brace = open.pop()
      if (brace === undefined) continue
      partner[brace] = i
      partner[i] = brace
    }
  }
  return partner
}

/** Whether the item word at `i` starts an item: always outside brackets, inside them where it can be nothing else. */
function startsItem(tokens: readonly IToken[], i: number, brackets: number, innerBraces: number): boolean {
  const next = tokens[i + 1]?.tokenType
  const previous = tokens[i - 1]?.tokenType
  if (next === t.Equals || next === t.LeftBracket) {
    // A reserved word used as a name (`node model = …`, `as { model = … }`): no item goes on like this.
    if (previous !== undefined && takesName.has(previous)) return false
    if (innerBraces > 0 && (previous === t.LeftBrace || previous === t.Comma)) return false
  }
  if (brackets === 0) return true
  if (tokens[i]!.tokenType === t.For) return opensBlock(tokens, i)
  return next === t.StringLiteral || next === t.LeftBrace || isWord(tokens[i + 1])
}

/** Whether the `for` at `i` is followed by a block, not by the rest of a comprehension. */
function opensBlock(tokens: readonly IToken[], i: number): boolean {
  let depth = 0
  for (let k = i + 1; k < tokens.length; k++) {
    const type = tokens[k]!.tokenType
    if (type === t.LeftBrace) return true
    if (type === t.RightBrace || itemWords.has(type)) return false
    if (opening.has(type)) depth++
    if (closing.has(type) && --depth < 0) return false
  }
  return false
}

/** Whether there is an item word between two braces; looks at the nearest tokens only, so that noise stays linear. */
function holdsItems(tokens: readonly IToken[], open: number, close: number): boolean {
  return close > open && tokens.slice(open + 1, Math.min(close, open + 3)).some(isItemWord)
}

/** From the first token to the last of `[first, end)`. */
export function spanOf(tokens: readonly IToken[], first: number, end: number): { start: number; end: number } {
  const start = tokens[first]?.startOffset ?? 0
  return { start, end: end > first ? endOf(tokens[end - 1]!) : start }
}
