/** What an analysis leaves for the next one of the same file: opened files while they are the same on the disk, and all that an edit does not touch. */
import type { File, Parsed } from '@scrub/grammar'
import { Binder } from '../hypothesis/binder.ts'
import type { Given } from '../hypothesis/world.ts'
import type { ModelGraph } from '../model/graph.ts'
import type { OpenedData } from './opening.ts'
import { stampOf } from './stamp.ts'

export interface Opened {
  readonly key: string
  readonly data: OpenedData
  readonly graph: ModelGraph
  readonly given: Given
}

export class KeptAnalysis {
  readonly binder = new Binder()
  parsed: Parsed | undefined
  opened: Opened | undefined
}

/** Equal while the text opens the same files in the same way; undefined where one of them is not there. */
export function openingKey(tree: File, text: string, paths: readonly string[], how: readonly unknown[]): string | undefined {
  // Which columns feed the model decides what is known of its shapes.
  const statements = tree.items.filter(({ kind }) => kind === 'data' || kind === 'model').map(({ span }) => text.slice(span.start, span.end))
  const stamps = paths.map(stampOf)
  return stamps.includes(undefined) ? undefined : JSON.stringify([how, statements, stamps])
}
