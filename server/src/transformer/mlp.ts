/** Points inside an MLP: what its activation is given and gives; of a gated one the gate, what it gates, and their product. */
import type { Op } from '../onnx/types.ts'
import type { Parts } from './parts.ts'
import type { Reader } from './reader.ts'
import type { Norm } from './norms.ts'
import type { Leaf } from './stream.ts'

/** Operators that work on each element by itself. */
export const ELEMENTWISE = new Set([
  'Add', 'Sub', 'Mul', 'Div', 'Pow', 'Neg', 'Abs', 'Relu', 'LeakyRelu', 'Elu', 'Selu', 'Celu', 'Gelu', 'Erf', 'Tanh', 'Sigmoid', 'Softplus', 'Softsign', 'HardSigmoid', 'HardSwish',
  'Mish', 'Swish', 'Exp', 'Log', 'Sqrt', 'Min', 'Max', 'Clip', 'Cast', 'Identity', 'Where', 'Greater', 'Less', 'GreaterOrEqual', 'LessOrEqual', 'FastGelu', 'QuickGelu', 'ThresholdedRelu', 'PRelu', 'Dropout',
])
export const MOVES = new Set(['Reshape', 'Transpose', 'Squeeze', 'Unsqueeze', 'Identity', 'Cast', 'Flatten'])
const PRODUCTS = new Set(['MatMul', 'Gemm', 'Einsum'])

/** Names what it finds; an MLP of another kind has no points inside. */
export function nameMlp(parts: Parts, norms: ReadonlyMap<string, Norm>, leaf: Leaf, name: string): void {
  const { reader } = parts
  const post = inputOfLast(reader, norms, leaf)
  if (post === undefined) return
  const put = (point: string, tensor: string): void => {
    const own = parts.onPath(tensor, `${name}.${point}`)
    if (own !== undefined) parts.point(`${name}.${point}`, own)
  }
  const sources = sourcesOf(reader, post, leaf.region)
  if (sources?.length === 1 && sources[0] !== post) put('pre', sources[0]!)
  const product = reader.producer(post)
  const direct = product?.opType === 'Mul' ? sources?.filter((source) => product.inputs.includes(source)) : undefined
  if (sources?.length === 2 && direct?.length === 1) {
    put('gate', sources.find((source) => source !== direct[0])!)
    put('up', direct[0]!)
  }
  put('post', post)
}

/** What the last product with a weight is given, with an axis for the positions. A norm may follow it. */
function inputOfLast(reader: Reader, norms: ReadonlyMap<string, Norm>, { core, region }: Leaf): string | undefined {
  for (let tensor = core; region.has(tensor); ) {
    const norm = norms.get(tensor)
    if (norm) {
      tensor = norm.input
      continue
    }
    const op = reader.producer(tensor)
    const varying = op ? reader.varying(op) : []
    if (!op || varying.length !== 1) return undefined
    tensor = varying[0]!
    if (PRODUCTS.has(op.opType)) {
      for (let above = reader.producer(tensor); above && MOVES.has(above.opType) && reader.rank(tensor) < 3; above = reader.producer(tensor)) tensor = above.inputs[0]!
      return region.has(tensor) ? tensor : undefined
    }
    if (!MOVES.has(op.opType) && op.opType !== 'Add' && op.opType !== 'Mul' && op.opType !== 'Div' && op.opType !== 'Dropout') return undefined
  }
  return undefined
}

/** The nearest linear functions of the stream above an elementwise function; undefined where there are others. */
function sourcesOf(reader: Reader, tensor: string, region: ReadonlySet<string>): string[] | undefined {
  const found = new Set<string>()
  const seen = new Set<string>()
  const open = [tensor]
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (seen.has(name)) continue
    seen.add(name)
    const op = reader.producer(name)
    if (!op || !region.has(name)) return undefined
    if (isLinear(reader, op)) found.add(name)
    else if (ELEMENTWISE.has(op.opType)) open.push(...reader.varying(op))
    else return undefined
  }
  return [...found].sort((a, b) => reader.position(a) - reader.position(b))
}

/** A product with a weight, moved, cut up, or with a bias. */
export function isLinear(reader: Reader, op: Op): boolean {
  for (let at: Op | undefined = op; at; ) {
    const varying = reader.varying(at)
    if (varying.length !== 1) return false
    if (PRODUCTS.has(at.opType)) return true
    if (!MOVES.has(at.opType) && at.opType !== 'Add' && at.opType !== 'Split' && at.opType !== 'Slice' && at.opType !== 'Gather') return false
    at = reader.producer(varying[0]!)
  }
  return false
}
