/** What an adapter of old operators gets and gives. */
import type { Attribute, Attributes, Op } from '../../onnx/types.ts'
import type { Workbench } from '../workbench.ts'

/** The operators that stand for one of the file's opset; `bench` takes new weights and tells types. */
export type Adapter = (op: Op, opset: number, bench: Workbench) => readonly Op[]

export type Adapters = Readonly<Record<string, Adapter>>

/** Raised for an operator that has no equivalent; the message continues "model.onnx (opset 9) …". */
export class Unsupported extends Error {}

/** The attributes without some of them. */
export function without(attributes: Attributes, ...names: readonly string[]): Record<string, Attribute> {
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => !names.includes(name)))
}

/** As in the file: ends of slices do not fit a number. */
export function ints(op: Op, name: string): readonly bigint[] | undefined {
  const attribute = op.attributes[name]
  return attribute?.type === 'ints' ? attribute.value : undefined
}

export function int(op: Op, name: string, otherwise: number): number {
  const attribute = op.attributes[name]
  return attribute?.type === 'int' ? Number(attribute.value) : otherwise
}

export function text(value: string): Attribute {
  return { type: 'string', value }
}

export function number(value: number): Attribute {
  return { type: 'int', value: BigInt(value) }
}

/** An operator of the standard domain that is made up on the way. */
export function made(opType: string, inputs: readonly string[], outputs: readonly string[], attributes: Attributes = {}): Op {
  return { name: outputs[0] ?? '', opType, domain: '', attributes, inputs, outputs, captures: [] }
}

/** How messages call an operator. */
export function called(op: Op): string {
  return `${op.opType} \`${op.name === '' ? op.outputs[0] : op.name}\``
}
