/** All quick fixes, each in a file of its own. */
import type { Fix } from './action.ts'
import { blockedEdge } from './blocked-edge.ts'
import { cycle } from './cycle.ts'
import { didYouMean } from './did-you-mean.ts'
import { duplicateName } from './duplicate-name.ts'
import { foreignWords } from './foreign-words.ts'
import { idleFeature } from './idle-feature.ts'
import { misplaced } from './misplaced.ts'
import { missingStatement } from './missing-statement.ts'
import { noOutputNode } from './no-output-node.ts'
import { quotedTensor } from './quoted-tensor.ts'
import { unclosed } from './unclosed.ts'
import { undetermined } from './undetermined.ts'
import { unreached } from './unreached.ts'
import { wrongEdge } from './wrong-edge.ts'

/** In the order in which they are offered. */
export const quickFixes: readonly Fix[] = [
  didYouMean, blockedEdge, wrongEdge, cycle, noOutputNode, missingStatement, duplicateName, foreignWords, quotedTensor, unclosed, misplaced, idleFeature,
  undetermined, unreached,
]
