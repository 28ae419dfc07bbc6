/** A syntax tree as a compact S-expression, so that tests read like tables. */
import type { AnyNode, Binder, Expr, Ident, Slice, Str } from '../src/index.ts'

export function sexpr(node: AnyNode | undefined): string {
  if (node === undefined) return '_'
  switch (node.kind) {
    case 'ident':
    case 'name':
      return node.text
    case 'string':
      return JSON.stringify(node.value)
    case 'number':
      return node.integer || !Number.isFinite(node.value) ? `${node.value}` : `${node.value}f`
    case 'bool':
      return `${node.value}`
    case 'special':
      return `<${node.which}>`
    case 'error':
      return '!'
    case 'percent':
      return `${node.value * 100}%`
    case 'member':
      return `(. ${sexpr(node.object)} ${node.name.text})`
    case 'slice':
      return `(: ${all([node.lower, node.upper, node.step])})`
    case 'subscript':
      return `([] ${all([node.object, ...node.args])})`
    case 'call':
      return `(${all([node.callee, ...node.args])}${node.keywords.map(({ name, value }) => ` ${name.text}=${sexpr(value)}`).join('')})`
    case 'unary':
      return `(${node.op} ${sexpr(node.operand)})`
    case 'binary':
      return `(${node.op} ${all([node.left, node.right])})`
    case 'compare':
      return `(cmp ${sexpr(node.first)}${node.rest.map(({ op, right }) => ` ${op} ${sexpr(right)}`).join('')})`
    case 'if':
      return `(if ${all([node.condition, node.then, node.otherwise])})`
    case 'tuple':
      return `(tuple${node.items.map((item) => ` ${sexpr(item)}`).join('')})`
    case 'list':
      return `[${all(node.items)}]`
    case 'comprehension':
      return `[${sexpr(node.body)} for ${all(node.binders)}${node.condition === undefined ? '' : ` if ${sexpr(node.condition)}`}]`
    case 'paren':
      return `{${sexpr(node.inner)}}`
    case 'binder':
      return `(${names(node)} in ${sexpr(node.set)})`
    case 'dotted':
      return sexpr(node.reference)
    case 'parent': {
      const through = node.through === undefined ? '' : node.through.any ? ' through any' : ` through [${all(node.through.places)}]`
      return `(${sexpr(node.reference)}${through})`
    }
    case 'file':
      return all(node.items)
    case 'misplaced':
      return `(misplaced ${sexpr(node.item)})`
    case 'model':
      return `(model ${sexpr(node.path)})`
    case 'data': {
      const as = node.as.map(({ input, value }) => ` ${sexpr(input)}=${sexpr(value)}`).join('')
      return `(data ${sexpr(node.path)}${as}${clause('filter', node.filter)}${clause('limit', node.limit)})`
    }
    case 'vocab':
      return `(vocab ${all([node.column, node.value])})`
    case 'metric':
      return `(${node.sense} ${all([node.name, node.value])})`
    case 'let':
      return `(let ${sexpr(node.name)}${brackets(node.indices)} ${sexpr(node.value)})`
    case 'graph':
      return `(graph ${all(node.items)})`
    case 'use':
      return `(use ${sexpr(node.name)})`
    case 'component':
      return `(${node.sort} ${sexpr(node.name)}${brackets(node.binders)} ${sexpr(node.place)})`
    case 'rewrite':
      return `(rewrite ${all([node.place, node.value])}${node.with.map(({ name, value }) => ` ${name.text}=${sexpr(value)}`).join('')})`
    case 'for':
      return `(for ${all(node.binders)} : ${all(node.items)})`
    case 'hypothesis':
      return `(hypothesis ${sexpr(node.name)}${node.extends.map((other) => ` < ${sexpr(other)}`).join('')} : ${all(node.items)})`
    case 'node':
    case 'refine': {
      const indices = node.kind === 'refine' ? node.indices : []
      const name = `${sexpr(node.name)}${brackets([...node.binders, ...indices])}`
      const from = node.from.length === 0 ? '' : ` from ${all(node.from)}`
      return `(${node.kind} ${name}${clause('=', node.feature)}${clause('at', node.place)}${from})`
    }
    case 'option':
      return `(option ${all([node.name, node.value])})`
    case 'expect':
      return `(expect ${sexpr(node.hypothesis)} ${node.op ?? '_'} ${sexpr(node.bound)})`
  }
}

function all(nodes: readonly (AnyNode | undefined)[]): string {
  return nodes.map(sexpr).join(' ')
}

function brackets(nodes: readonly AnyNode[]): string {
  return nodes.length === 0 ? '' : `[${all(nodes)}]`
}

function clause(word: string, node: Expr | Slice | Ident | Str | undefined): string {
  return node === undefined ? '' : ` ${word} ${sexpr(node)}`
}

function names(binder: Binder): string {
  return binder.names.map(({ text }) => text).join(',')
}
