/** The one helper of feature tests: a text with a cursor, a feature, and what it is to answer. */
import { parse, type Span } from '@scrub/grammar'
import { expect } from 'vitest'
import { bind, type Given } from '../../src/hypothesis/bind.ts'
import type { LastResult, Snapshot } from '../../src/language/snapshot.ts'
import type { FeatureFacts } from '../../src/protocol/inspect.ts'
import type { Feature } from '../../src/language/snapshot.ts'
import { given } from '../hypothesis/check.ts'
import { toy, transformer } from '../hypothesis/models.ts'

/** What surrounds a text: the model and columns, and what is known of features and results. */
export interface Around {
  /** `undefined` stands for a model that cannot be read. */
  readonly given: Given | undefined
  readonly classes?: (feature: Feature) => FeatureFacts | undefined
  readonly results?: Readonly<Record<string, LastResult>>
}

/** The toy of the post: columns z1, z2, z3, label. */
export const TOY: Around = { given: given(toy, ['z1: int64', 'z2: int64', 'z3: int64', 'label: bool']) }
/** Two blocks of two heads; columns tokens and label. */
export const TRANSFORMER: Around = { given: given(transformer, ['tokens: int64[4]', 'label: int64']) }
/** Neither model nor data can be opened. */
export const NOTHING: Around = { given: undefined }

export const TOY_HEAD = `model "toy.onnx"
data "toy.jsonl"
metric loss = binary_cross_entropy(logit, label)
`

/** The text without its marks `$0` (cursor) and `$1` (end of a selection), and where they stood. */
export function cursorOf(marked: string): { text: string; offset: number; end: number } {
  const offset = marked.indexOf('$0')
  if (offset < 0) throw new Error('a text needs a cursor: $0')
  const once = marked.replace('$0', '')
  const end = once.indexOf('$1')
  return { text: once.replace('$1', ''), offset, end: end < 0 ? offset : end }
}

export function snapshotOf(text: string, around: Around = TOY): Snapshot {
  const parsed = parse(text)
  const known = (feature: Feature) => around.classes?.(feature)
  return {
    file: '/data/test.scrub', text, parsed,
    bound: around.given && bind(parsed.file, text, around.given),
    known,
    classes: async (feature) => known(feature),
    result: (hypothesis) => around.results?.[hypothesis],
  }
}

/** Ask a feature at the cursor of a text; `expected` is compared with the answer as it is. */
export async function check<T>(feature: (snapshot: Snapshot, offset: number, end: number) => T | Promise<T>, marked: string, expected: unknown, around: Around = TOY): Promise<void> {
  const { text, offset, end } = cursorOf(marked)
  expect(await feature(snapshotOf(text, around), offset, end)).toEqual(expected)
}

/** The text with spans in «guillemets», for answers that are places of the text. */
export function show(text: string, spans: readonly Span[]): string {
  let shown = text
  for (const { start, end } of [...spans].sort((a, b) => b.start - a.start)) shown = `${shown.slice(0, start)}«${shown.slice(start, end)}»${shown.slice(end)}`
  return shown
}
