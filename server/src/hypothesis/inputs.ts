/** Fits the columns to the model inputs, by name or as the `data` statement says. */
import type { DataItem, Expr, Span } from '@scrub/grammar'
import { compileExpr } from '../expr/compile.ts'
import { hint } from '../expr/names.ts'
import type { ExprContext, ExprValue } from '../expr/types.ts'
import { Dag, type Value } from '../onnx/dag.ts'
import { BATCH, type Dim, type DType } from '../onnx/types.ts'
import { asColumn, cast, columnOf } from './column-value.ts'
import type { InputBinding } from './bound.ts'
import { Findings } from './findings.ts'
import { plainColumn } from './reference.ts'
import { columnScope, letScope } from './scopes.ts'
import { contextOf, fileName, type World } from './world.ts'

/** One binding per model input that fits; the others are reported. Learns the lengths of symbolic axes on the way. */
export function bindInputs(world: World, item: DataItem | undefined, findings: Findings): InputBinding[] {
  const given = new Map<string, { value: Expr; span: Span }>()
  for (const clause of item?.as ?? []) {
    const name = clause.input.kind === 'ident' ? clause.input.text : clause.input.value
    if (!world.graph.inputs.includes(name)) {
      findings.error('data-mismatch', clause.input.span, `\`${name}\` is no input of ${fileName(world.graph.path)}${hint(name, world.graph.inputs) || `; it has ${world.graph.inputs.map((i) => `\`${i}\``).join(', ')}`}.`)
    } else if (given.has(name)) {
      findings.error('duplicate-name', clause.input.span, `The model input \`${name}\` is given twice; remove one of the two.`)
    } else given.set(name, clause)
  }
  return world.graph.inputs.flatMap((input) => {
    const clause = given.get(input)
    const bound = clause ? byClause(world, input, clause.value, findings) : byName(world, input, item?.path?.span ?? item?.span ?? { start: 0, end: 0 }, findings)
    return bound ? [bound] : []
  })
}

function byName(world: World, input: string, span: Span, findings: Findings): InputBinding | undefined {
  if (world.columns.has(input)) return plainBinding(world, input, input, span, findings)
  findings.error('data-mismatch', span, `${fileName(world.given.dataset.path)} has no column for the model input \`${input}\`${hint(input, world.columns.keys())}; write \`as { ${input} = COLUMN }\`.`)
  return undefined
}

function byClause(world: World, input: string, value: Expr, findings: Findings): InputBinding | undefined {
  const column = plainColumn(value, world.lets)
  if (column !== undefined && world.columns.has(column)) return plainBinding(world, input, column, value.span, findings)
  const columns = new Set<string>()
  const compile = (dag: Dag, values: ReadonlyMap<string, Value> | undefined, report: ExprContext['report']): ExprValue | undefined => {
    const context = { ...contextOf(world, dag, new Findings()), report }
    const read = (name: string): ExprValue | undefined => {
      columns.add(name)
      const schema = world.columns.get(name)!
      return asColumn(world, dag, schema, values?.get(name) ?? columnOf(dag, schema))
    }
    const compiled = compileExpr(value, letScope(world.lets, columnScope(world, context, read), context, world.usedLets), context)
    return compiled?.parts.length === 1 ? compiled.parts[0] : undefined
  }
  const trial = compile(new Dag(), undefined, findings.add)
  if (!trial) return undefined
  if (!trial.batched) {
    findings.error('data-mismatch', value.span, `The model input \`${input}\` would be the same for every datum; give it a column, or an expression over columns such as \`ones_like(COLUMN)\`.`)
    return undefined
  }
  const type = fit(world, input, trial, 'This expression', value.span, findings)
  return type && {
    input,
    columns: [...columns],
    plain: false,
    compile: (dag, values) => {
      const made = compile(dag, values, () => {})!
      return cast(dag, made.value, type) ?? made.value
    },
  }
}

function plainBinding(world: World, input: string, name: string, span: Span, findings: Findings): InputBinding | undefined {
  const column = world.columns.get(name)!
  const type = fit(world, input, column, `The column \`${name}\``, span, findings)
  return type && {
    input,
    columns: [name],
    plain: true,
    compile: (dag, values) => cast(dag, values.get(name) ?? columnOf(dag, column), type)!,
  }
}

/** The dtype to cast to, or undefined after reporting that the value does not fit the input. */
function fit(world: World, input: string, value: { readonly dtype: string; readonly shape: readonly number[] }, what: string, span: Span, findings: Findings): DType | undefined {
  const type = world.graph.tensors.get(input)?.type
  if (!type) return undefined
  if (!acceptable(value.dtype, type.dtype)) {
    const why = value.dtype === 'string' ? 'models read numbers: give it token ids or another numeric column' : `convert it with \`as { ${input} = … }\``
    findings.error('data-mismatch', span, `${what} is ${value.dtype}, but the model input \`${input}\` is ${type.dtype}; ${why}.`)
    return undefined
  }
  const dims = type.shape?.slice(1)
  if (dims && !fits(world, dims, value.shape)) {
    findings.error('data-mismatch', span, `${what} is ${shapeText(value.shape)} per datum, but the model input \`${input}\` is ${shapeText(dims.map((d) => world.lengths.get(String(d)) ?? d))}; reshape it with \`as { ${input} = … }\`.`)
    return undefined
  }
  return type.dtype
}

const shapeText = (shape: readonly Dim[]): string => (shape.length === 0 ? 'one number' : `[${shape.join(', ')}]`)

/** Integers fit floats, booleans fit any number; nothing else changes its kind. */
export function acceptable(from: string, to: DType): boolean {
  if (/^(b?float)/.test(to)) return from !== 'string'
  if (/^u?int/.test(to)) return from === 'int64' || from === 'bool'
  return from === to && to === 'bool'
}

function fits(world: World, dims: readonly Dim[], shape: readonly number[]): boolean {
  if (dims.length !== shape.length) return false
  const learnt = new Map<string, number>()
  const ok = dims.every((dim, axis) => {
    const length = shape[axis]!
    if (typeof dim === 'number') return dim === length
    if (dim === BATCH) return true
    const known = learnt.get(dim) ?? world.lengths.get(dim)
    learnt.set(dim, length)
    return known === undefined || known === length
  })
  if (ok) for (const [dim, length] of learnt) world.lengths.set(dim, length)
  return ok
}
