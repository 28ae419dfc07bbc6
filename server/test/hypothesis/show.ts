/** Shows a bound hypothesis as text, one node a line: `out: exact at logits from p, tokens through emb`. */
import type { BoundFile, BoundHypothesis, BoundNode, Edge } from '../../src/hypothesis/bound.ts'

export function showNodes({ nodes }: BoundHypothesis): string[] {
  return nodes.map(showNode)
}

/** The nodes of the hypothesis of a name, or of the last one. */
export function nodesOf(file: BoundFile, name?: string): string[] {
  return showNodes(name === undefined ? file.hypotheses.at(-1)! : file.hypotheses.find((h) => h.name === name)!)
}

function showNode({ name, featureText, place, parents }: BoundNode): string {
  return `${name}: ${featureText} at ${place.text}${parents.length > 0 ? ` from ${parents.map(showEdge).join(', ')}` : ''}`
}

function showEdge(edge: Edge): string {
  const name = edge.kind === 'node' ? edge.node : `data.${edge.column}`
  const { any, tensors } = edge.through
  return name + (any ? ' through any' : tensors.size > 0 ? ` through ${[...tensors].join('+')}` : '')
}
