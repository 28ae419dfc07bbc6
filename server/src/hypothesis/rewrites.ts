/** `rewrite PLACE = …`: a graph in which a tensor, or a slice of one, is made from new components. */
import type { Expr, RewriteItem, Span } from '@scrub/grammar'
import { add, subtract } from '../expr/arithmetic.ts'
import { compileExpr } from '../expr/compile.ts'
import { cast as castVal } from '../expr/layout.ts'
import type { Binding, ExprValue, Static } from '../expr/types.ts'
import { fromExprValue, Problem, toExprValue, type Val } from '../expr/value.ts'
import { Derivation } from '../model/derive.ts'
import type { ModelGraph } from '../model/graph.ts'
import { Dag, type Value } from '../onnx/dag.ts'
import { ShapeError } from '../onnx/infer/context.ts'
import { BATCH } from '../onnx/types.ts'
import { type AxisSelector, type InputBinding, columnInput, type Place } from './bound.ts'
import { ValueWriter } from './canonical.ts'
import { cast, columnDType, columnOf } from './column-value.ts'
import type { Env } from './env.ts'
import type { Findings } from './findings.ts'
import { graphScope, tensorInput, withGraphNames } from './graph-expr.ts'
import { knownType } from './metric.ts'
import { type Named, type NameTable, placeOf } from './places.ts'
import { forbidden } from './scopes.ts'
import { overlap } from './slice.ts'
import { replaceSlices, selectPlace } from './slice-values.ts'
import { fill, withIndex } from './spelling.ts'
import { quotedTensor } from './quoted-tensor.ts'
import { transcribe } from './transcribe.ts'
import { findName } from './walk-expr.ts'
import { contextOf, type World } from './world.ts'

/** A rewrite that was carried out. */
export interface BoundRewrite {
  /** As written. */
  readonly place: string
  readonly tensor: string
  /** What of it; everything where it is empty. */
  readonly slice: readonly AxisSelector[]
  readonly span: Span
}

/** What has been rewritten of one tensor so far. */
interface Rewritten {
  /** What the tensor was. */
  readonly before: string
  /** What of it was not rewritten, where slices were. */
  readonly others: string | undefined
  readonly pieces: readonly { readonly slice: readonly AxisSelector[]; readonly tensor: string }[]
}

/** A name of a `with`, or the rest. */
interface Part {
  readonly name: string
  readonly value: Value
}

/** All rewrites of a file, one after the other: each sees the graph that those before it have made. */
export class Rewrites {
  readonly done: BoundRewrite[] = []
  /** Bindings of the columns that became inputs. */
  readonly inputs: InputBinding[] = []
  private readonly world: World & { graph: ModelGraph }
  private readonly table: NameTable & { names: Map<string, Named>; broken: Set<string> }
  private readonly given: readonly InputBinding[]
  private readonly findings: Findings
  private readonly rewritten = new Map<string, Rewritten>()
  private text = ''

  /** `given`: the bindings of the model's own inputs. */
  constructor(world: World, table: NameTable, given: readonly InputBinding[], findings: Findings) {
    this.world = world as World & { graph: ModelGraph }
    this.table = table as NameTable & { names: Map<string, Named>; broken: Set<string> }
    this.given = given
    this.findings = findings
  }

  /** Everything that follows from them: the same text, the same graph. */
  get canonical(): string {
    return this.text
  }

  /** `around`: values of the indices of `for` blocks around the item, which follow the names of what it makes. */
  add(item: RewriteItem, env: Env, around: readonly Static[]): void {
    const { findings, table } = this
    const errors = findings.errors
    const place = item.place && placeOf(this.world, table, item.place, env, findings)
    const names = item.with.map(({ name }) => (around.length > 0 ? withIndex(name.text, around) : name.text))
    const fail = (): void => {
      // What uses them is not reported again.
      for (const name of names) if (!table.names.has(name)) table.broken.add(name)
      if (place) table.broken.add(restName(place))
    }
    if (!place || !item.value) return fail()
    for (const [i, name] of names.entries()) {
      if (table.names.has(name) || names.indexOf(name) < i) findings.error('duplicate-name', item.with[i]!.name.span, `\`${name}\` is declared twice in the graph; give one of them another name.`)
    }
    const problem = this.problemOf(place)
    if (problem) findings.error(problem.code, item.place!.span, problem.message)
    if (findings.errors > errors || !this.make(item, item.value, place, env, names)) fail()
  }

  private problemOf({ tensor, slice, text }: Place): { code: string; message: string } | undefined {
    const { graph } = this.world
    const { producer, type } = graph.tensors.get(tensor)!
    if (producer === undefined) return { code: 'unknown-place', message: `${text} is an input of the model, which nothing computes; rewrite a tensor that is computed from it.` }
    const known = knownType(this.world, type)
    if (typeof known === 'string') return { code: 'shape-mismatch', message: `${text} cannot be rewritten: ${known}.` }
    if (slice.some(({ kind }) => kind === 'datum')) return { code: 'type-mismatch', message: `${text} is another position for every datum, and a rewrite is of the same positions for all.` }
    const before = this.rewritten.get(tensor)
    if (before && (slice.length === 0 || before.pieces.length === 0 || before.pieces.some((piece) => overlap(piece.slice, slice)))) {
      return { code: 'overlapping-places', message: `${text} is rewritten already, at least in part; write one \`rewrite\` with all terms, or slices that do not overlap.` }
    }
    return undefined
  }

  private make(item: RewriteItem, value: Expr, place: Place, env: Env, names: readonly string[]): boolean {
    const { world, findings } = this
    const dag = new Dag()
    const context = contextOf(world, dag, findings)
    const type = world.graph.tensors.get(place.tensor)!.type
    const known = knownType(world, type) as Exclude<ReturnType<typeof knownType>, string>
    const shape = [BATCH, ...known.shape]
    const whole = dag.input(tensorInput(place.tensor), { dtype: type.dtype, shape })
    const piece = this.val(dag, selectPlace(dag, whole, place.slice), known.dtype)
    const parts: Part[] = []
    const own = new Map<string, Binding>()
    const ownNames = new Set(item.with.map(({ name }) => name.text))
    const scope = graphScope(world, this.table, context, env, own)
    const compile = (expr: Expr): ExprValue | undefined => {
      const quoted = quotedTensor(expr, (text) => world.graph.tensors.has(fill(text, env)))
      if (quoted) {
        findings.error('type-mismatch', quoted.span, this.unquoted(quoted.value, fill(quoted.value, env)))
        return undefined
      }
      const compiled = compileExpr(withGraphNames(expr, this.table, env, ownNames), scope, context)
      if (!compiled) return undefined
      if (compiled.parts.length === 1 && compiled.parts[0]!.dtype !== 'string') return compiled.parts[0]
      findings.error('type-mismatch', expr.span, `This is ${compiled.parts.length === 1 ? 'a string' : 'a tuple'}, and tensors hold numbers.`)
      return undefined
    }
    const terms = sumOf(value)
    const rests = terms.filter(isRest)
    const summed = rests.length === 1
    own.set('rest', forbidden('type-mismatch', '`rest` stands once, as one term of a sum: `rewrite t = u + v + rest`.'))
    for (const [i, { name, value: expr }] of item.with.entries()) {
      const compiled = compile(expr)
      if (!compiled) return false
      if (!compiled.batched) {
        findings.error('type-mismatch', expr.span, `\`${name.text}\` is the same for every datum, so there is nothing to draw of it; write it into the expression itself.`)
        return false
      }
      const typed = summed ? this.typed(dag, compiled, known.dtype) : compiled
      const part = { name: names[i]!, value: alone(dag, typed.value, parts) }
      parts.push(part)
      own.set(name.text, { kind: 'value', get: () => ({ parts: [{ ...typed, value: part.value }] }) })
    }
    const result = summed ? this.sum(dag, terms, piece, compile, parts, restName(place)) : this.general(value, compile)
    if (!result) return false
    for (const { name, value: expr } of item.with) {
      if (!findName(value, name.text) && !item.with.some((other) => other.value !== expr && findName(other.value, name.text))) {
        findings.error('no-effect', name.span, `\`${name.text}\` is no part of the expression; name it there, or leave it out.`)
        return false
      }
    }
    const fits = result.shape.length <= piece.shape.length && result.shape.every((dim, i) => dim === 1 || dim === piece.shape[piece.shape.length - result.shape.length + i]) && (!summed || result.shape.join() === piece.shape.join())
    if (!fits) {
      findings.error('shape-mismatch', value.span, `This is ${shapeText(result.shape)} per datum, but ${place.text} is ${shapeText(piece.shape)}.`)
      return false
    }
    return this.derive(item, place, dag, whole, shape, this.filled(dag, result, piece), parts)
  }

  /** The terms added up as they stand; the rest is what they leave of the piece. */
  private sum(dag: Dag, terms: readonly Expr[], piece: Val, compile: (expr: Expr) => ExprValue | undefined, parts: Part[], rest: string): Val | undefined {
    const compiled = terms.map((term) => (isRest(term) ? undefined : compile(term)))
    if (terms.some((term, i) => !isRest(term) && !compiled[i])) return undefined
    if (terms.length < 2) {
      this.findings.error('type-mismatch', terms[0]!.span, 'Nothing but the rest changes nothing; write the terms that are to be components of their own.')
      return undefined
    }
    try {
      const values = compiled.map((one) => one && fromExprValue(this.typed(dag, one, piece.dtype)))
      const others = values.filter((one) => one !== undefined).reduce((a, b) => add(dag, a, b))
      const left = subtract(dag, piece, others)
      parts.push({ name: rest, value: alone(dag, left.value, parts) })
      const own = { ...left, value: parts.at(-1)!.value }
      return values.map((one) => one ?? own).reduce((a, b) => add(dag, a, b))
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      this.findings.error(error.code, { start: terms[0]!.span.start, end: terms.at(-1)!.span.end }, `${error.message[0]!.toUpperCase()}${error.message.slice(1)}.`)
      return undefined
    }
  }

  /** What to write for a tensor's name in quotes. */
  private unquoted(written: string, tensor: string): string {
    const text = JSON.stringify(written)
    const [name] = [...this.table.names].find(([, { place }]) => place.tensor === tensor && place.slice.length === 0) ?? []
    if (name !== undefined) return `\`${text}\` is a string in an expression: write \`${name}\`, as the tensor is called here.`
    return `\`${text}\` is a string in an expression: declare the tensor before, \`point NAME = ${text}\` (or \`component\`), and write NAME${written === tensor ? `, or write \`model[${text}]\`` : ''}.`
  }

  private general(value: Expr, compile: (expr: Expr) => ExprValue | undefined): Val | undefined {
    const compiled = compile(value)
    return compiled && fromExprValue(compiled)
  }

  private val(dag: Dag, value: Value, dtype: ExprValue['dtype']): Val {
    const own = cast(dag, value, dtype as Exclude<ExprValue['dtype'], 'string'>)!
    return fromExprValue({ dtype, shape: own.type.shape!.slice(1) as number[], batched: true, value: own })
  }

  private typed(dag: Dag, value: ExprValue, dtype: ExprValue['dtype']): ExprValue {
    return toExprValue(castVal(dag, fromExprValue(value), dtype))
  }

  /** Of the shape of the piece, with a batch axis. */
  private filled(dag: Dag, result: Val, piece: Val): Value {
    if (result.batched && result.shape.join() === piece.shape.join()) return result.value
    return dag.op('Expand', [this.aligned(dag, result, piece), dag.op('Shape', [piece.value])])
  }

  private aligned(dag: Dag, { value, batched, shape }: Val, piece: Val): Value {
    const missing = piece.shape.length - shape.length
    return !batched || missing === 0 ? value : dag.op('Unsqueeze', [value, dag.ints(Array.from({ length: missing }, (_, i) => i + 1))])
  }

  private derive(item: RewriteItem, place: Place, dag: Dag, whole: Value, shape: readonly (number | string)[], result: Value, parts: readonly Part[]): boolean {
    const { world, table, findings } = this
    const { tensor, slice } = place
    const type = world.graph.tensors.get(tensor)!.type
    const made = cast(dag, result, type.dtype) ?? result
    const d = new Derivation(world.graph)
    const old = this.rewritten.get(tensor)
    const named = new Map<Value, string>()
    const tensors = parts.map((part) => {
      const name = d.name(part.name)
      named.set(part.value, name)
      return { ...part, tensor: name }
    })
    let state: Rewritten
    try {
      const before = old?.before ?? d.rename(tensor, `${tensor}.before`)
      if (old) d.free(tensor)
      if (slice.length === 0) {
        named.set(alone(dag, made, parts), tensor)
        state = { before, others: undefined, pieces: [] }
      } else {
        const piece = d.name(`${place.text}.after`)
        const own = alone(dag, made, parts)
        named.set(own, piece)
        const pieces = [...(old?.pieces ?? []), { slice, tensor: piece }]
        const rest = old ? dag.input(tensorInput(old.others!), whole.type) : dag.op('Identity', [whole])
        const others = old?.others ?? d.name(`${tensor}.others`)
        if (!old) named.set(rest, others)
        const values = pieces.map((one) => ({ slice: one.slice, value: one.tensor === piece ? own : dag.input(tensorInput(one.tensor), selectPlace(dag, whole, one.slice).type) }))
        named.set(replaceSlices(dag, rest, shape, values), tensor)
        state = { before, others, pieces }
      }
      transcribe(d, named, (name) => this.inputOf(d, name, tensor, state.before), `${place.text}/rewrite`)
      world.graph = d.finish()
    } catch (error) {
      if (error instanceof ShapeError) findings.error('shape-mismatch', item.span, `This rewrite does not fit the model: ${error.message}.`)
      else if (error instanceof Error && /depend on itself/.test(error.message)) findings.error('cycle', item.span, `${place.text} would be made from itself: the expression reads a tensor that is computed from it.`)
      else throw error
      return false
    }
    this.rewritten.set(tensor, state)
    for (const part of tensors) table.names.set(part.name, { sort: 'component', place: { tensor: part.tensor, slice: [], text: part.name } })
    for (const [name, one] of table.names) {
      if (one.place.tensor !== tensor) continue
      table.names.set(name, state.others === undefined ? { ...one, sort: 'point' } : { ...one, blocks: state.others })
    }
    this.done.push({ place: place.text, tensor, slice, span: item.span })
    const writer = new ValueWriter()
    const lines = [...named].map(([value, name]) => `${name} = ${writer.write(value)}`)
    this.text += [`rewrite ${tensor}`, ...writer.lines, ...lines, ''].join('\n')
    return true
  }

  /** The tensor that an input of the dag stands for: what the rewritten one was, another one, or a column as an input of the model. */
  private inputOf(d: Derivation, name: string, tensor: string, before: string): string {
    if (name === tensorInput(tensor)) return before
    if (name.startsWith(tensorInput(''))) return name.slice(tensorInput('').length)
    const column = [...this.world.columns.values()].find((one) => columnInput(one.name) === name)!
    const dtype = columnDType(column)
    const own = this.given.find(({ input, plain, columns }) => plain && columns[0] === column.name && d.type(input)?.dtype === dtype)
    if (own) return own.input
    const input = `data.${column.name}`
    if (!d.type(input)) d.input(input, { dtype, shape: [BATCH, ...column.shape] })
    if (!this.inputs.some((one) => one.input === input)) {
      this.inputs.push({ input, columns: [column.name], plain: true, compile: (dag, values) => values.get(column.name) ?? columnOf(dag, column) })
    }
    return input
  }
}

/** A value of its own, so that whatever reads the part reads it under its name. */
function alone(dag: Dag, value: Value, parts: readonly Part[]): Value {
  let own = dag.op('Identity', [value])
  while (parts.some((part) => part.value === own)) own = dag.op('Identity', [own])
  return own
}

/** The terms of `a + b + c`. */
function sumOf(expr: Expr): Expr[] {
  if (expr.kind === 'paren') return sumOf(expr.inner)
  return expr.kind === 'binary' && expr.op === '+' ? [...sumOf(expr.left), ...sumOf(expr.right)] : [expr]
}

const isRest = (expr: Expr): boolean => expr.kind === 'name' && expr.text === 'rest'

/** `a0.h0.rest`, `a0.h0[1].rest`: in the spelling in which names of the graph are looked up. */
function restName({ text, slice }: Place): string {
  const index = slice.flatMap((one) => (one.kind === 'index' ? [one.index] : []))
  const base = index.length > 0 && index.length === slice.length ? withIndex(text.slice(0, text.lastIndexOf('[')), index) : text
  return `${base}.rest`
}

const shapeText = (shape: readonly number[]): string => (shape.length === 0 ? 'one number' : `[${shape.join(', ')}]`)
