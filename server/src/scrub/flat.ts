/** Graphs of values as plain lists, to be sent to another process, and their fingerprints. */
import { createHash } from 'node:crypto'
import type { Dag, Value } from '../onnx/dag.ts'
import type { Attribute, Attributes, Initializer, Tensor, TensorType } from '../onnx/types.ts'
import { topological } from './walk.ts'

/** A value that reads earlier ones by their position in the list. */
export type FlatValue =
  | { readonly kind: 'input'; readonly name: string; readonly type: TensorType }
  | { readonly kind: 'const'; readonly tensor: Tensor }
  | { readonly kind: 'weight'; readonly initializer: Initializer }
  | {
      readonly kind: 'op'
      readonly opType: string
      readonly domain: string
      readonly attributes: Attributes
      readonly inputs: readonly (number | undefined)[]
      readonly captures: readonly (readonly [string, number])[]
      readonly outputs: number
      readonly index: number
    }

export interface Flat {
  readonly values: readonly FlatValue[]
  readonly roots: readonly number[]
}

export function flatten(roots: readonly Value[]): Flat {
  const at = new Map<number, number>()
  const values = topological(roots).map((value, i): FlatValue => {
    at.set(value.id, i)
    const { def } = value
    if (def.kind === 'input') return { kind: 'input', name: def.name, type: value.type }
    if (def.kind !== 'op') return def
    const { opType, domain, attributes, inputs, captures, outputs } = def.call
    return {
      kind: 'op', opType, domain, attributes, outputs, index: def.index,
      inputs: inputs.map((input) => input && at.get(input.id)),
      captures: [...captures].map(([name, captured]) => [name, at.get(captured.id)!] as const),
    }
  })
  return { values, roots: roots.map((root) => at.get(root.id)!) }
}

/** The same values in another dag. */
export function restore(dag: Dag, { values, roots }: Flat): Value[] {
  const made: Value[] = []
  for (const value of values) {
    switch (value.kind) {
      case 'input': made.push(dag.input(value.name, value.type)); break
      case 'const': made.push(dag.constant(value.tensor)); break
      case 'weight': made.push(dag.weight(value.initializer)); break
      case 'op': {
        const { opType, domain, attributes, inputs, captures, outputs, index } = value
        made.push(dag.call({
          opType, domain, attributes, outputs,
          inputs: inputs.map((i) => (i === undefined ? undefined : made[i])),
          captures: new Map(captures.map(([name, i]) => [name, made[i]!])),
        })[index]!)
      }
    }
  }
  return roots.map((root) => made[root]!)
}

const prints = new WeakMap<Value, string>()

/** Equal for values that are computed in the same way from the same columns, in any dag and any process. */
export function fingerprint(root: Value): string {
  const known = prints.get(root)
  if (known !== undefined) return known
  for (const value of topological([root])) {
    if (prints.has(value)) continue
    const hash = createHash('sha1')
    const { def } = value
    if (def.kind === 'input') hash.update(`input ${def.name}`)
    else if (def.kind === 'weight') hash.update(`weight ${def.initializer.name}`)
    else if (def.kind === 'const') updateTensor(hash, def.tensor)
    else {
      const { opType, domain, attributes, inputs, captures, outputs } = def.call
      hash.update(`${domain}:${opType} ${outputs} ${def.index}`)
      for (const input of inputs) hash.update(` ${input ? prints.get(input) : '-'}`)
      for (const [name, captured] of captures) hash.update(` ${name}=${prints.get(captured)}`)
      for (const name of Object.keys(attributes).sort()) {
        hash.update(` ${name}`)
        updateAttribute(hash, attributes[name]!)
      }
    }
    prints.set(value, hash.digest('base64'))
  }
  return prints.get(root)!
}

type Hash = ReturnType<typeof createHash>

function updateAttribute(hash: Hash, attribute: Attribute): void {
  if (attribute.type === 'tensor') updateTensor(hash, attribute.value)
  else if (attribute.type === 'raw') hash.update(attribute.value)
  else hash.update(`${attribute.type} ${String(attribute.value)}`)
}

function updateTensor(hash: Hash, { dtype, dims, data }: Tensor): void {
  hash.update(`${dtype}[${dims.join()}]`)
  if (Array.isArray(data)) hash.update(JSON.stringify(data))
  else hash.update(new Uint8Array((data as Float32Array).buffer, (data as Float32Array).byteOffset, (data as Float32Array).byteLength))
}
