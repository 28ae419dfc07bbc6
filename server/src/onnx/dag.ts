/**
 * A graph of ONNX operators under construction: values are made once (equal operators on equal inputs are one value),
 * types are inferred as values are made, and any set of values can be written out as a model.
 */
import { inferOp } from './infer/index.ts'
import { withRenamedCaptures } from './captures.ts'
import { codeOf } from './dtype.ts'
import { encodeModel } from './encode.ts'
import { BATCH, type Attribute, type Attributes, type Dim, type DType, type Initializer, type Op, type Tensor, type TensorType, type TypedArray } from './types.ts'

export interface OpCall {
  readonly opType: string
  readonly domain: string
  readonly attributes: Attributes
  readonly inputs: readonly (Value | undefined)[]
  /** Outer values that subgraph attributes read, by the name they use. */
  readonly captures: ReadonlyMap<string, Value>
  readonly outputs: number
}

export type Definition =
  | { readonly kind: 'input'; readonly name: string }
  | { readonly kind: 'const'; readonly tensor: Tensor }
  /** A weight of the model, by reference. */
  | { readonly kind: 'weight'; readonly initializer: Initializer }
  | { readonly kind: 'op'; readonly call: OpCall; readonly index: number }

export interface Value {
  readonly id: number
  readonly type: TensorType
  readonly def: Definition
  /** The value itself where it is known and small: constants and shape arithmetic on them. */
  readonly known?: Tensor
  /** The elements of a small integer tensor that is computed from shapes, some of them symbolic lengths. */
  readonly lengths?: readonly Dim[]
}

/** Short forms for attributes: integers, floats, strings and lists of integers. */
export const attr = {
  int: (value: number): Attribute => ({ type: 'int', value: BigInt(value) }),
  float: (value: number): Attribute => ({ type: 'float', value }),
  string: (value: string): Attribute => ({ type: 'string', value }),
  ints: (value: readonly number[]): Attribute => ({ type: 'ints', value: value.map((v) => BigInt(v)) }),
}

export class Dag {
  private readonly made = new Map<string, Value[]>()
  private count = 0

  /** Values made so far. */
  get size(): number {
    return this.count
  }

  /** A graph input. The same name gives the same value; its type must agree. */
  input(name: string, type: TensorType): Value {
    return this.once(`input ${name}`, () => [{ id: this.count++, type, def: { kind: 'input', name } }])[0]!
  }

  constant(tensor: Tensor): Value {
    return this.once(`const ${tensorKey(tensor)}`, () => [
      { id: this.count++, type: { dtype: tensor.dtype, shape: tensor.dims }, def: { kind: 'const', tensor }, known: tensor },
    ])[0]!
  }

  /** Constant int64 vector, as shapes and axes are. */
  ints(values: readonly number[]): Value {
    return this.constant({ dtype: 'int64', dims: [values.length], data: BigInt64Array.from(values, (v) => BigInt(v)) })
  }

  scalar(value: number, dtype: 'float32' | 'float64' | 'int64' | 'int32' | 'bool'): Value {
    return this.constant({ dtype, dims: [], data: typedArray(dtype, [value]) })
  }

  weight(initializer: Initializer): Value {
    const known = initializer.source.kind === 'inline' ? initializer.source.tensor : undefined
    return this.once(`weight ${initializer.name}`, () => [
      {
        id: this.count++,
        type: { dtype: initializer.dtype, shape: initializer.dims },
        def: { kind: 'weight', initializer },
        ...(known && known.data.length <= 1024 ? { known } : {}),
      },
    ])[0]!
  }

  /** One output of an operator of the standard domain. */
  op(opType: string, inputs: readonly (Value | undefined)[], attributes: Attributes = {}): Value {
    return this.call({ opType, domain: '', attributes, inputs, captures: new Map(), outputs: 1 })[0]!
  }

  /** All outputs of an operator. */
  call(call: OpCall): readonly Value[] {
    const { opType, domain, attributes, inputs, outputs, captures } = call
    const key = `${domain}:${opType}(${inputs.map((v) => v?.id ?? '').join(',')})${outputs}${attributesKey(attributes)}${[...captures].map(([n, v]) => `${n}=${v.id}`).join()}`
    return this.once(key, () => {
      const inferred = inferOp(
        { opType, domain, attributes },
        inputs.map((v) => v && { type: v.type, value: v.known ?? v.lengths }),
        outputs,
      )
      return Array.from({ length: outputs }, (_, index) => {
        const known = inferred[index]?.value
        return {
          id: this.count++,
          type: inferred[index]?.type ?? { dtype: 'unknown' as DType, shape: undefined },
          def: { kind: 'op' as const, call, index },
          ...(isTensor(known) ? { known } : known ? { lengths: known } : {}),
        }
      })
    })
  }

  private once(key: string, make: () => Value[]): readonly Value[] {
    let values = this.made.get(key)
    if (!values) this.made.set(key, (values = make()))
    return values
  }
}

function isTensor(value: Tensor | readonly Dim[] | undefined): value is Tensor {
  return value !== undefined && 'dims' in value
}

export interface ModelHeader {
  readonly opset: number
  readonly domains: ReadonlyMap<string, number>
  readonly irVersion: number
  readonly functions?: readonly Uint8Array[]
}

/** Header for graphs that hold none of a user's model. */
export const plainHeader: ModelHeader = { opset: 18, domains: new Map(), irVersion: 8 }

export interface Emitted {
  /** The encoded model. */
  readonly bytes: Uint8Array
  /** Names and types of the inputs that the outputs really depend on. */
  readonly inputs: readonly { readonly name: string; readonly type: TensorType }[]
  readonly operators: number
}

/**
 * Write the operators that `outputs` need as an ONNX model. Two names may stand for one value.
 * Weights in files are referred to as external data relative to `folder`. `stored` names the dtype in which an input is
 * fed where that is not the one the graph computes with (codes held as int32): a Cast follows. `rows` names the batch
 * axis of an input or output: ONNX Runtime lets values share memory whose lengths have the same name, so it must be the same length.
 * `fixed` gives inputs that are written into the model and asked for no more.
 */
export function emit(
  outputs: ReadonlyMap<string, Value>, header: ModelHeader, folder?: string, stored: (input: string) => DType | undefined = () => undefined,
  rows: (input: string) => string = () => BATCH, fixed: (input: string) => Tensor | undefined = () => undefined,
): Emitted {
  const names = new Map<number, string>()
  const inputs: { name: string; type: TensorType }[] = []
  const initializers: Initializer[] = []
  const ops: Op[] = []
  const callNames = new Map<OpCall, string[]>()
  const visit = (root: Value): string => {
    // Iterative: graphs may be tens of thousands of operators deep.
    const stack: Value[] = [root]
    while (stack.length > 0) {
      const value = stack[stack.length - 1]!
      if (names.has(value.id)) {
        stack.pop()
        continue
      }
      const def = value.def
      const tensor = def.kind === 'input' ? fixed(def.name) : undefined
      if (def.kind === 'input' && tensor) {
        names.set(value.id, def.name)
        initializers.push({ name: def.name, dtype: tensor.dtype, dims: tensor.dims, source: { kind: 'inline', tensor } })
      } else if (def.kind === 'input') {
        const fed = stored(def.name)
        const shape = value.type.shape?.map((dim) => (dim === BATCH ? rows(def.name) : dim))
        if (fed && fed !== value.type.dtype) {
          inputs.push({ name: def.name, type: { dtype: fed, shape } })
          names.set(value.id, `v${value.id}`)
          ops.push({ name: '', opType: 'Cast', domain: '', attributes: { to: attr.int(codeOf(value.type.dtype)) }, inputs: [def.name], outputs: [`v${value.id}`], captures: [] })
        } else {
          inputs.push({ name: def.name, type: { dtype: value.type.dtype, shape } })
          names.set(value.id, def.name)
        }
      } else if (def.kind === 'const') {
        const name = `c${value.id}`
        names.set(value.id, name)
        initializers.push({ name, dtype: def.tensor.dtype, dims: def.tensor.dims, source: { kind: 'inline', tensor: def.tensor } })
      } else if (def.kind === 'weight') {
        const name = `w:${def.initializer.name}`
        names.set(value.id, name)
        initializers.push({ ...def.initializer, name })
      } else {
        const { call, index } = def
        const pending = [...call.inputs, ...call.captures.values()].filter((v) => v && !names.has(v.id)) as Value[]
        if (pending.length > 0) {
          stack.push(...pending.reverse())
          continue
        }
        let own = callNames.get(call)
        if (!own) {
          own = Array.from({ length: call.outputs }, (_, i) => `v${value.id - index + i}`)
          callNames.set(call, own)
          const op: Op = {
            name: `${call.opType}_${value.id}`,
            opType: call.opType,
            domain: call.domain,
            attributes: call.attributes,
            inputs: call.inputs.map((v) => (v ? names.get(v.id)! : '')),
            outputs: own,
            captures: [...call.captures.keys()],
          }
          // Subgraphs read outer values by name, and every copy of the operator reads its own.
          ops.push(withRenamedCaptures(op, new Map([...call.captures].map(([name, v]) => [name, names.get(v.id)!]))))
        }
        names.set(value.id, own[index]!)
      }
      stack.pop()
    }
    return names.get(root.id)!
  }
  const named: { name: string; type: TensorType }[] = []
  const operators = () => ops.length
  for (const [name, value] of outputs) {
    const inner = visit(value)
    ops.push({ name: '', opType: 'Identity', domain: '', attributes: {}, inputs: [inner], outputs: [name], captures: [] })
    named.push({ name, type: { dtype: value.type.dtype, shape: value.type.shape?.map((dim) => (dim === BATCH ? rows(name) : dim)) } })
  }
  const bytes = encodeModel(
    { opset: header.opset, domains: header.domains, irVersion: header.irVersion, inputs, outputs: named, ops, initializers, functions: header.functions ?? [] },
    folder === undefined ? {} : { folder },
  )
  return { bytes, inputs, operators: operators() - outputs.size }
}

/** Equal for equal attributes. */
export function attributesKey(attributes: Attributes): string {
  let key = ''
  for (const name of Object.keys(attributes).sort()) {
    const a = attributes[name]!
    key += `;${name}=${a.type}:`
    if (a.type === 'tensor') key += tensorKey(a.value)
    else if (a.type === 'raw') key += Buffer.from(a.value).toString('base64')
    else key += Array.isArray(a.value) ? a.value.join() : String(a.value)
  }
  return key
}

let tensors = 0
const tensorIds = new WeakMap<object, number>()

/** Small tensors are compared by value, large ones by identity. */
function tensorKey(tensor: Tensor): string {
  if (tensor.data.length <= 256) {
    const items = Array.from(tensor.data as ArrayLike<unknown>, (v) => (Object.is(v, -0) ? '-0' : String(v)))
    return `${tensor.dtype}[${tensor.dims.join()}]${tensor.dtype === 'string' ? JSON.stringify(items) : items.join()}`
  }
  let id = tensorIds.get(tensor.data)
  if (id === undefined) tensorIds.set(tensor.data, (id = tensors++))
  return `${tensor.dtype}[${tensor.dims.join()}]#${id}`
}

/** A typed array of a dtype from numbers. */
export function typedArray(dtype: DType, values: readonly number[]): TypedArray {
  switch (dtype) {
    case 'float32': return Float32Array.from(values)
    case 'float64': return Float64Array.from(values)
    case 'int64': return BigInt64Array.from(values, (v) => BigInt(v))
    case 'int32': return Int32Array.from(values)
    case 'bool': case 'uint8': return Uint8Array.from(values)
    default: throw new Error(`no literal of dtype ${dtype}`)
  }
}
