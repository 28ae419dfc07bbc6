/** How much the features of a hypothesis tell of each other, pair by pair. */
import type { Information } from '../protocol/report.ts'
import type { Classes } from './classes.ts'
import type { Prepared } from './evaluate.ts'
import { adjustedInformation, informationSteps } from './information.ts'

/** Steps that one matrix may take, half a second of a small processor: pairs that would go beyond are left null, the first pairs come first. */
const MOST_STEPS = 10_000_000

/** Nodes of one matrix, those nearest the output: pairs grow with the square, in time and in the report. */
const MOST_NODES = 256

/** Kept by pair, in their order, which rounding depends on: hypotheses of a file share most features. */
const known = new WeakMap<Classes, WeakMap<Classes, number | null>>()

export function informationMatrix({ tree, classes }: Prepared): Information {
  const nodes = [...tree.order].reverse().flatMap(({ node }) => (typeof node.feature === 'string' ? [] : [node.name])).slice(0, MOST_NODES)
  const own = nodes.map((name) => classes.get(name)!)
  const values: (number | null)[][] = nodes.map(() => nodes.map(() => null))
  // Counted whether known or not, so that a report does not depend on what else was run.
  let left = MOST_STEPS
  const counted = new Map<Classes, Set<Classes>>()
  own.forEach((a, i) => {
    for (let k = 0; k <= i; k++) {
      const b = own[k]!
      if (!counted.get(a)?.has(b)) {
        const steps = a === b ? 0 : informationSteps(a, b)
        if (steps > left) continue
        left -= steps
        remember(counted, a, b)
        remember(counted, b, a)
      }
      values[i]![k] = values[k]![i] = informationOf(a, b)
    }
  })
  return { nodes, values }
}

function remember(counted: Map<Classes, Set<Classes>>, a: Classes, b: Classes): void {
  counted.set(a, (counted.get(a) ?? new Set()).add(b))
}

function informationOf(a: Classes, b: Classes): number | null {
  const row = known.get(a) ?? new WeakMap<Classes, number | null>()
  known.set(a, row)
  let information = row.get(b)
  if (information === undefined) row.set(b, (information = a.count === 1 || b.count === 1 ? null : (adjustedInformation(a, b, -Infinity) ?? null)))
  return information
}
