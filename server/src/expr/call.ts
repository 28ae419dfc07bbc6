/** `f(x, axis=1)`: arguments matched to parameters. */
import type { Call, Expr } from '@scrub/grammar'
import { compile } from './compile.ts'
import type { Compiler } from './compiler.ts'
import { Arguments, type FunctionDef, type Given, type Parameter } from './functions/define.ts'
import { functionNamed, functionNames } from './functions/index.ts'
import { hint } from './names.ts'
import { evaluate, NotStatic } from './static.ts'
import type { Scope } from './types.ts'
import { Problem, type Val } from './value.ts'

export function call(c: Compiler, expr: Call, scope: Scope): Val | undefined {
  const name = expr.callee.text
  const definition = functionNamed(name)
  if (!definition) {
    const bound = scope.lookup(name)
    const advice = bound?.kind === 'family' ? `; \`${name}\` is a family, indexed with brackets: ${name}[…]`
      : bound ? `; \`${name}\` is a value, not a function`
      : hint(name, functionNames())
    throw new Problem('unknown-function', `there is no function \`${name}\`${advice}`, expr.callee.span)
  }
  const given = match(definition, expr)
  const compiled = new Map<string, Given>()
  let complete = true
  for (const [parameter, arg] of given) {
    const one = argument(c, parameter, arg, scope)
    if (one) compiled.set(parameter.name, one)
    else complete = false
  }
  if (!complete) return undefined
  const warn = (code: string, message: string) => c.report({ code, message }, expr.span, 'warning')
  return definition.compile(new Arguments(c.context, compiled, warn))
}

/** Arguments by parameter; throws a type-mismatch for those that are missing, unknown or given twice. */
function match(definition: FunctionDef, expr: Call): ReadonlyMap<Parameter, Expr> {
  const { parameters, signature } = definition
  const given = new Map<Parameter, Expr>()
  for (const [i, arg] of expr.args.entries()) {
    const parameter = parameters[i]
    if (!parameter) throw new Problem('type-mismatch', `too many arguments: ${signature}`, arg.span)
    given.set(parameter, arg)
  }
  for (const keyword of expr.keywords) {
    const parameter = parameters.find((p) => p.name === keyword.name.text)
    if (!parameter) throw new Problem('type-mismatch', `\`${definition.name}\` has no argument \`${keyword.name.text}\`: ${signature}`, keyword.name.span)
    if (given.has(parameter)) throw new Problem('type-mismatch', `\`${parameter.name}\` is given twice: ${signature}`, keyword.span)
    given.set(parameter, keyword.value)
  }
  const missing = parameters.filter((p) => p.fallback === undefined && !given.has(p))
  if (missing.length > 0) throw new Problem('type-mismatch', `${missing.map((p) => `\`${p.name}\``).join(' and ')} missing: ${signature}`, expr.span)
  return given
}

function argument(c: Compiler, parameter: Parameter, arg: Expr, scope: Scope): Given | undefined {
  if (parameter.kind === 'value') {
    const value = compile(c, arg, scope)
    return value && { span: arg.span, value }
  }
  if (parameter.kind === 'values') return list(c, arg, scope)
  try {
    return { span: arg.span, static: evaluate(arg, scope) }
  } catch (error) {
    if (!(error instanceof NotStatic)) throw error
    if (error.expr.kind === 'error') return undefined
    throw new Problem('type-mismatch', `\`${parameter.name}\` must be known without the data`, error.expr.span)
  }
}

/** A list or tuple of arrays, which need not have one shape; an array counts as the list of its rows. */
function list(c: Compiler, arg: Expr, scope: Scope): Given | undefined {
  if (arg.kind === 'paren') return list(c, arg.inner, scope)
  if (arg.kind !== 'list' && arg.kind !== 'tuple') {
    const value = compile(c, arg, scope)
    return value && { span: arg.span, value, values: [] }
  }
  const values = arg.items.map((item) => compile(c, item, scope))
  return values.includes(undefined) ? undefined : { span: arg.span, values: values as Val[] }
}
