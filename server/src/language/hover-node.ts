/** Hover on a node or a family: feature, type, place, parents, and the equivalence classes. */
import type { BoundHypothesis, BoundNode, Edge } from '../hypothesis/bound.ts'
import { isFamily } from './families.ts'
import { classesMarkdown } from './hover-classes.ts'
import { code, paragraphs, some } from './markdown.ts'
import type { Snapshot } from './snapshot.ts'
import { placeType } from '../hypothesis/place-type.ts'
import { typeText } from './type-text.ts'

const MOST_MEMBERS = 8
const MOST_PARENTS = 8

/** `members` are all of a name; `named` is the one that the text names. */
export async function nodeMarkdown(snapshot: Snapshot, hypothesis: BoundHypothesis, members: readonly BoundNode[], named?: BoundNode): Promise<string> {
  const node = named ?? members[0]!
  const family = isFamily(members) && !named
  return paragraphs(
    family
      ? `**family** of ${members.length} nodes: ${some(members.map(({ name }) => code(name)), MOST_MEMBERS)}`
      : `**node** ${code(node.name)} = ${code(node.featureText)}`,
    family && `${code(members[0]!.name)} = ${code(node.featureText)}`,
    `${typeLine(node)}, at ${code(node.place.text)} (${code(placeType(snapshot.bound!.graph, node.place))} per datum)`,
    parentsLine(hypothesis, node),
    family && `Of ${code(node.name)}:`,
    await classesMarkdown(snapshot, node.feature),
  )
}

function typeLine({ feature }: BoundNode): string {
  if (feature === 'exact') return '`exact`: every datum is a class of its own'
  return feature === 'any' ? '`any`: all data are one class' : `Type ${code(typeText(feature))} per datum`
}

function parentsLine({ outputs }: BoundHypothesis, { name, parents }: BoundNode): string {
  const root = outputs.includes(name) ? ' The metric reads its place.' : ''
  if (parents.length === 0) return `A leaf: its place is taken as the model computes it on the drawn datum.${root}`
  return `Parents: ${some(parents.map(edgeText), MOST_PARENTS)}.${root}`
}

/** `` `A` ``, `` `A` through 2 components ``. */
export function edgeText(edge: Edge): string {
  const { any, tensors } = edge.through
  const through = any ? ' through any' : tensors.size > 0 ? ` through ${tensors.size} ${tensors.size === 1 ? 'component' : 'components'}` : ''
  return `${edge.kind === 'node' ? code(edge.node) : `column ${code(edge.column)}`}${through}`
}
