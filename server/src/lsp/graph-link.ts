/** From a hover to the picture: a link to the node in the panel, where the client has one and the hypothesis was evaluated. */
import type { Span } from '@scrub/grammar'
import { outline } from '../language/outline.ts'
import type { Snapshot } from '../language/snapshot.ts'
import { SHOW_NODE } from '../protocol/editor.ts'

/** Markdown, empty where there is nothing to show. `hovered` is the span that is hovered. */
export function graphLink(snapshot: Snapshot, uri: string, hovered: Span): string {
  const hypothesis = outline(snapshot).find(({ kind, span }) => kind === 'hypothesis' && within(hovered, span))
  const node = hypothesis && all(hypothesis.children).find(({ kind, nameSpan }) => (kind === 'node' || kind === 'refine') && within(hovered, nameSpan))
  const report = node && snapshot.result(hypothesis.name)?.report
  const known = report?.nodes.find(({ name }) => name === node?.name) ?? report?.nodes.find(({ name }) => name.startsWith(`${node?.name}[`))
  if (!hypothesis || !known) return ''
  const given = encodeURIComponent(JSON.stringify([{ uri, hypothesis: hypothesis.name, node: known.name }]))
  return `\n\n[Show in graph](command:${SHOW_NODE}?${given})`
}

type Entry = ReturnType<typeof outline>[number]

const all = (entries: readonly Entry[]): Entry[] => entries.flatMap((entry) => [entry, ...all(entry.children)])

const within = (inner: Span, outer: Span): boolean => inner.start >= outer.start && inner.end <= outer.end
