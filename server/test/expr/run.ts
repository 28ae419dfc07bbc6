/** Compile `let` statements against columns in memory and run them in ONNX Runtime. */
import { parse, type Expr, type Finding, type LetItem } from '@scrub/grammar'
import { compileExpr, compileFamily } from '../../src/expr/compile.ts'
import type { Binding, Compiled, ExprContext, ExprDType, ExprValue, Scope, Static } from '../../src/expr/types.ts'
import { Dag, emit, plainHeader, typedArray, type Value } from '../../src/onnx/dag.ts'
import type { Tensor } from '../../src/onnx/types.ts'

process.env.ORT_DISABLE_TELEMETRY = '1'
const ort = (await import('onnxruntime-node')).default

export type Nested = number | string | boolean | readonly Nested[]

/** `values` holds one entry per datum; strings are text, booleans 0/1 or true/false. */
export interface TestColumn {
  readonly dtype: ExprDType
  readonly values: readonly Nested[]
  readonly vocab?: readonly string[]
}

export interface Options {
  /** Families of the text that count as node families, with their members. */
  readonly members?: Readonly<Record<string, readonly (readonly Static[])[]>>
  readonly load?: Readonly<Record<string, Tensor>>
  readonly weights?: Readonly<Record<string, Tensor>>
}

export interface Built {
  readonly dag: Dag
  readonly findings: readonly Finding[]
  /** The text at a finding's span. */
  readonly at: (finding: Finding) => string
  readonly used: readonly string[]
  readonly compiled: Compiled | undefined
  readonly family: { readonly members: readonly Compiled[]; readonly stacked?: ExprValue } | undefined
}

/** Compile the `let` named `result` (a family: with `compileFamily`). */
export function build(text: string, columns: Readonly<Record<string, TestColumn>> = {}, options: Options = {}): Built {
  const parsed = parse(text)
  const findings: Finding[] = [...parsed.findings]
  const used: string[] = []
  const dag = new Dag()
  const lets = new Map<string, LetItem>()
  for (const item of parsed.file.items) if (item.kind === 'let' && item.name) lets.set(item.name.text, item)
  const context: ExprContext = {
    dag,
    report: (finding) => findings.push(finding),
    load: (path) => options.load?.[path],
    weight: (name) => options.weights?.[name] && dag.constant(options.weights[name]),
  }
  const compiled = new Map<string, Compiled | undefined>()
  const column = (name: string): Binding | undefined => {
    const found = columns[name]
    if (!found) return undefined
    return { kind: 'value', get: () => ({ parts: [input(dag, name, found)] }) }
  }
  const family = (item: LetItem): Binding & { kind: 'family' } => {
    const name = item.name!.text
    const members = options.members?.[name]
    const params = item.indices.map((index) => index.text)
    return { kind: 'family', params, body: item.value as Expr, scope, ...(members ? { members, onUse: (m) => used.push(`${name}[${m.join()}]`) } : {}) }
  }
  const scope: Scope = {
    lookup(name) {
      const item = lets.get(name)
      if (!item) return column(name)
      if (item.indices.length > 0) return family(item)
      return {
        kind: 'value',
        get: () => {
          if (!compiled.has(name)) compiled.set(name, compileExpr(item.value!, scope, context))
          return compiled.get(name)
        },
      }
    },
    lookupIn: (_, name) => column(name),
    names: () => [...lets.keys(), ...Object.keys(columns)],
  }
  const result = lets.get('result')!
  return {
    dag,
    findings,
    used,
    at: (finding) => text.slice(finding.span.start, finding.span.end),
    compiled: result.indices.length > 0 ? undefined : compileExpr(result.value!, scope, context),
    family: result.indices.length > 0 ? compileFamily(family(result), context) : undefined,
  }
}

export interface Result {
  readonly dtype: ExprDType
  readonly shape: readonly number[]
  /** Per datum; a value without batch axis is repeated. */
  readonly rows: readonly Nested[]
}

/** Compile and run; throws on any error finding. */
export async function run(text: string, columns: Readonly<Record<string, TestColumn>> = {}, options: Options = {}): Promise<readonly Result[]> {
  const built = build(text, columns, options)
  const errors = built.findings.filter((f) => f.severity === 'error')
  if (errors.length > 0) throw new Error(errors.map((f) => `${f.code} at "${built.at(f)}": ${f.message}`).join('\n'))
  const parts = built.compiled?.parts ?? built.family!.members.flatMap((m) => m.parts)
  return execute(parts, columns)
}

/** The only part, per datum. */
export async function rows(text: string, columns: Readonly<Record<string, TestColumn>> = {}, options: Options = {}): Promise<readonly Nested[]> {
  const [part, ...more] = await run(text.includes('let result') ? text : `let result = ${text}`, columns, options)
  if (more.length > 0) throw new Error('several parts')
  return part!.rows
}

/** Operators that the values need. */
export function operators(parts: readonly ExprValue[]): number {
  return emit(outputs(parts), plainHeader).operators
}

const outputs = (parts: readonly ExprValue[]): ReadonlyMap<string, Value> => new Map(parts.map((part, i) => [`out${i}`, part.value]))

export async function execute(parts: readonly ExprValue[], columns: Readonly<Record<string, TestColumn>>): Promise<readonly Result[]> {
  const { bytes, inputs } = emit(outputs(parts), plainHeader)
  const session = await ort.InferenceSession.create(bytes, { logSeverityLevel: 3, intraOpNumThreads: 1, interOpNumThreads: 1 })
  const feeds: Record<string, InstanceType<typeof ort.Tensor>> = {}
  for (const { name } of inputs) {
    const column = columns[name.replace('data.', '')]!
    const shape = shapeOf(column.values)
    const dtype = column.dtype === 'string' ? 'int64' : column.dtype
    const numbers = flat(column.values).map((v) => (typeof v === 'string' ? dictionaryOf(column).indexOf(v) : Number(v)))
    feeds[name] = new ort.Tensor(dtype, typedArray(dtype, numbers) as never, [...shape])
  }
  const found = await session.run(feeds)
  await session.release()
  const n = Object.values(columns)[0]?.values.length ?? 1
  return parts.map((part, i) => {
    const tensor = found[`out${i}`]!
    const expected = part.batched ? [n, ...part.shape] : part.shape
    if (tensor.dims.join() !== expected.join()) throw new Error(`shape [${tensor.dims.join()}], not [${expected.join()}]`)
    const expectedType = part.dtype === 'string' ? 'int64' : part.dtype
    if (tensor.type !== expectedType) throw new Error(`type ${tensor.type}, not ${expectedType}`)
    const values = Array.from(tensor.data as ArrayLike<number | bigint>, Number).map((v): Nested => (part.dictionary ? part.dictionary[v]! : part.dtype === 'bool' ? v !== 0 : v))
    const nested = nest(values, tensor.dims)
    return { dtype: part.dtype, shape: part.shape, rows: part.batched ? (nested as readonly Nested[]) : new Array<Nested>(n).fill(nested) }
  })
}

function input(dag: Dag, name: string, column: TestColumn): ExprValue {
  const shape = shapeOf(column.values).slice(1)
  const value = dag.input(`data.${name}`, { dtype: column.dtype === 'string' ? 'int64' : column.dtype, shape: ['N', ...shape] })
  return {
    dtype: column.dtype, shape, batched: true, value,
    ...(column.dtype === 'string' ? { dictionary: dictionaryOf(column) } : {}),
    ...(column.vocab ? { vocab: column.vocab } : {}),
  }
}

const dictionaryOf = (column: TestColumn): readonly string[] => [...new Set(flat(column.values) as string[])]

export function shapeOf(nested: Nested): readonly number[] {
  return Array.isArray(nested) ? [nested.length, ...(nested.length > 0 ? shapeOf(nested[0] as Nested) : [])] : []
}

export function flat(nested: Nested): readonly (number | string | boolean)[] {
  return Array.isArray(nested) ? (nested as readonly Nested[]).flatMap(flat) : [nested as number]
}

export function nest(values: readonly Nested[], dims: readonly number[]): Nested {
  if (dims.length === 0) return values[0]!
  const [first, ...rest] = dims
  const step = rest.reduce((a, b) => a * b, 1)
  return Array.from({ length: first! }, (_, i) => nest(values.slice(i * step, (i + 1) * step), rest))
}
