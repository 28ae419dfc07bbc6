/** What a name stands for: index variable, column, output, let, node, family. */
import type { Expr, Span } from '@scrub/grammar'
import type { Compiler } from './compiler.ts'
import { constant, stringConstant } from './constant.ts'
import { bare } from './family.ts'
import { Frame } from './frame.ts'
import { functionNamed } from './functions/index.ts'
import { hint } from './names.ts'
import { stackAll } from './combine.ts'
import type { Binding, Scope, Static } from './types.ts'
import { fromExprValue, Problem, type Val } from './value.ts'

/** The parts of a bare name. */
export function name(c: Compiler, text: string, span: Span, scope: Scope): readonly Val[] | undefined {
  const local = Frame.value(scope, text)
  return local ? [local] : bound(c, scope.lookup(text), text, span, scope)
}

/** `data.x`, `model["x"]`. */
export function inSpace(c: Compiler, space: 'data' | 'model', text: string, span: Span, scope: Scope): readonly Val[] | undefined {
  const binding = scope.lookupIn(space, text)
  if (!binding) throw new Problem('unknown-column', `there is no ${space === 'data' ? 'column' : 'model output'} \`${text}\`${hint(text, scope.names())}`, span)
  return bound(c, binding, text, span, scope)
}

/** `a.b.c` as one text, for names with dots; undefined for anything else. */
export function dotted(expr: Expr): string | undefined {
  const words: string[] = []
  let at = expr
  for (; at.kind === 'member'; at = at.object) words.unshift(at.name.text)
  return at.kind === 'name' ? [at.text, ...words].join('.') : undefined
}

/** What a name or dotted name is bound to, if anything. */
export function bindingOf(expr: Expr, scope: Scope): { readonly text: string; readonly binding: Binding | undefined } | undefined {
  const text = dotted(expr)
  if (text === undefined || Frame.value(scope, text)) return undefined
  const space = spaceOf(expr)
  return { text, binding: space ? scope.lookupIn(space.space, space.name) : scope.lookup(text) }
}

/** `data.x` or `model.x`. */
export function spaceOf(expr: Expr): { readonly space: 'data' | 'model'; readonly name: string } | undefined {
  if (expr.kind !== 'member' || expr.object.kind !== 'name') return undefined
  const space = expr.object.text
  return space === 'data' || space === 'model' ? { space, name: expr.name.text } : undefined
}

/** A value known without data. */
export function fromStatic(c: Compiler, value: Static): Val {
  if (typeof value === 'number') return constant(c.dag, Number.isSafeInteger(value) ? 'int64' : 'float64', [], [value], { weak: true })
  if (typeof value === 'boolean') return constant(c.dag, 'bool', [], [Number(value)])
  if (typeof value === 'string') return stringConstant(c.dag, value)
  return stackAll(c.dag, value.map((item) => fromStatic(c, item)))
}

function bound(c: Compiler, binding: Binding | undefined, text: string, span: Span, scope: Scope): readonly Val[] | undefined {
  switch (binding?.kind) {
    case 'value': return binding.get()?.parts.map(fromExprValue)
    case 'index': return [fromStatic(c, binding.value)]
    case 'family': return bare(c, binding, text, span)
    case 'forbidden': throw new Problem(binding.code, binding.message, span)
    case undefined: {
      if (functionNamed(text)) throw new Problem('unknown-column', `\`${text}\` is a function; call it, as in ${functionNamed(text)!.example}`, span)
      throw new Problem('unknown-column', `\`${text}\` is no column, let or node here${hint(text, scope.names())}`, span)
    }
  }
}
