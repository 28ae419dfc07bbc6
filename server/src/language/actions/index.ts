/** All code actions at a place of the text. */
import type { Finding, Span } from '@scrub/grammar'
import type { Snapshot } from '../snapshot.ts'
import type { Action, Fix, Refactoring } from './action.ts'
import { blockedEdge } from './blocked-edge.ts'
import { cycle } from './cycle.ts'
import { didYouMean } from './did-you-mean.ts'
import { duplicateName } from './duplicate-name.ts'
import { foreignWords } from './foreign-words.ts'
import { misplaced } from './misplaced.ts'
import { missingStatement } from './missing-statement.ts'
import { noOutputNode } from './no-output-node.ts'
import { unclosed } from './unclosed.ts'
import { wrongEdge } from './wrong-edge.ts'

export type { Action, Edit } from './action.ts'

const fixes: readonly Fix[] = [didYouMean, blockedEdge, wrongEdge, cycle, noOutputNode, missingStatement, duplicateName, foreignWords, unclosed, misplaced]
const refactorings: readonly Refactoring[] = []

/** `findings` are those of the document; fixes are offered for those that touch the selection. */
export function codeActions(snapshot: Snapshot, range: Span, findings: readonly Finding[]): readonly Action[] {
  const here = findings.filter(({ span }) => span.start <= range.end && range.start <= span.end)
  return [...here.flatMap((finding) => fixes.flatMap((fix) => fix(snapshot, finding))), ...refactorings.flatMap((refactoring) => refactoring(snapshot, range))]
}
