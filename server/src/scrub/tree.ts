/**
 * The treeified hypothesis: every path from the root to a node is a branch of its own. Branches of one node are kept
 * together, so that everything downstream grows with the nodes and only index vectors grow with the paths.
 */
import type { BoundHypothesis, BoundNode, Edge } from '../hypothesis/bound.ts'

/** Where the branches of a parent that serve one child lie among the parent's branches. */
export interface Block {
  /** Name of the child; '' is the root. */
  readonly child: string
  /** First branch of the block; it is as long as the child has branches. */
  readonly first: number
  readonly length: number
}

export interface TreeNode {
  readonly node: BoundNode
  /** Paths of node names from the root, `out/A`, in block order. */
  readonly paths: readonly string[]
  readonly blocks: readonly Block[]
  /** How many paths lead to it: as many as `paths`, but where they are only counted. */
  readonly branches: number
  /** No parents: its value is its place in the unmodified model, on the drawn datum. */
  readonly leaf: boolean
}

export interface Tree {
  /** Children before parents: the order in which data are drawn. */
  readonly order: readonly TreeNode[]
  readonly byName: ReadonlyMap<string, TreeNode>
  /** Branches in all: paths from the root to a node. */
  readonly branches: number
}

/** Raised when a hypothesis has more branches than can be held. */
export class TreeTooLarge extends Error {}

/** Branches above which a tree is refused. */
export const MAX_BRANCHES = 1_000_000

export const nodeParents = (node: BoundNode): (Edge & { kind: 'node' })[] =>
  node.parents.filter((edge): edge is Edge & { kind: 'node' } => edge.kind === 'node')

/** Names of those that each node is a parent of; '' is the root. */
function childrenOf(hypothesis: BoundHypothesis): Map<string, string[]> {
  const children = new Map<string, string[]>(hypothesis.nodes.map((node) => [node.name, []]))
  for (const name of hypothesis.outputs) children.get(name)!.push('')
  for (const node of hypothesis.nodes) for (const edge of nodeParents(node)) children.get(edge.node)!.push(node.name)
  return children
}

/** Treeify. Nodes that do not reach the root have no branches and are left out. */
export function treeify(hypothesis: BoundHypothesis): Tree {
  const children = childrenOf(hypothesis)
  const order: TreeNode[] = []
  const byName = new Map<string, TreeNode>()
  let branches = 0
  // `nodes` lists parents before children; branches are known children first.
  for (const node of [...hypothesis.nodes].reverse()) {
    const paths: string[] = []
    const blocks: Block[] = []
    for (const child of children.get(node.name)!) {
      const from = child === '' ? [''] : byName.get(child)?.paths
      if (!from) continue
      branches += from.length
      if (branches > MAX_BRANCHES) {
        throw new TreeTooLarge(
          `Hypothesis "${hypothesis.name}" has more than ${MAX_BRANCHES.toLocaleString('en')} branches (paths from the output to a node); \`${node.name}\` multiplies them: give it fewer children, or set \`option pool 2000\`, with which paths share values.`,
        )
      }
      blocks.push({ child, first: paths.length, length: from.length })
      for (const path of from) paths.push(path === '' ? node.name : `${path}/${node.name}`)
    }
    if (blocks.length === 0) continue
    const treeNode = { node, paths, blocks, branches: paths.length, leaf: node.parents.length === 0 }
    order.push(treeNode)
    byName.set(node.name, treeNode)
  }
  return { order, byName, branches }
}

/** The interpretation as a graph, its paths only counted: each node has one branch, named by itself, whoever its children are. */
export function untreed(hypothesis: BoundHypothesis): Tree {
  const children = childrenOf(hypothesis)
  const byName = new Map<string, TreeNode>()
  for (const node of [...hypothesis.nodes].reverse()) {
    const reached = children.get(node.name)!.filter((child) => child === '' || byName.has(child))
    if (reached.length === 0) continue
    // A number beyond all numbers has no place in a report.
    const branches = Math.min(Number.MAX_VALUE, reached.reduce((sum, child) => sum + (child === '' ? 1 : byName.get(child)!.branches), 0))
    byName.set(node.name, { node, paths: [node.name], blocks: reached.map((child) => ({ child, first: 0, length: 1 })), branches, leaf: node.parents.length === 0 })
  }
  const order = [...byName.values()]
  return { order, byName, branches: Math.min(Number.MAX_VALUE, order.reduce((sum, { branches }) => sum + branches, 0)) }
}
