/** Indices that are expressions of the datum, on the data: each lies on its axis, and no two places of one node meet. */
import type { AxisSelector, BoundHypothesis, BoundNode, DatumIndex, Place } from '../hypothesis/bound.ts'
import { BadInput } from './failures.ts'
import { evaluateOnData } from './features.ts'
import { indexValue } from './region.ts'
import { nodeParents } from './tree.ts'
import type { Workspace } from './workspace.ts'

/** How many there are. Throws BadInput naming the node and the datum; `original` is a datum's row in the file. */
export async function checkIndices({ dag, model, runtime, table, breathe }: Workspace, hypotheses: readonly BoundHypothesis[], original: (datum: number) => number): Promise<number> {
  const all = new Map<string, DatumIndex>()
  for (const { nodes } of hypotheses) for (const { place } of nodes) for (const one of place.slice) if (one.kind === 'datum') all.set(`${one.key} ${one.length}`, one)
  if (all.size === 0) return 0
  const indices = [...all]
  const tensors = await evaluateOnData(runtime, table, indices.map(([, index]) => indexValue({ dag, model }, index)), breathe)
  const values = new Map(indices.map(([key], i) => [key, Array.from(tensors[i]!.data as BigInt64Array, Number)]))
  const of = ({ key, length }: DatumIndex): readonly number[] => values.get(`${key} ${length}`)!
  for (const { nodes } of hypotheses) {
    for (const { name, place, placeSpan } of nodes) {
      for (const index of place.slice) {
        if (index.kind !== 'datum') continue
        const outside = of(index).findIndex((at) => at < 0 || at >= index.length)
        if (outside >= 0) throw new BadInput(`The place of \`${name}\`, ${place.text}, is outside its axis of ${index.length} positions for datum ${original(outside)}: correct \`${index.text}\`, or leave that datum out with \`filter\`.`, { code: 'shape-mismatch', span: placeSpan })
      }
    }
    const byName = new Map(nodes.map((node) => [node.name, node]))
    for (const node of nodes) {
      const standing = [node, ...nodeParents(node).map((edge) => byName.get(edge.node)!)]
      standing.forEach((a, i) => standing.slice(0, i).forEach((b) => apart(a, b, of, table.rows, original)))
    }
  }
  return all.size
}

/** Two places that belong to one node share no position, for any datum. */
function apart(a: BoundNode, b: BoundNode, of: (index: DatumIndex) => readonly number[], rows: number, original: (datum: number) => number): void {
  if (a.place.tensor !== b.place.tensor || ![a.place, b.place].some(({ slice }) => slice.some(({ kind }) => kind === 'datum'))) return
  for (let datum = 0; datum < rows; datum++) {
    if (!meet(a.place, b.place, (index) => of(index)[datum]!)) continue
    throw new BadInput(`\`${b.name}\` and \`${a.name}\` stand at overlapping places for datum ${original(datum)}: ${b.place.text} and ${a.place.text} are the same position there; move one of them, or leave that datum out with \`filter\`.`, { code: 'overlapping-places', span: a.placeSpan })
  }
}

function meet(a: Place, b: Place, at: (index: DatumIndex) => number): boolean {
  const positions = (one: AxisSelector): (position: number) => boolean => {
    if (one.kind === 'range') return (position) => position >= one.start && position < one.stop && (position - one.start) % one.step === 0
    const own = one.kind === 'index' ? one.index : at(one)
    return (position) => position === own
  }
  for (let axis = 0; axis < Math.min(a.slice.length, b.slice.length); axis++) {
    const [one, other] = [a.slice[axis]!, b.slice[axis]!]
    const [inOne, inOther] = [positions(one), positions(other)]
    const length = one.kind === 'datum' ? one.length : other.kind === 'datum' ? other.length : Math.max(endOf(one), endOf(other))
    let shared = false
    for (let position = 0; position < length && !shared; position++) shared = inOne(position) && inOther(position)
    if (!shared) return false
  }
  return true
}

const endOf = (one: AxisSelector): number => (one.kind === 'range' ? one.stop : one.kind === 'index' ? one.index + 1 : one.length)
