/** Brackets and braces that are not closed, close nothing, or are not there. */
import { pathAt, type Finding } from '@scrub/grammar'
import type { Snapshot } from '../snapshot.ts'
import { quickfix, type Action, type Edit, type Fix } from './action.ts'
import { improvement, improvementOfAll } from './improves.ts'
import { after, indentOf } from './rewriting.ts'

const CLOSING: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' }
/** Places that are tried for a closing bracket. */
const MOST_TRIED = 60

export const unclosed: Fix = (snapshot, finding) => {
  if (finding.code !== 'syntax') return []
  const { message, span } = finding
  const { text } = snapshot
  const bracket = /^`[([{]` is not closed: /.test(message) ? text[span.start] : undefined
  if (bracket !== undefined) return closed(snapshot, finding, CLOSING[bracket]!)
  const offer = (title: string, edits: readonly Edit[]): readonly Action[] => (edits.length > 0 && improvementOfAll(snapshot, edits) > 0 ? [quickfix(title, edits, finding)] : [])
  if (/^`[)\]}]` closes nothing: /.test(message)) return offer(`Remove \`${text.slice(span.start, span.end)}\``, [{ span, newText: '' }])
  if (/ is not closed: write `}` after its last line/.test(message)) return offer('Close the block', blockEnd(snapshot, finding))
  if (/ has no block: write `{ … }` after it/.test(message)) {
    const opened = offer('Open a block', [{ span: { start: span.end, end: span.end }, newText: ' {' }])
    return opened.length > 0 ? opened : offer('Write an empty block', [{ span: { start: span.end, end: span.end }, newText: ' {}' }])
  }
  return []
}

/** Closes a bracket where the text is best understood: of several such places the last, after all its elements. */
function closed(snapshot: Snapshot, finding: Finding, closer: string): readonly Action[] {
  const { parsed } = snapshot
  const item = pathAt(parsed.file, finding.span.start).findLast((node) => 'keyword' in node)
  const end = item?.span.end ?? finding.span.end
  const tokens = parsed.tokens.filter(({ span }) => finding.span.end <= span.end && span.end <= end).slice(0, MOST_TRIED)
  let best: readonly Edit[] | undefined
  let most = 1
  for (const { span, type } of tokens) {
    // After an element, not after a comma or a bracket that opens.
    if (type === 'Comma' || type.startsWith('Left') && span.start !== finding.span.start) continue
    const edits = [{ span: { start: span.end, end: span.end }, newText: closer }]
    const gained = improvement(snapshot, edits)
    if (gained >= most) [best, most] = [edits, gained]
  }
  return best ? [quickfix(`Close it with \`${closer}\``, best, finding)] : []
}

/** A brace on a line of its own after the last statement of a block. */
function blockEnd({ text, parsed }: Snapshot, { span }: Finding): readonly Edit[] {
  const item = pathAt(parsed.file, span.start).findLast((node) => node.kind === 'hypothesis' || node.kind === 'graph' || node.kind === 'for')
  if (!item) return []
  const last = item.items.at(-1)
  const indent = indentOf(text, item.span.start)
  if (last && indent !== undefined && indentOf(text, last.span.start) !== undefined) {
    const { span: at, newText } = after(text, last.span, ['}'])
    return [{ span: at, newText: newText.replace(/^\n[ \t]*/, `\n${indent}`) }]
  }
  return [{ span: { start: item.span.end, end: item.span.end }, newText: ' }' }]
}
