/** Normalisations of the residual stream, as one operator or spelled out. */
import { floatAttribute, floatsOf } from '../onnx/infer/context.ts'
import type { Op } from '../onnx/types.ts'
import type { Reader } from './reader.ts'

export interface Norm {
  readonly input: string
  readonly output: string
  /** Whether the mean is taken off first. */
  readonly centred: boolean
  /** What is divided by: a tensor where the norm is spelled out, otherwise what is added to the variance. */
  readonly deviation: string | number
  /** Weights that it is multiplied by, and then those that are added. */
  readonly scales: readonly string[]
  readonly shifts: readonly string[]
}

const SINGLE = new Set(['LayerNormalization', 'RMSNormalization', 'SimplifiedLayerNormalization'])

/** All normalisations of a graph, by output. */
export function findNorms(reader: Reader): ReadonlyMap<string, Norm> {
  const norms = new Map<string, Norm>()
  for (const op of reader.graph.ops) {
    const norm = SINGLE.has(op.opType) ? single(op) : op.opType === 'Sqrt' ? spelledOut(reader, op) : undefined
    if (norm) norms.set(norm.output, norm)
  }
  return norms
}

function single(op: Op): Norm {
  const [input, scale = '', shift = ''] = op.inputs as [string, string?, string?]
  const given = (name: string): string[] => (name === '' ? [] : [name])
  return { input, output: op.outputs[0]!, centred: op.opType === 'LayerNormalization', deviation: floatAttribute(op, 'epsilon', 1e-5), scales: given(scale), shifts: given(shift) }
}

/** `x / sqrt(mean(x ** 2) + eps)`, perhaps with the mean taken off first, then perhaps a scale and a shift. */
function spelledOut(reader: Reader, sqrt: Op): Norm | undefined {
  const variance = withoutConstant(reader, sqrt.inputs[0]!, 'Add')
  const mean = reader.producer(withoutCasts(reader, variance))
  if (mean?.opType !== 'ReduceMean') return undefined
  const square = reader.producer(mean.inputs[0]!)
  const squared = square?.opType === 'Mul' && square.inputs[0] === square.inputs[1] ? square.inputs[0]
    : square?.opType === 'Pow' && floatsOf(reader.known(square.inputs[1]))?.[0] === 2 ? square.inputs[0] : undefined
  if (squared === undefined) return undefined
  const divided = division(reader, sqrt.outputs[0]!, squared)
  if (divided === undefined) return undefined
  const input = centred(reader, squared)
  return { input, centred: input !== withoutCasts(reader, squared), deviation: sqrt.outputs[0]!, ...scaled(reader, divided) }
}

/** `x / deviation`, or `x * (1 / deviation)`. */
function division(reader: Reader, deviation: string, squared: string): string | undefined {
  // In PyTorch 1.13 the mean is subtracted twice over: once for the variance, once for the quotient.
  const same = (name: string): boolean => name === squared || (centred(reader, name) !== name && centred(reader, name) === centred(reader, squared)) || withoutCasts(reader, name) === withoutCasts(reader, squared)
  for (const { op } of reader.readers(deviation)) {
    if (op.opType === 'Div' && op.inputs[1] === deviation && same(op.inputs[0]!)) return op.outputs[0]
    const inverse = op.opType === 'Reciprocal' || (op.opType === 'Div' && op.inputs[1] === deviation && reader.isFixed(op.inputs[0]!))
    if (!inverse) continue
    for (const { op: product } of reader.readers(op.outputs[0]!)) {
      const other = product.inputs.find((name) => name !== op.outputs[0])
      if (product.opType === 'Mul' && other !== undefined && same(other)) return product.outputs[0]
    }
  }
  return undefined
}

/** What the mean was taken off from; casts left out. */
function centred(reader: Reader, name: string): string {
  const op = reader.producer(name)
  const mean = op?.opType === 'Sub' ? reader.producer(op.inputs[1]!) : undefined
  return withoutCasts(reader, mean?.opType === 'ReduceMean' && mean.inputs[0] === op!.inputs[0] ? op!.inputs[0]! : name)
}

/** On through casts, a scale and a shift that are weights, as long as nothing else reads what lies between. */
function scaled(reader: Reader, from: string): Pick<Norm, 'output' | 'scales' | 'shifts'> {
  const order = ['Mul', 'Add']
  const weights: [string[], string[]] = [[], []]
  for (let name = from, done = 0; ; ) {
    const end = { output: name, scales: weights[0], shifts: weights[1] }
    const [reading, ...more] = reader.readers(name)
    if (!reading || more.length > 0) return end
    const { op } = reading
    const step = order.indexOf(op.opType)
    const weight = op.inputs.find((input) => input !== name)
    if (op.opType !== 'Cast') {
      if (step < done || weight === undefined || !reader.isFixed(weight) || reader.rank(weight) < 1) return end
      weights[step]!.push(weight)
      done = step + 1
    }
    name = op.outputs[0]!
  }
}

function withoutConstant(reader: Reader, name: string, opType: string): string {
  const op = reader.producer(name)
  if (op?.opType !== opType) return name
  return op.inputs.find((input) => !reader.isFixed(input)) ?? name
}

function withoutCasts(reader: Reader, name: string): string {
  for (let at = name; ; ) {
    const op = reader.producer(at)
    if (op?.opType !== 'Cast' && op?.opType !== 'Identity') return at
    at = op.inputs[0]!
  }
}
