/** All fixes that are meant almost surely, at once. */
import type { Finding } from '@scrub/grammar'
import type { Snapshot } from '../snapshot.ts'
import type { Action, Edit } from './action.ts'
import { quickFixes } from './quick-fixes.ts'

/** One action for the preferred fixes of a document, as many as do not get in each other's way. None where there is no such fix. */
export function fixAll(snapshot: Snapshot, findings: readonly Finding[]): readonly Action[] {
  const edits: Edit[] = []
  const fixes: Finding[] = []
  for (const finding of findings) {
    const preferred = quickFixes.flatMap((fix) => fix(snapshot, finding)).find((action) => action.preferred)
    if (!preferred || preferred.edits.some((edit) => edits.some((other) => touch(edit, other)))) continue
    edits.push(...preferred.edits)
    fixes.push(finding)
  }
  if (fixes.length === 0) return []
  return [{ title: fixes.length === 1 ? 'Fix what is surely meant' : `Fix all ${fixes.length} that are surely meant`, kind: 'source.fixAll', edits, fixes }]
}

const touch = (a: Edit, b: Edit): boolean => a.span.start <= b.span.end && b.span.start <= a.span.end
