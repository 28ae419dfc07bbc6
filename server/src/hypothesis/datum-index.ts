/** Indices that are expressions of the datum: `at a9.h6[end_pos]`. */
import type { Expr } from '@scrub/grammar'
import { createHash } from 'node:crypto'
import { compileExpr } from '../expr/compile.ts'
import type { Compiled, ExprContext, ExprValue } from '../expr/types.ts'
import { Dag, type Value } from '../onnx/dag.ts'
import type { DatumIndex } from './bound.ts'
import { ValueWriter } from './canonical.ts'
import { asColumn, columnOf } from './column-value.ts'
import { type Env, indexScope } from './env.ts'
import { Findings } from './findings.ts'
import { columnScope, letScope } from './scopes.ts'
import { contextOf, type World } from './world.ts'

/** Undefined for an expression that is the same for every datum, or broken: that is told by whoever evaluates it so. A sentence for one that is no integer. */
export function datumIndex(world: World, expr: Expr, env: Env): Omit<DatumIndex, 'length'> | string | undefined {
  const columns = new Set<string>()
  const compile = (dag: Dag, values: ReadonlyMap<string, Value> | undefined): Compiled | undefined => {
    const context: ExprContext = { ...contextOf(world, dag, new Findings()), report: () => {} }
    const read = (name: string): ExprValue => {
      columns.add(name)
      const schema = world.columns.get(name)!
      return asColumn(world, dag, schema, values?.get(name) ?? columnOf(dag, schema))
    }
    return compileExpr(expr, indexScope(env, letScope(world.lets, columnScope(world, context, read), context, world.usedLets)), context)
  }
  const compiled = compile(new Dag(), undefined)
  const [part] = compiled?.parts ?? []
  if (!part || !compiled!.parts.some(({ batched }) => batched)) return undefined
  const text = world.text.slice(expr.span.start, expr.span.end)
  if (compiled!.parts.length !== 1 || part.dtype !== 'int64' || part.shape.length > 0) {
    return `\`${text}\` is ${compiled!.parts.length === 1 ? `${part.dtype}${part.shape.length > 0 ? `[${part.shape.join(', ')}]` : ''}` : 'a tuple'} per datum, and an index is one integer`
  }
  const writer = new ValueWriter()
  const number = writer.write(part.value)
  return {
    kind: 'datum', text, columns: [...columns],
    key: createHash('sha256').update(`${writer.lines.join('\n')}\n${number}`).digest('hex').slice(0, 16),
    compile: (dag, values) => compile(dag, values)!.parts[0]!.value,
  }
}
