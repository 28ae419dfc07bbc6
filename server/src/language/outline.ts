/** The statements of a file as a tree of symbols. */
import type { AnyNode, Misplaced, Span } from '@scrub/grammar'
import { nameOf } from '../hypothesis/collect.ts'
import type { Snapshot } from './snapshot.ts'

export type OutlineKind =
  | 'model' | 'data' | 'vocab' | 'metric' | 'let' | 'graph' | 'component' | 'point' | 'rewrite' | 'hypothesis' | 'node' | 'refine' | 'for'
  | 'option' | 'expect'

export interface OutlineEntry {
  /** Never empty. */
  readonly name: string
  readonly detail?: string
  readonly kind: OutlineKind
  readonly span: Span
  /** Inside `span`. */
  readonly nameSpan: Span
  readonly children: readonly OutlineEntry[]
}

/** Characters of a detail. */
const LONGEST = 80

export function outline({ text, parsed }: Snapshot): OutlineEntry[] {
  return entriesOf(parsed.file.items, text)
}

type Statement = Misplaced['item']

function entriesOf(items: readonly Statement[], text: string): OutlineEntry[] {
  return items.flatMap((item) => entryOf(item, text))
}

function entryOf(item: Statement, text: string): OutlineEntry[] {
  const written = (node: AnyNode | undefined): string => (node && node.kind !== 'error' ? short(text.slice(node.span.start, node.span.end)) : '')
  const entry = (kind: OutlineKind, name: string | undefined, nameSpan: Span | undefined, detail: string, children: readonly OutlineEntry[] = []): OutlineEntry[] => {
    if (item.kind === 'error' || item.kind === 'misplaced') return []
    const shown = name?.trim() ? short(name) : text.slice(item.keyword.start, item.keyword.end)
    return [{ name: shown, kind, span: item.span, nameSpan: nameSpan ?? item.keyword, children, ...(detail === '' ? {} : { detail }) }]
  }
  /** The whole statement without its keyword, up to a block. */
  const rest = (end = item.span.end): string => (item.kind === 'error' || item.kind === 'misplaced' ? '' : short(text.slice(item.keyword.end, end)))
  switch (item.kind) {
    case 'error': return []
    case 'misplaced': return entryOf(item.item, text)
    case 'model': case 'data': return entry(item.kind, item.path?.value, item.path?.span, item.kind)
    case 'vocab': return entry('vocab', item.column && nameOf(item.column), item.column?.span, 'vocab')
    case 'metric': return entry('metric', item.name?.text, item.name?.span, written(item.value))
    case 'let': return entry('let', item.name?.text, item.name?.span, written(item.value))
    case 'graph': return entry('graph', 'graph', undefined, '', entriesOf(item.items, text))
    case 'use': return []
    case 'component': return entry(item.sort, written(item.name), item.name?.span, written(item.place))
    case 'rewrite': return entry('rewrite', written(item.place), item.place?.span, written(item.value))
    case 'for': return entry('for', `for ${rest(item.binders.at(-1)?.span.end ?? item.keyword.end)}`, undefined, '', entriesOf(item.items, text))
    case 'hypothesis': {
      const bases = item.extends.map(nameOf).join(', ')
      return entry('hypothesis', item.name && nameOf(item.name), item.name?.span, bases && `extends ${bases}`, entriesOf(item.items, text))
    }
    case 'node': return entry('node', item.name?.text, item.name?.span, [written(item.feature), item.place ? `at ${written(item.place)}` : ''].filter(Boolean).join(' '))
    case 'refine': return entry('refine', item.name?.text, item.name?.span, 'refine')
    case 'option': return entry('option', `option ${rest()}`, item.name?.span, '')
    case 'expect': return entry('expect', `expect ${rest()}`, item.hypothesis?.span, '')
  }
}

function short(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim()
  return line.length <= LONGEST ? line : `${line.slice(0, LONGEST - 1)}…`
}
