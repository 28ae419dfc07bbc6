/** What kind of place is asked for at a cursor: after `at`, in `through`, after `component … =`; and what would be possible there. */
import type { Parent } from '@scrub/grammar'
import { partsOf } from '../hypothesis/reference.ts'
import { blockersOf } from './complete-parents.ts'
import type { PlaceQuery } from './complete-places.ts'
import type { Clause, Cursor } from './cursor.ts'
import { edgesAt } from './edges-at.ts'
import { boundHypothesis } from './families.ts'
import { blockingOf, judgeOf } from './place-legality.ts'
import { placesAt } from './places-at.ts'
import type { Snapshot } from './snapshot.ts'

/** Undefined where no place can stand. */
export function placeQueryAt({ bound }: Snapshot, cursor: Cursor, clause: Clause): Pick<PlaceQuery, 'judge' | 'first' | 'only'> | undefined {
  const { statement } = cursor
  const hypothesis = boundHypothesis(bound, cursor.blocks.find((block) => block.kind === 'hypothesis'))
  switch (statement?.kind) {
    case 'component': return clause.kind === 'Equals' ? {} : undefined
    case 'rewrite': return clause.kind === 'start' ? {} : undefined
    case 'node':
    case 'refine': {
      if (clause.kind === 'At') {
        if (!bound || !hypothesis) return {}
        const edges = edgesAt(bound, hypothesis, statement)
        const judge = judgeOf(bound, hypothesis, edges)
        const free = edges.children.length === 0 && hypothesis.outputs.every((name) => name === statement.name?.text)
        // Some node has to stand at an output that the metric reads.
        return free && bound.metric ? { judge, first: new Set(bound.metric.outputs.filter((tensor) => judge(tensor) === undefined)) } : { judge }
      }
      if (clause.kind !== 'Through' || clause.open.length !== 1) return undefined
      if (!bound || !hypothesis) return {}
      const parent = statement.from.findLast(({ span }) => span.start < cursor.offset)
      const name = parent && parentName(parent)
      // Those already named; what the cursor is in is being written.
      const given = new Set((parent?.through?.any === false ? parent.through.places : [])
        .filter(({ span }) => cursor.offset < span.start || cursor.offset > span.end).flatMap(({ span }) => placesAt(bound, span).map(({ tensor }) => tensor)))
      const only = new Set([...blockingOf(bound, hypothesis)].filter((tensor) => !given.has(tensor)))
      const blockers = name === undefined ? undefined : blockersOf(bound, hypothesis, statement, name, only)
      if (!blockers) return { only }
      const judge = (tensor: string) => (blockers.between.has(tensor) ? undefined : `not between ${name} and ${statement.name?.text}`)
      return { first: blockers.first, only, judge }
    }
    default: return undefined
  }
}

const parentName = ({ reference }: Parent): string | undefined => partsOf(reference)?.base
