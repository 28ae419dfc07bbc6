/** Items of an earlier text that stand in a later one too: taken over instead of parsed again. */
import type { Item, Span } from './ast.ts'
import type { Finding } from './finding.ts'

/** Items of one text that nothing was said about, by what they say. */
export type Reusable = ReadonlyMap<string, Item>

export function reusableItems(text: string, items: readonly Item[], findings: readonly Finding[]): Reusable {
  const found = new Map<string, Item>()
  for (const item of items) {
    const { start, end } = item.span
    if (item.kind !== 'error' && !findings.some(({ span }) => span.start <= end && span.end >= start)) found.set(text.slice(start, end), item)
  }
  return found
}

/** An item as it would have been parsed so many characters further on. */
export function shifted<T>(node: T, by: number): T {
  if (by === 0 || typeof node !== 'object' || node === null) return node
  if (Array.isArray(node)) return node.map((part: unknown) => shifted(part, by)) as T
  if (isSpan(node)) return { start: node.start + by, end: node.end + by } as T
  const copy: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(node)) copy[key] = typeof value === 'object' ? shifted(value, by) : value
  return copy as T
}

/** Nothing else of the tree has both. */
const isSpan = (node: object): node is Span => 'start' in node && 'end' in node
