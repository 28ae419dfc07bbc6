/** Ways through the tree: the children of a node, and the nodes at a place of the text. */
import type {
  Binder, DottedName, ErrorItem, ExpectItem, Expr, File, GraphStatement, HypothesisStatement, Ident, Item, Misplaced, Parent,
  Slice,
} from './ast.ts'

/** The percentage of an `expect`. */
export type Percent = Extract<NonNullable<ExpectItem['bound']>, { kind: 'percent' }>

/** Every node that has a kind. */
export type AnyNode =
  | File | Item | GraphStatement | HypothesisStatement | Misplaced | ErrorItem
  | Expr | Slice | Ident | Binder | DottedName | Parent | Percent

/** What a node is made of, in the order of the text. Never recurses. */
export function children(node: AnyNode): AnyNode[] {
  return parts(node).filter((part) => part !== undefined)
}

/** From the file to the innermost node at `offset`; where two nodes touch there, the one that begins. */
export function pathAt(file: File, offset: number): AnyNode[] {
  const path: AnyNode[] = [file]
  for (let node: AnyNode | undefined = file; node !== undefined;) {
    const here: AnyNode[] = children(node).filter(({ span }) => span.start <= offset && offset <= span.end)
    node = here.find(({ span }) => offset < span.end) ?? here.at(-1)
    if (node !== undefined) path.push(node)
  }
  return path
}

/** The innermost node at `offset`: the file itself where there is no other. */
export function nodeAt(file: File, offset: number): AnyNode {
  return pathAt(file, offset).at(-1)!
}

/** A node and all below it, parents first, in the order of the text. Without recursion. */
export function* walk(root: AnyNode): Generator<AnyNode> {
  const waiting: AnyNode[] = [root]
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    yield node
    const below = children(node)
    for (let i = below.length - 1; i >= 0; i--) waiting.push(below[i]!)
  }
}

function parts(node: AnyNode): readonly (AnyNode | undefined)[] {
  switch (node.kind) {
    case 'ident':
    case 'string':
    case 'number':
    case 'bool':
    case 'name':
    case 'special':
    case 'error':
    case 'percent':
      return []
    case 'member':
      return [node.object, node.name]
    case 'slice':
      return [node.lower, node.upper, node.step]
    case 'subscript':
      return [node.object, ...node.args]
    case 'call':
      return [node.callee, ...inOrder([...node.args, ...node.keywords.flatMap(({ name, value }) => [name, value])])]
    case 'unary':
      return [node.operand]
    case 'binary':
      return [node.left, node.right]
    case 'compare':
      return [node.first, ...node.rest.map(({ right }) => right)]
    case 'if':
      return [node.condition, node.then, node.otherwise]
    case 'tuple':
    case 'list':
      return node.items
    case 'comprehension':
      return [node.body, ...node.binders, node.condition]
    case 'paren':
      return [node.inner]
    case 'binder':
      return [...node.names, node.set]
    case 'dotted':
      return [node.reference]
    case 'parent':
      return [node.reference, ...(node.through?.any === false ? node.through.places : [])]
    case 'file':
    case 'graph':
      return node.items
    case 'misplaced':
      return [node.item]
    case 'model':
      return [node.path]
    case 'data':
      return [node.path, ...inOrder([...node.as.flatMap(({ input, value }) => [input, value]), node.filter, node.limit])]
    case 'vocab':
      return [node.column, node.value]
    case 'metric':
      return [node.name, node.value]
    case 'let':
      return [node.name, ...node.indices, node.value]
    case 'use':
      return [node.name]
    case 'component':
      return [node.name, ...node.binders, node.place]
    case 'rewrite':
      return inOrder([node.place, node.value, ...node.with.flatMap(({ name, value }) => [name, value])])
    case 'for':
      return [...node.binders, ...node.items]
    case 'hypothesis':
      return [node.name, ...node.extends, ...node.items]
    case 'node':
      return inOrder([node.name, ...node.binders, node.feature, node.place, ...node.from])
    case 'refine':
      return inOrder([node.name, ...node.binders, ...node.indices, node.feature, node.place, ...node.from])
    case 'option':
      return [node.name, node.value]
    case 'expect':
      return [node.hypothesis, node.bound]
  }
}

/** Clauses may have been written in another order than the language wants. */
function inOrder(nodes: readonly (AnyNode | undefined)[]): AnyNode[] {
  return nodes.filter((node) => node !== undefined).sort((a, b) => a.span.start - b.span.start)
}
