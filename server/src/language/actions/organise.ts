/** The statements of a file in their usual order: what a file is about, then names, the graph, hypotheses, expectations. */
import { parse, type Item } from '@scrub/grammar'
import type { Refactoring } from './action.ts'

const ORDER: Partial<Record<Item['kind'], number>> = { model: 0, data: 1, vocab: 2, metric: 3, option: 4, let: 5, graph: 6, hypothesis: 7, expect: 8 }

export const organise: Refactoring = ({ parsed, text }) => {
  const items = parsed.file.items
  const rank = (item: Item): number => ORDER[item.kind] ?? 0
  const inOrder = items.every((item, i) => i === 0 || rank(items[i - 1]!) <= rank(item))
  if (inOrder || parsed.findings.length > 0) return []
  // What stands before an item belongs to it, from the end of the line on which the one before ends.
  const cuts = items.map((item, i) => (i === 0 ? 0 : afterLine(text, items[i - 1]!.span.end, item.span.start)))
  const [head, own] = splitHead(text.slice(0, items[0]!.span.start))
  const blocks = items.map((item, i) => ({
    rank: rank(item),
    text: `${i === 0 ? own : text.slice(cuts[i], item.span.start)}${text.slice(item.span.start, i + 1 < items.length ? cuts[i + 1] : text.length)}`.trim(),
  }))
  const sorted = blocks.toSorted((a, b) => a.rank - b.rank)
  const apart = (i: number): string => {
    const [a, b] = [sorted[i - 1]!, sorted[i]!]
    const close = a.rank === b.rank ? a.rank !== 7 && a.rank !== 6 : a.rank <= 3 && b.rank <= 3
    return close ? '\n' : '\n\n'
  }
  const whole = `${head}${sorted.map(({ text: block }, i) => (i === 0 ? block : apart(i) + block)).join('')}\n`
  // Statements on one line with a comment between them are left as they are.
  if (parse(whole).findings.length > 0 || parse(whole).comments.length !== parsed.comments.length) return []
  return [{ title: 'Put the statements in their usual order', kind: 'source.organize', edits: [{ span: { start: 0, end: text.length }, newText: whole }] }]
}

/** The start of the line after one that an item ends on, or of the next item where it stands on the same line. */
function afterLine(text: string, end: number, next: number): number {
  const line = text.indexOf('\n', end)
  return line < 0 || line >= next ? end : line + 1
}

/** The comment of the file, which a blank line parts from the first item's own. */
function splitHead(text: string): [head: string, own: string] {
  const blank = /\n[ \t]*\n(?![^]*\n[ \t]*\n)/.exec(text)
  if (!blank) return text.trim() === '' || !text.startsWith('#') ? ['', text] : [`${text.trimEnd()}\n`, '']
  const end = blank.index + blank[0].length
  return [text.slice(0, end), text.slice(end)]
}
