/** `expect` statements: which hypothesis must recover how much. */
import type { ExpectItem } from '@scrub/grammar'
import { hint } from '../expr/names.ts'
import type { Expectation } from './bound.ts'
import { nameOf } from './collect.ts'
import type { Findings } from './findings.ts'

export function bindExpectations(items: readonly ExpectItem[], text: string, hypotheses: ReadonlySet<string>, findings: Findings): Expectation[] {
  return items.flatMap((item): Expectation[] => {
    const { hypothesis, op, bound, span } = item
    const names = [hypothesis, bound?.kind === 'percent' ? undefined : bound].filter((n) => n !== undefined)
    const unknown = names.filter((name) => !hypotheses.has(nameOf(name)))
    for (const name of unknown) {
      findings.error('unknown-hypothesis', name.span, `There is no hypothesis \`${nameOf(name)}\`${hint(nameOf(name), hypotheses)}.`)
    }
    if (!hypothesis || !op || !bound || unknown.length > 0) return []
    return [{
      text: text.slice(span.start, span.end),
      hypothesis: nameOf(hypothesis),
      op,
      bound: bound.kind === 'percent' ? { kind: 'fraction', value: bound.value } : { kind: 'hypothesis', name: nameOf(bound) },
      span,
    }]
  })
}
