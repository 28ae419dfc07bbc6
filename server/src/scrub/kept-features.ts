/**
 * Classes of features, kept for the next run. An edited file is bound anew, so what is written is compared: two expressions
 * are one when their operators, constants and columns are.
 */
import { createHash } from 'node:crypto'
import { attributesKey, type Value } from '../onnx/dag.ts'
import type { Tensor, TypedArray } from '../onnx/types.ts'
import type { Classes } from './classes.ts'
import { topological } from './walk.ts'

export interface KeptFeature {
  readonly classes: Classes
  /** The value of each part on the first datum of every class. */
  readonly values: readonly TypedArray[]
}

/** Numbers that kept classes may hold: 256 MB. */
const MOST_NUMBERS = 2 ** 26
/** Expressions that are told apart, among them parts of others. */
const MOST_EXPRESSIONS = 200_000

export class KeptFeatures {
  private readonly kept = new Map<string, KeptFeature>()
  private readonly numbers = new Map<string, number>()
  private readonly most: number
  private held = 0
  private next = 0

  constructor(most = MOST_NUMBERS) {
    this.most = most
  }

  /** Equal for values that are the same function of a datum. */
  keyOf(values: readonly Value[]): string {
    // In a day of edits they would pile up. Numbers go on: none stands for two expressions.
    if (this.numbers.size > MOST_EXPRESSIONS) {
      this.numbers.clear()
      this.kept.clear()
      this.held = 0
    }
    const own = new Map<number, number>()
    for (const value of topological(values)) {
      const text = written(value, (operand) => own.get(operand.id)!)
      let number = this.numbers.get(text)
      if (number === undefined) this.numbers.set(text, (number = this.next++))
      own.set(value.id, number)
    }
    return values.map((value) => own.get(value.id)!).join()
  }

  get(key: string): KeptFeature | undefined {
    const found = this.kept.get(key)
    if (found) {
      this.kept.delete(key)
      this.kept.set(key, found)
    }
    return found
  }

  /** What was unused for longest goes when there is no room. */
  set(key: string, feature: KeptFeature): void {
    this.kept.set(key, feature)
    this.held += sizeOf(feature)
    for (const [oldest, unused] of this.kept) {
      if (this.held <= this.most) break
      this.kept.delete(oldest)
      this.held -= sizeOf(unused)
    }
  }
}

const sizeOf = ({ classes: { of, order, start }, values }: KeptFeature): number => of.length + order.length + start.length + values.reduce((sum, { length }) => sum + length, 0)

function written({ def, type }: Value, number: (operand: Value) => number): string {
  switch (def.kind) {
    case 'input': return `input ${def.name} ${type.dtype}`
    case 'const': return `const ${contentOf(def.tensor)}`
    case 'weight': return `weight ${def.initializer.name}`
    case 'op': {
      const { domain, opType, inputs, outputs, attributes, captures } = def.call
      return `${domain}:${opType}#${def.index}/${outputs}(${inputs.map((v) => v && number(v)).join()})${attributesKey(attributes)}${[...captures].map(([name, v]) => ` ${name}=${number(v)}`).join('')}`
    }
  }
}

/** Arrays that were loaded are other objects each time a file is bound. */
function contentOf({ dtype, dims, data }: Tensor): string {
  const content = Array.isArray(data) ? JSON.stringify(data) : bytesOf(data as TypedArray)
  const text = content.length <= 64 && typeof content !== 'string' ? content.toString('hex') : createHash('sha256').update(content).digest('hex')
  return `${dtype}[${dims.join()}]${text}`
}

const bytesOf = ({ buffer, byteOffset, byteLength }: TypedArray): Buffer => Buffer.from(buffer, byteOffset, byteLength)
