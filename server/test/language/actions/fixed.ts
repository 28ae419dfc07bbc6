/** The one helper of quick fix tests: applies a fix and looks whether the text is better for it. */
import type { Finding } from '@scrub/grammar'
import { expect } from 'vitest'
import { codeActions, type Action } from '../../../src/language/actions/index.ts'
import { edited } from '../../../src/language/edit.ts'
import type { Snapshot } from '../../../src/language/snapshot.ts'
import { given } from '../../hypothesis/check.ts'
import { transformer, transformerNames } from '../../hypothesis/models.ts'
import { snapshotOf, TOY, type Around } from '../check.ts'

/** A small transformer, and a file about it up to the nodes of its first hypothesis. */
export const STREAM: Around = { given: given(transformer, ['tokens: int64[4]', 'label: int64']) }
export const STREAM_HEAD = `model "m.onnx"
data "d.npz"
metric loss = cross_entropy(logits, label)
${transformerNames}
hypothesis h {
`

/** What is found in a text besides what parsing and binding find: warnings that need data. */
export type More = (snapshot: Snapshot) => readonly Finding[]

const none: More = () => []

/** Everything found in a text, as the server shows it. */
export const findingsOf = (snapshot: Snapshot, more: More = none): readonly Finding[] => [...snapshot.parsed.findings, ...(snapshot.bound?.findings ?? []), ...more(snapshot)]

/** Code and sentence. */
export const said = ({ code, message }: Finding): string => `${code} ${message}`

/** The fixes of the findings with a code, in order. */
export function fixesOf(text: string, code: string, around: Around = TOY, more: More = none): readonly Action[] {
  const snapshot = snapshotOf(text, around)
  const findings = findingsOf(snapshot, more).filter((finding) => finding.code === code)
  expect(findings.map(said), `findings in ${text}`).not.toEqual([])
  return findings.flatMap((finding) => codeActions(snapshot, finding.span, [finding])).filter(({ kind }) => kind === 'quickfix')
}

/** The edits lie in the text and do not overlap. */
export function checkEdits(text: string, { title, edits }: Action): void {
  const sorted = [...edits].sort((a, b) => a.span.start - b.span.start || a.span.end - b.span.end)
  sorted.forEach(({ span: { start, end } }, i) => {
    const before = sorted[i - 1]?.span.end ?? 0
    if (!(before <= start && start <= end && end <= text.length)) expect.fail(`${title}: ${start} to ${end} after ${before} in ${JSON.stringify(text)}`)
  })
}

/** Applies a fix: what it answers is gone, and no error is there that was not there before. */
export function apply(text: string, action: Action, around: Around = TOY, more: More = none): string {
  checkEdits(text, action)
  const after = edited(text, action.edits)
  const old = findingsOf(snapshotOf(text, around), more)
  const found = findingsOf(snapshotOf(after, around), more)
  const fixed = (action.fixes ?? []).map(said)
  const count = (list: readonly Finding[], one: string) => list.filter((finding) => said(finding) === one).length
  for (const one of fixed) if (count(found, one) >= count(old, one)) expect.fail(`${action.title} leaves "${one}" in\n${after}`)
  const before = new Set(old.map(said))
  expect(found.filter((finding) => finding.severity === 'error' && !before.has(said(finding))).map(said), `${action.title} in\n${after}`).toEqual([])
  return after
}

/** Titles of the fixes, a star after the preferred one, and what each makes of the text; `head` and `tail` are left out of the answer. */
export function fixed(text: string, code: string, around: Around = TOY, more: More = none, head = '', tail = ''): (readonly [title: string, after: string])[] {
  return fixesOf(head + text + tail, code, around, more).map((action) => {
    const after = apply(head + text + tail, action, around, more)
    const [start, end] = [after.startsWith(head) ? head.length : 0, after.endsWith(tail) ? after.length - tail.length : after.length]
    return [`${action.title}${action.preferred ? ' *' : ''}`, after.slice(start, end)]
  })
}
