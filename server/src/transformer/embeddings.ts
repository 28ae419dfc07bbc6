/** Names for the terms that the residual stream begins with. */
import { BATCH } from '../onnx/types.ts'
import type { Reader } from './reader.ts'
import type { Leaf } from './stream.ts'
import type { Parts } from './parts.ts'
import { intAttribute } from '../onnx/infer/context.ts'

/** A name for each: `embed`, `pos_embed`, `type_embed`, `class_token`; `extra_embed` for what is none of these. */
export function embeddingNames(reader: Reader, leaves: readonly Leaf[]): string[] {
  const kinds = leaves.map(({ core }) => kindOf(reader, core))
  // The tokens' own is the first that depends on the data and is nothing else.
  const first = kinds.indexOf(undefined)
  return kinds.map((kind, i) => kind ?? (i === first ? 'embed' : 'extra_embed'))
}

function kindOf(reader: Reader, tensor: string): string | undefined {
  const table = lookUp(reader, tensor)
  const words = `${table?.weight ?? ''} ${table?.input ?? ''} ${tensor}`
  if (/type|segment/i.test(words)) return 'type_embed'
  if (/\bcls|class_?token/i.test(words) && reader.isFixed(tensor)) return 'class_token'
  if (table?.counted || /pos(ition)?(_?(emb|id)|s?\b)|\bwpe\b/i.test(words)) return 'pos_embed'
  if (!reader.isFixed(tensor)) return undefined
  const positions = reader.shape(tensor)?.at(-2)
  return positions === undefined || positions === 1 ? 'type_embed' : 'pos_embed'
}

/** The table that rows are taken from, and what the indices come from: an input, or counting. */
function lookUp(reader: Reader, tensor: string): { weight: string; input: string | undefined; counted: boolean } | undefined {
  const SIMPLE = new Set(['Identity', 'Cast', 'Mul', 'Transpose', 'Reshape', 'Unsqueeze', 'Squeeze', 'Expand', 'Slice', 'Div'])
  for (let at: string | undefined = tensor; at !== undefined; ) {
    const op = reader.producer(at)
    if (op?.opType === 'Gather' && reader.isFixed(op.inputs[0]!)) {
      const above = reader.above([op.inputs[1]!])
      const counted = [...above].some((name) => reader.producer(name)?.opType === 'CumSum' || reader.producer(name)?.opType === 'Range')
      return { weight: op.inputs[0]!, input: [...above].find((name) => reader.graph.inputs.includes(name)), counted }
    }
    if (!op) return reader.graph.initializers.has(at) ? { weight: at, input: undefined, counted: false } : undefined
    if (!SIMPLE.has(op.opType)) return undefined
    at = op.inputs.find((name) => !reader.isFixed(name)) ?? op.inputs[0]
  }
  return undefined
}

/**
 * Tokens that are put in front of or behind others, each with zeros at the positions of the others, so that they add up: one of them
 * is the same for every datum, a class token. Undefined where a term is nothing of the kind.
 */
export function tokensApart({ d, reader }: Parts, tensor: string, embed: string): { readonly name: string; readonly tensor: string }[] | undefined {
  const op = reader.producer(tensor)
  const rank = reader.rank(tensor)
  const axis = op?.opType === 'Concat' ? intAttribute(op, 'axis', 0) : 0
  const lengths = op?.inputs.map((name) => reader.shape(name)?.at(-2))
  if (!op || rank !== 3 || (axis !== 1 && axis !== -2) || !op.inputs.some((name) => reader.isFixed(name)) || !op.inputs.every((name) => reader.shape(name)?.[0] === BATCH)) return undefined
  if (!lengths!.every((length) => typeof length === 'number')) return undefined
  return op.inputs.map((name, i) => {
    const before = (lengths as number[]).slice(0, i).reduce((a, b) => a + b, 0)
    const after = (lengths as number[]).slice(i + 1).reduce((a, b) => a + b, 0)
    const own = reader.isFixed(name) ? 'class_token' : embed
    return { name: own, tensor: d.add(own, 'Pad', [name, d.integers([0, before, 0, 0, after, 0])]) }
  })
}
