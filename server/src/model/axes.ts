/** Names for the axes of the model's inputs: the batch axis first, lengths known from the data, symbols for the rest. */
import { BATCH, type Dim, type TensorType } from '../onnx/types.ts'
import type { NamedType } from './decode.ts'
import { ModelError, type RowShapes } from './graph.ts'
import { symbolName } from '../onnx/infer/dims.ts'

export interface InputAxes {
  readonly types: ReadonlyMap<string, TensorType>
  /** What a symbol of the file is called here, or the length it has. */
  readonly symbols: ReadonlyMap<string, Dim>
  /** The length the batch axis was exported with; undefined when it was free. */
  readonly fixed: number | undefined
}

/** Throws a ModelError for inputs that cannot hold one row for each datum. */
export function inputAxes(inputs: readonly NamedType[], rowShapes: RowShapes | undefined, model: string): InputAxes {
  for (const input of inputs) demandBatchAxis(input, model)
  const leading = leadingSymbols(inputs, model)
  const fixed = fixedLength(inputs, model)
  const symbols = nameSymbols(inputs, leading, rowShapes)
  const types = new Map(inputs.map((input) => [input.name, typed(input, symbols, rowShapes?.get(input.name))]))
  return { types, symbols, fixed }
}

function demandBatchAxis({ name, type, isTensor }: NamedType, model: string): void {
  if (!isTensor) throw new ModelError('model-unreadable', `The input \`${name}\` of ${model} is a sequence or a map; only tensors can be fed. Export the model with tensor inputs.`)
  if (type.shape?.length === 0) {
    throw new ModelError('model-unreadable', `The input \`${name}\` of ${model} is a single number without a batch axis, so it cannot differ between data. Export the model with its value built in.`)
  }
}

/** Symbols of first axes; a symbol that is also another axis (the sequence length) is no batch axis. */
function leadingSymbols(inputs: readonly NamedType[], model: string): ReadonlySet<string> {
  const later = new Set(inputs.flatMap(({ type }) => type.shape?.slice(1).filter((dim) => typeof dim === 'string') ?? []))
  const leading = new Set<string>()
  for (const { name, type } of inputs) {
    const [first] = type.shape ?? []
    if (typeof first !== 'string' || first.startsWith('?')) continue
    const elsewhere = type.shape?.findIndex((dim, axis) => axis > 0 && typeof dim === 'string' && /batch/i.test(dim)) ?? -1
    if (later.has(first) || (elsewhere > 0 && !/batch/i.test(first))) {
      throw new ModelError('model-unreadable', `The input \`${name}\` of ${model} has the shape [${type.shape?.join(', ')}]: its first axis must be the batch axis. Export the model with the batch axis first in every input.`)
    }
    leading.add(first)
  }
  return leading
}

function fixedLength(inputs: readonly NamedType[], model: string): number | undefined {
  let fixed: { name: string; length: number } | undefined
  for (const { name, type } of inputs) {
    const length = type.shape?.[0]
    if (typeof length !== 'number') continue
    if (fixed !== undefined && fixed.length !== length) {
      throw new ModelError('fixed-batch', `The inputs \`${fixed.name}\` and \`${name}\` of ${model} have different first axes (${fixed.length} and ${length}), so neither is a batch axis. ${exportHint(inputs)}`)
    }
    fixed = { name, length }
  }
  return fixed?.length
}

function nameSymbols(inputs: readonly NamedType[], leading: ReadonlySet<string>, rowShapes: RowShapes | undefined): Map<string, Dim> {
  const symbols = new Map<string, Dim>()
  const taken = new Set<string>([BATCH])
  for (const symbol of leading) symbols.set(symbol, BATCH)
  for (const { name, type } of inputs) {
    for (const [axis, dim] of (type.shape ?? []).entries()) {
      if (axis === 0 || typeof dim === 'number') continue
      const key = dim.startsWith('?') ? `${name} ${axis}` : dim
      const given = rowShapes?.get(name)?.[axis - 1]
      if (typeof given === 'number' && typeof symbols.get(key) !== 'number') symbols.set(key, given)
      if (symbols.has(key)) continue
      let fresh = symbolName(key)
      while (taken.has(fresh)) fresh += '_'
      taken.add(fresh)
      symbols.set(key, fresh)
    }
  }
  return symbols
}

function typed({ name, type }: NamedType, symbols: ReadonlyMap<string, Dim>, row: readonly Dim[] | undefined): TensorType {
  const { dtype, shape } = type
  if (shape === undefined) return { dtype, shape: row && [BATCH, ...row] }
  return {
    dtype,
    shape: shape.map((dim, axis) => {
      if (axis === 0) return BATCH
      if (typeof dim === 'number') return dim
      const given = row?.length === shape.length - 1 ? row[axis - 1] : undefined
      return typeof given === 'number' ? given : symbols.get(dim.startsWith('?') ? `${name} ${axis}` : dim) ?? dim
    }),
  }
}

/** A declared type in the symbols used here; symbols of its own become unknown lengths. */
export function renamed(type: TensorType, symbols: ReadonlyMap<string, Dim>): TensorType {
  const { dtype, shape } = type
  return { dtype, shape: shape?.map((dim) => (typeof dim === 'number' ? dim : symbols.get(dim) ?? `?${symbolName(dim)}`)) }
}

/** What to change in the export so that the batch axis is free. */
export function exportHint(inputs: readonly { readonly name: string }[]): string {
  const axes = inputs.map(({ name }) => `'${name}': {0: 'batch'}`).join(', ')
  return `Export it with torch.onnx.export(…, dynamic_axes={${axes}}) (with dynamo=True: dynamic_shapes instead).`
}
