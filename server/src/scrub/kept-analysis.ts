/** What an analysis leaves for the next one of the same file: opened files while they are the same on the disk, and all that an edit does not touch. */
import type { File, Parsed } from '@scrub/grammar'
import { Binder } from '../hypothesis/binder.ts'
import type { Given } from '../hypothesis/world.ts'
import type { ModelGraph } from '../model/graph.ts'
import type { OpenedData } from './opening.ts'
import { firstChanged, type Stamps } from './stamp.ts'

export interface Opened {
  readonly key: string
  /** Of all files that were opened, and of those that hold weights, before they were read. */
  readonly stamps: Stamps
  readonly data: OpenedData
  readonly graph: ModelGraph
  readonly given: Given
}

export class KeptAnalysis {
  readonly binder = new Binder()
  parsed: Parsed | undefined
  opened: Opened | undefined
}

/** What was opened before, if the same would be opened in the same way and has not changed on the disk. */
export const stillOpened = (opened: Opened | undefined, key: string): Opened | undefined =>
  opened?.key === key && ![...opened.stamps.values()].includes(undefined) && firstChanged(opened.stamps) === undefined ? opened : undefined

/** Equal while the text opens the same files in the same way. */
export function openingKey(tree: File, text: string, paths: readonly string[], how: readonly unknown[]): string {
  // Which columns feed the model decides what is known of its shapes.
  const statements = tree.items.filter(({ kind }) => kind === 'data' || kind === 'model').map(({ span }) => text.slice(span.start, span.end))
  return JSON.stringify([how, statements, paths])
}
