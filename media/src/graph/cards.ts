/** What stands in the graph: cards and the links between them, with families and what is too much folded. */
import type { HypothesisReport, NodeReport } from '../../../server/src/protocol/report.ts'

export type Card =
  | { readonly kind: 'node'; readonly id: string; readonly node: NodeReport }
  | { readonly kind: 'family'; readonly id: string; readonly family: string; readonly members: readonly NodeReport[] }
  | { readonly kind: 'input'; readonly id: string; readonly name: string }
  | { readonly kind: 'rest'; readonly id: string; readonly nodes: readonly NodeReport[] }

export interface Link {
  /** The card above, which reads. */
  readonly child: string
  /** The card below, which is read. */
  readonly parent: string
  readonly through: readonly string[]
}

export const linkKey = ({ child, parent }: Pick<Link, 'child' | 'parent'>): string => `${child}\n${parent}`

export interface Cards {
  readonly cards: readonly Card[]
  readonly links: readonly Link[]
}

/** A family of fewer members is shown member by member. */
const SMALLEST_FAMILY = 4
/** More cards than this are folded: beyond it neither the layout nor the reader keeps up. */
export const MOST_CARDS = 6000

/** `open` holds the families that are shown member by member. */
export function cardsOf(hypothesis: Pick<HypothesisReport, 'nodes'>, open: ReadonlySet<string> = new Set(), most = MOST_CARDS): Cards {
  const { nodes } = hypothesis
  const names = new Set(nodes.map(({ name }) => name))
  const families = foldable(nodes, open)
  const home = new Map<string, string>()
  for (const [family, members] of families) for (const { name } of members) home.set(name, `family ${family}`)
  const near = nearest(nodes, most)
  const idOf = (name: string): string => (!names.has(name) ? `input ${name}` : !near.has(name) ? 'rest' : (home.get(name) ?? `node ${name}`))

  const cards = new Map<string, Card>()
  const rest: NodeReport[] = []
  for (const node of nodes) {
    const id = idOf(node.name)
    if (id === 'rest') rest.push(node)
    else if (id.startsWith('family ')) cards.set(id, { kind: 'family', id, family: id.slice(7), members: families.get(id.slice(7))! })
    else cards.set(id, { kind: 'node', id, node })
  }
  if (rest.length > 0) cards.set('rest', { kind: 'rest', id: 'rest', nodes: rest })

  const links = new Map<string, { child: string; parent: string; through: Set<string> }>()
  for (const node of nodes) {
    const child = idOf(node.name)
    const through = new Map(node.edges.map((edge) => [edge.parent, edge.through]))
    for (const name of node.parents) {
      const parent = idOf(name)
      if (child === parent || child === 'rest') continue
      if (!cards.has(parent)) cards.set(parent, { kind: 'input', id: parent, name })
      const key = linkKey({ child, parent })
      const link = links.get(key) ?? { child, parent, through: new Set() }
      for (const component of through.get(name) ?? []) link.through.add(component)
      links.set(key, link)
    }
  }
  return { cards: [...cards.values()], links: [...links.values()].map((link) => ({ ...link, through: [...link.through] })) }
}

/** `count` of `count[1]`; undefined for a node of no family. */
export const familyOf = (name: string): string | undefined => /^(.+?)\[/.exec(name)?.[1]

/** Closed families that are large enough, less those whose folding would close a circle. */
function foldable(nodes: readonly NodeReport[], open: ReadonlySet<string>): Map<string, NodeReport[]> {
  const families = new Map<string, NodeReport[]>()
  for (const node of nodes) {
    const family = familyOf(node.name)
    if (family === undefined || open.has(family)) continue
    if (families.has(family)) families.get(family)!.push(node)
    else families.set(family, [node])
  }
  const large = new Map([...families].filter(([, members]) => members.length >= SMALLEST_FAMILY))
  if (!circular(nodes, large)) return large
  const folded = new Map<string, NodeReport[]>()
  for (const [family, members] of large) if (!circular(nodes, new Map([...folded, [family, members]]))) folded.set(family, members)
  return folded
}

/** Whether cards would read one another in a circle with these families folded. */
function circular(nodes: readonly NodeReport[], families: ReadonlyMap<string, readonly NodeReport[]>): boolean {
  const home = new Map([...families].flatMap(([family, members]) => members.map(({ name }) => [name, `family ${family}`])))
  const idOf = (name: string): string => home.get(name) ?? name
  const below = new Map<string, Set<string>>()
  for (const node of nodes) {
    const id = idOf(node.name)
    const reads = below.get(id) ?? new Set()
    for (const parent of node.parents) if (idOf(parent) !== id) reads.add(idOf(parent))
    below.set(id, reads)
  }
  // Kahn's order: what is left over lies on a circle.
  const readers = new Map<string, number>()
  for (const reads of below.values()) for (const id of reads) readers.set(id, (readers.get(id) ?? 0) + 1)
  const free = [...below.keys()].filter((id) => !readers.has(id))
  let done = 0
  for (let id = free.pop(); id !== undefined; id = free.pop()) {
    if (below.has(id)) done++
    for (const next of below.get(id) ?? []) {
      readers.set(next, readers.get(next)! - 1)
      if (readers.get(next) === 0) free.push(next)
    }
  }
  return done < below.size
}

/** The `most` nodes that are the fewest steps from a root. */
function nearest(nodes: readonly NodeReport[], most: number): Set<string> {
  const byName = new Map(nodes.map((node) => [node.name, node]))
  const read = new Set(nodes.flatMap(({ parents }) => parents))
  const near = new Set(nodes.filter(({ name }) => !read.has(name)).map(({ name }) => name).slice(0, most))
  for (const name of near) {
    for (const parent of byName.get(name)!.parents) if (byName.has(parent) && near.size < most) near.add(parent)
  }
  return near
}
