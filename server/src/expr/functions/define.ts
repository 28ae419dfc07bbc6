/** How functions of the language are declared, and what they get when they are called. */
import type { Span } from '@scrub/grammar'
import type { Dag } from '../../onnx/dag.ts'
import type { Over } from '../reduce.ts'
import type { Warn } from '../strings.ts'
import type { ExprContext, Static } from '../types.ts'
import { describe, mismatch, misshapen, Problem, type Val } from '../value.ts'
import { show } from '../static.ts'

/** `value`: an array; `values`: a list of arrays; `static`: known without data. */
export interface Parameter {
  readonly name: string
  readonly kind: 'value' | 'values' | 'static'
  /** As shown in the signature; a parameter with a default may be left out. */
  readonly fallback?: string
}

/** What an editor shows of a function. */
export interface FunctionDoc {
  readonly name: string
  /** `sum(x, axis=…, keepdims=false)`. */
  readonly signature: string
  /** One sentence. */
  readonly doc: string
  readonly example: string
  readonly group: string
}

export interface FunctionDef extends FunctionDoc {
  readonly parameters: readonly Parameter[]
  /** Throws a Problem for arguments that do not fit; undefined where one was reported already. */
  readonly compile: (args: Arguments) => Val | undefined
}

export const value = (name: string): Parameter => ({ name, kind: 'value' })
export const optionalValue = (name: string, fallback = '…'): Parameter => ({ name, kind: 'value', fallback })
export const values = (name: string): Parameter => ({ name, kind: 'values' })
export const fixed = (name: string, fallback?: string): Parameter => ({ name, kind: 'static', ...(fallback === undefined ? {} : { fallback }) })
export const axisAll = fixed('axis', '…')
export const axisLast = fixed('axis', '-1')
export const keepdims = fixed('keepdims', 'false')

export function define(
  group: string, name: string, parameters: readonly Parameter[], doc: string, example: string, compile: FunctionDef['compile'],
): FunctionDef {
  const shown = parameters.map((p) => (p.fallback === undefined ? p.name : `${p.name}=${p.fallback}`))
  return { name, signature: `${name}(${shown.join(', ')})`, doc, example, group, parameters, compile }
}

export interface Given {
  readonly span: Span
  readonly value?: Val
  readonly values?: readonly Val[]
  readonly static?: Static
}

/** The arguments of one call, by parameter. Getters throw a Problem at the argument's span. */
export class Arguments {
  readonly dag: Dag
  readonly context: ExprContext
  readonly warn: Warn
  private readonly given: ReadonlyMap<string, Given>

  constructor(context: ExprContext, given: ReadonlyMap<string, Given>, warn: Warn) {
    this.dag = context.dag
    this.context = context
    this.given = given
    this.warn = warn
  }

  has(name: string): boolean {
    return this.given.has(name)
  }

  span(name: string): Span | undefined {
    return this.given.get(name)?.span
  }

  value(name: string): Val {
    return this.given.get(name)!.value!
  }

  maybe(name: string): Val | undefined {
    return this.given.get(name)?.value
  }

  /** A value that is no string. */
  number(name: string): Val {
    const v = this.value(name)
    return v.dtype === 'string' ? this.fail(name, mismatch(`${name} is a number, not ${describe(v)}`)) : v
  }

  /** The items of a list of arrays; empty where one array was given, see `rows`. */
  values(name: string): readonly Val[] {
    return this.given.get(name)!.values!
  }

  /** The array given in place of a list of arrays (a comprehension is one): its rows are the items. */
  rows(name: string): Val | undefined {
    const rows = this.value(name) as Val | undefined
    return rows && rows.shape.length === 0 ? this.fail(name, mismatch(`${name} is a list of arrays, not ${describe(rows)}`)) : rows
  }

  static(name: string): Static | undefined {
    return this.given.get(name)?.static
  }

  flag(name: string): boolean {
    const given = this.static(name) ?? false
    return typeof given === 'boolean' ? given : this.fail(name, mismatch(`${name} is true or false, not ${show(given)}`))
  }

  int(name: string, fallback?: number): number {
    const given = this.static(name) ?? fallback
    if (typeof given === 'number' && Number.isSafeInteger(given)) return given
    return this.fail(name, mismatch(`${name} is a whole number, not ${given === undefined ? 'missing' : show(given)}`))
  }

  real(name: string, fallback?: number): number {
    const given = this.static(name) ?? fallback
    return typeof given === 'number' ? given : this.fail(name, mismatch(`${name} is a number, not ${given === undefined ? 'missing' : show(given)}`))
  }

  text(name: string): string {
    const given = this.static(name)
    return typeof given === 'string' ? given : this.fail(name, mismatch(`${name} is a string`))
  }

  /** One whole number or a list of them. */
  ints(name: string): readonly number[] {
    const given = this.static(name)
    const list = Array.isArray(given) ? (given as readonly Static[]) : [given]
    if (list.every((item) => typeof item === 'number' && Number.isSafeInteger(item))) return list as readonly number[]
    return this.fail(name, mismatch(`${name} is a whole number or a tuple of them, not ${given === undefined ? 'missing' : show(given)}`))
  }

  /** One own axis of `rank`, counted from the front. */
  axis(name: string, rank: number, fallback?: number): number {
    return this.checkedAxis(name, this.int(name, fallback), rank)
  }

  /** The axes and whether they stay, as reductions take them: all axes when none is given. */
  over(v: Val): Over {
    const keep = this.flag('keepdims')
    if (!this.has('axis')) return { axes: v.shape.map((_, axis) => axis), keepdims: keep }
    const axes = this.ints('axis').map((axis) => this.checkedAxis('axis', axis, v.shape.length))
    if (new Set(axes).size < axes.length) this.fail('axis', misshapen('an axis is named twice'))
    return { axes: axes.sort((a, b) => a - b), keepdims: keep }
  }

  /** Throw at the span of an argument. */
  fail(name: string, problem: Problem): never {
    const { code, message } = problem
    // An argument's name is no word of the sentence.
    throw new Problem(code, message.startsWith(`${name} `) ? `\`${name}\`${message.slice(name.length)}` : message, this.span(name))
  }

  private checkedAxis(name: string, axis: number, rank: number): number {
    if (axis >= -rank && axis < rank) return axis < 0 ? axis + rank : axis
    const has = rank === 0 ? 'the value is a scalar, without axes' : rank === 1 ? 'the array has one axis, 0' : `the array has axes 0 to ${rank - 1}`
    return this.fail(name, misshapen(`there is no axis ${axis}: ${has} (a datum's own; the batch is not counted)`))
  }
}
