/** A node from which nothing leads to the output: makes it a parent of the output node, or removes it. */
import { pathAt } from '@scrub/grammar'
import { boundHypothesis } from '../families.ts'
import { symbolsOf } from '../symbols.ts'
import { quickfix, type Action, type Fix } from './action.ts'
import { atEnd, without, withParents } from './rewriting.ts'
import { blockersBetween, blockerText, declarationOf, fits, isSingle, statementAt } from './ways.ts'

const DIRECT = { any: false, tensors: new Set<string>() }

export const unreached: Fix = (snapshot, finding) => {
  if (finding.code !== 'no-effect') return []
  const { bound, parsed, text } = snapshot
  const { span } = finding
  const item = statementAt(parsed, span.start)
  // Another finding of this code is about the place.
  if (!bound || item?.kind !== 'node' || !item.name || item.span.start !== span.start || item.span.end !== span.end) return []
  const actions: Action[] = []
  const name = item.name.text
  const around = pathAt(parsed.file, span.start).find((node) => node.kind === 'hypothesis')
  const hypothesis = boundHypothesis(bound, around)
  const node = hypothesis?.nodes.find((one) => one.name === name)
  for (const output of hypothesis && node && isSingle(parsed, item) ? hypothesis.outputs : []) {
    const child = hypothesis!.nodes.find((one) => one.name === output)!
    const others = child.parents.flatMap((edge) => (edge.kind === 'node' ? hypothesis!.nodes.filter((one) => one.name === edge.node).map(({ place }) => place.tensor) : []))
    const blockers = blockersBetween(bound, hypothesis!, [node!.place.tensor], child.place.tensor, DIRECT, others)
    if (!blockers || !fits(bound, hypothesis!, child, name, [node!.place.tensor], blockers)) continue
    const parent = blockers.length > 0 ? `${name} through [${blockers.map((tensor) => blockerText(bound, tensor)).join(', ')}]` : name
    const statement = declarationOf(parsed, child)
    const own = statement && around!.items.includes(statement)
    const inherited = own ? undefined : atEnd(snapshot, around!, [`refine ${output}    from ${parent}`])
    const edits = own ? withParents(statement, [parent]) : inherited ? [inherited] : []
    if (edits.length > 0) actions.push(quickfix(`Make it a parent of \`${output}\``, edits, finding))
  }
  const at = symbolsOf(parsed).at(item.name.span.start)
  const used = at && symbolsOf(parsed).of(at.named).some((one) => one.span.start < span.start || span.end < one.span.end)
  if (at && !used) actions.push(quickfix(`Remove \`${name}\``, [without(text, item.span)], finding))
  return actions
}
