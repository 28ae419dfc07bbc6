/** Every operator that ONNX ever had, as operators.py found them. */
import { readFileSync } from 'node:fs'

export interface Operator {
  readonly name: string
  readonly domain: string
  readonly inputs: number
  /** Whether it takes more of the last. */
  readonly more: boolean
  readonly outputs: number
  /** i integer, I integers, f float, F floats, s string, S strings, t tensor, g graph, o another; by name. */
  readonly attributes: Readonly<Record<string, string>>
}

/** What ONNX Runtime adds and optimised models hold. */
const MICROSOFT = `
Gelu 1 1
BiasGelu 2 1
SkipLayerNormalization 5 4 epsilon:f
SimplifiedLayerNormalization 2 2 axis:i epsilon:f stash_type:i
EmbedLayerNormalization 9 3 epsilon:f mask_index_type:i
Attention 7 2 num_heads:i unidirectional:i qkv_hidden_sizes:I past_present_share_buffer:i
MultiHeadAttention 10 4 num_heads:i scale:f
GroupQueryAttention 9 3 num_heads:i kv_num_heads:i do_rotary:i
FusedMatMul 2 1 transA:i transB:i alpha:f transBatchA:i
MatMulNBits 4 1 K:i N:i bits:i block_size:i
`

const read = (text: string, domain: string): Operator[] => text.trim().split('\n').map((line) => {
  const [name, inputs, outputs, ...attributes] = line.split(' ') as [string, string, string, ...string[]]
  return { name, domain, inputs: parseInt(inputs, 10), more: inputs.endsWith('+'), outputs: Number(outputs), attributes: Object.fromEntries(attributes.map((one) => one.split(':') as [string, string])) }
})

export const OPERATORS: readonly Operator[] = [
  ...read(readFileSync(new URL('./operators.txt', import.meta.url), 'utf8'), ''),
  ...read(MICROSOFT, 'com.microsoft'),
]
