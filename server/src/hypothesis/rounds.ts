/**
 * Inside a `for` block the bare name of something declared there, without indices of its own, is the one of this round:
 * `for l in [1, 2] { node p = … node q = … from p }` gives `q[1]` the parent `p[1]`. In expressions the index is written out.
 */
import type { Expr, Name, Slice } from '@scrub/grammar'

/** By name declared in a `for` block: the index names around it. */
export type Locals = ReadonlyMap<string, readonly string[]>

/** The expression with the index of this round after every bare name declared in the block. */
export function inRound(expr: Expr, locals: Locals): Expr {
  if (locals.size === 0) return expr
  const visit = (e: Expr): Expr => {
    switch (e.kind) {
      case 'name': return indexed(e, locals)
      case 'member': return e.object.kind === 'name' ? e : { ...e, object: visit(e.object) }
      case 'subscript': return { ...e, object: e.object.kind === 'name' ? e.object : visit(e.object), args: e.args.map(arg) }
      case 'call': return { ...e, args: e.args.map(visit), keywords: e.keywords.map((k) => ({ ...k, value: visit(k.value) })) }
      case 'unary': return { ...e, operand: visit(e.operand) }
      case 'binary': return { ...e, left: visit(e.left), right: visit(e.right) }
      case 'compare': return { ...e, first: visit(e.first), rest: e.rest.map((r) => ({ ...r, right: visit(r.right) })) }
      case 'if': return { ...e, condition: visit(e.condition), then: visit(e.then), otherwise: visit(e.otherwise) }
      case 'tuple': case 'list': return { ...e, items: e.items.map(visit) }
      case 'comprehension': {
        const bound = new Map([...locals].filter(([name]) => !e.binders.some((b) => b.names.some((n) => n.text === name))))
        return { ...e, body: inRound(e.body, bound), ...(e.condition ? { condition: inRound(e.condition, bound) } : {}) }
      }
      case 'paren': return { ...e, inner: visit(e.inner) }
      default: return e
    }
  }
  const maybe = (e: Expr | undefined) => e && visit(e)
  const arg = (a: Expr | Slice): Expr | Slice =>
    a.kind === 'slice' ? { ...a, lower: maybe(a.lower), upper: maybe(a.upper), step: maybe(a.step) } : visit(a)
  return visit(expr)
}

function indexed(name: Name, locals: Locals): Expr {
  const indices = locals.get(name.text)
  if (!indices) return name
  return { kind: 'subscript', object: name, args: indices.map((text) => ({ kind: 'name', text, span: name.span })), span: name.span }
}
