/** `metric` and `score`: one number per datum from outputs and columns. */
import type { Call, MetricItem } from '@scrub/grammar'
import { compileExpr } from '../expr/compile.ts'
import { hint } from '../expr/names.ts'
import type { Binding, Compiled, ExprContext, ExprDType, ExprValue, Scope } from '../expr/types.ts'
import { Dag, type Value } from '../onnx/dag.ts'
import { BATCH, type DType, type TensorType } from '../onnx/types.ts'
import type { BoundMetric } from './bound.ts'
import { asColumn, cast, columnOf } from './column-value.ts'
import { Findings } from './findings.ts'
import { plainColumn } from './reference.ts'
import { forbidden, letScope, valueOf } from './scopes.ts'
import { bare } from './walk-expr.ts'
import { contextOf, fileName, lengthOf, type World } from './world.ts'

/** Names under which a metric's tensors enter a dag made for checking it. */
export const scrubbedInput = (output: string): string => `scrubbed.${output}`
export const unscrubbedInput = (output: string): string => `model.${output}`

interface Reads {
  readonly outputs: Set<string>
  readonly unscrubbed: Set<string>
  readonly columns: Set<string>
}

const noReads = (): Reads => ({ outputs: new Set(), unscrubbed: new Set(), columns: new Set() })

type Values = Parameters<BoundMetric['compile']>[1]

/** Bind one metric; undefined after reporting. */
export function bindMetric(world: World, item: MetricItem, findings: Findings): BoundMetric | undefined {
  const { name, value } = item
  if (!name || !value) return undefined
  const reads: Reads = noReads()
  const dag = new Dag()
  const context = contextOf(world, dag, findings)
  const errors = findings.errors
  const compiled = compileExpr(value, metricScope(world, context, reads), context)
  if (!compiled) return undefined
  const problem = shapeProblem(compiled)
  if (problem) {
    findings.error('metric-shape', value.span, `A ${item.sense} is one number per datum, but \`${name.text}\` ${problem}.`)
    return undefined
  }
  if (findings.errors > errors) return undefined
  const call = bare(value)
  const crossEntropy = call.kind === 'call' ? crossEntropyOf(world, call) : undefined
  return {
    name: name.text,
    sense: item.sense,
    outputs: [...reads.outputs],
    unscrubbed: [...reads.unscrubbed],
    columns: [...reads.columns],
    compile: (target, values) => {
      const quiet = contextOf(world, target, new Findings())
      return oneNumber(target, compileExpr(value, metricScope(world, quiet, noReads(), values), quiet)!.parts[0]!)
    },
    ...(crossEntropy ? { crossEntropy } : {}),
    span: item.span,
  }
}

/** What is wrong with the shape, as the rest of a sentence. */
function shapeProblem({ parts }: Compiled): string | undefined {
  if (parts.length !== 1) return `is a tuple of ${parts.length}; choose one of them, or add them up`
  const { dtype, shape, batched } = parts[0]!
  if (dtype === 'string') return 'is a string; compare it with `==` or map it to a number'
  if (shape.length > 0 && !(shape.length === 1 && shape[0] === 1)) return `has the shape [${shape.join(', ')}] per datum; index it, or take \`mean(…)\` or \`sum(…)\` of it`
  if (!batched) return 'is the same constant for every datum; read an output of the model'
  return undefined
}

function oneNumber(dag: Dag, { value, shape }: ExprValue): Value {
  const number = cast(dag, value, 'float64')!
  return shape.length === 0 ? number : dag.op('Squeeze', [number, dag.ints([1])])
}

/** Bare output names are the scrubbed outputs, `model.x` the unscrubbed ones, everything else columns and lets. */
export function metricScope(world: World, context: ExprContext, reads: Reads = noReads(), values?: Values): Scope {
  const { graph, columns } = world
  const column = (name: string): Binding | undefined => {
    const schema = columns.get(name)
    return schema && valueOf(() => {
      reads.columns.add(name)
      return asColumn(world, context.dag, schema, values?.columns.get(name) ?? columnOf(context.dag, schema))
    })
  }
  const near = (name: string) => hint(name, graph.outputs) || `; they are ${graph.outputs.map((o) => `\`${o}\``).join(', ')}`
  const tensor = (name: string, which: 'outputs' | 'unscrubbed'): Binding | undefined => {
    const info = graph.tensors.get(name)
    if (!info) return undefined
    if (!graph.outputs.includes(name)) {
      return forbidden('unknown-place', `\`${name}\` is a tensor inside ${fileName(graph.path)}, and a metric reads only its outputs${near(name)}.`)
    }
    const known = knownType(world, info.type)
    if (typeof known === 'string') return forbidden('shape-mismatch', `The output \`${name}\` cannot be read: ${known}.`)
    return valueOf(() => {
      reads[which].add(name)
      const input = which === 'outputs' ? scrubbedInput(name) : unscrubbedInput(name)
      const value = values?.[which].get(name) ?? context.dag.input(input, { dtype: info.type.dtype, shape: [BATCH, ...known.shape] })
      return { dtype: known.dtype, shape: known.shape, batched: true, value: cast(context.dag, value, known.dtype)! }
    })
  }
  const outer: Scope = {
    lookup: (name) => {
      if (columns.has(name) && graph.outputs.includes(name)) {
        return forbidden('ambiguous-name', `\`${name}\` is a column and an output of the model; write \`data.${name}\` for the column, or rename the column: \`model.${name}\` is the unscrubbed output.`)
      }
      return column(name) ?? tensor(name, 'outputs')
    },
    lookupIn: (space, name) => space === 'data' ? column(name)
      : tensor(name, 'unscrubbed') ?? forbidden('unknown-place', `\`${name}\` is no output of ${fileName(graph.path)}${near(name)}.`),
    names: () => [...columns.keys(), ...graph.outputs],
  }
  return letScope(world.lets, outer, context, world.usedLets)
}

/** Type of a tensor inside expressions, or why it has none. */
export function knownType(world: Pick<World, 'lengths'>, type: TensorType): { dtype: Exclude<ExprDType, 'string'>; shape: number[] } | string {
  const dtype = exprDType(type.dtype)
  if (!dtype) return `its values are ${type.dtype}`
  if (!type.shape) return 'its shape is not known'
  if (type.shape[0] !== BATCH) return `its shape is [${type.shape.join(', ')}], and the first axis must be the batch`
  const shape: number[] = []
  for (const [axis, dim] of type.shape.slice(1).entries()) {
    const length = lengthOf(dim, world.lengths)
    if (length === undefined) return `the length of its axis ${axis} (\`${dim}\`) is not known`
    shape.push(length)
  }
  return { dtype, shape }
}

function exprDType(dtype: DType): Exclude<ExprDType, 'string'> | undefined {
  switch (dtype) {
    case 'bool': case 'int64': case 'float32': case 'float64': return dtype
    case 'float16': case 'bfloat16': return 'float32'
    case 'int8': case 'int16': case 'int32': case 'uint8': case 'uint16': case 'uint32': return 'int64'
    default: return undefined
  }
}

/** A bare cross-entropy of something computed from outputs alone against a label column. */
function crossEntropyOf(world: World, call: Call): BoundMetric['crossEntropy'] {
  const kind = call.callee.text === 'binary_cross_entropy' ? 'binary' : call.callee.text === 'cross_entropy' ? 'categorical' : undefined
  const [predicted, label] = call.args
  if (!kind || !predicted || !label || call.args.length !== 2 || call.keywords.length > 0) return undefined
  const context = contextOf(world, new Dag(), new Findings())
  const reads: Reads = noReads()
  compileExpr(predicted, metricScope(world, context, reads), context)
  const column = plainColumn(label, world.lets)
  if (column === undefined || !world.columns.has(column)) return undefined
  return reads.columns.size === 0 && reads.unscrubbed.size === 0 && reads.outputs.size > 0 ? { kind, column } : undefined
}
