/** All code actions at a place of the text. */
import type { Finding, Span } from '@scrub/grammar'
import type { Snapshot } from '../snapshot.ts'
import type { Action, Refactoring } from './action.ts'
import { addExpect } from './add-expect.ts'
import { addFrom } from './add-from.ts'
import { declareComponent } from './declare-component.ts'
import { extractLet } from './extract-let.ts'
import { fixAll } from './fix-all.ts'
import { nameClasses } from './name-classes.ts'
import { organise } from './organise.ts'
import { quickFixes } from './quick-fixes.ts'
import { toFamily } from './to-family.ts'
import { removeUnusedLet } from './unused-let.ts'

export type { Action, Edit } from './action.ts'

const refactorings: readonly Refactoring[] = [addFrom, declareComponent, toFamily, extractLet, nameClasses, addExpect, removeUnusedLet]

/**
 * `findings` are those of the document; fixes are offered for those that touch the selection. Only kinds that are `wanted`
 * are looked for.
 */
export function codeActions(snapshot: Snapshot, range: Span, findings: readonly Finding[], wanted: (kind: Action['kind']) => boolean = () => true): readonly Action[] {
  const here = wanted('quickfix') ? findings.filter(({ span }) => span.start <= range.end && range.start <= span.end) : []
  return [
    ...here.flatMap((finding) => quickFixes.flatMap((fix) => fix(snapshot, finding))),
    ...(wanted('refactor.rewrite') || wanted('refactor.extract') ? refactorings.flatMap((refactoring) => refactoring(snapshot, range)) : []),
    ...(wanted('source.organize') ? organise(snapshot, range) : []),
    ...(wanted('source.fixAll') ? fixAll(snapshot, findings) : []),
  ]
}
