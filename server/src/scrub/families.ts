/** Positions of one cached function that are read on several streams and stand side by side: one read. */
import type { Dag, Value } from '../onnx/dag.ts'
import { intsOf } from './operands.ts'
import { operandOf, type Joiner } from './stack.ts'

/** Positions along the first axis after the batch. */
export const POSITIONS = 1
/** Positions that are cached for each that is read, at most. */
const SPARSE = 4

export interface Family {
  readonly source: Value
  /** Positions of the source. */
  readonly length: number
  /** `id` numbers the stream. */
  readonly pieces: readonly { readonly id: number; readonly start: number; readonly end: number }[]
}

/** Whether both read the same positions of the same data. */
export const samePieces = (a: Family, b: Family): boolean =>
  a.length === b.length && a.pieces.length === b.pieces.length && a.pieces.every(({ id, start, end }, i) => id === b.pieces[i]!.id && start === b.pieces[i]!.start && end === b.pieces[i]!.end)

/** What a member reads: positions `start` to `end` of a source. */
interface Part {
  readonly source: Value
  readonly id: number
  readonly start: number
  readonly end: number
}

export class Families implements Joiner {
  private readonly dag: Dag
  private readonly sources: (input: string) => { readonly source: Value; readonly id: number } | undefined
  private readonly made = new Map<number, Family>()

  /** `sources` gives what a graph input reads. */
  constructor(dag: Dag, sources: (input: string) => { readonly source: Value; readonly id: number } | undefined) {
    this.dag = dag
    this.sources = sources
  }

  readonly kind = (member: Value, axis: number): string | undefined => {
    const part = axis === POSITIONS ? this.partOf(member) : undefined
    return part && `positions of ${part.source.id}`
  }

  /** A graph input that stands for the members side by side; undefined where too little would be read of what is cached. */
  readonly join = (members: readonly Value[], axis: number): Value | undefined => {
    if (axis !== POSITIONS) return undefined
    const parts = members.map((member) => this.partOf(member))
    const [first] = parts
    if (!first || !parts.every((part): part is Part => part?.source === first.source)) return undefined
    const width = parts.reduce((sum, { start, end }) => sum + end - start, 0)
    if (Math.max(...parts.map(({ end }) => end)) - Math.min(...parts.map(({ start }) => start)) > SPARSE * width) return undefined
    const pieces: { id: number; start: number; end: number }[] = []
    for (const { id, start, end } of parts) {
      const last = pieces.at(-1)
      if (last && last.id === id && last.end === start) last.end = end
      else pieces.push({ id, start, end })
    }
    // All of one stream: a plain read.
    return pieces.length === 1 ? undefined : this.tight(first.source, pieces)
  }

  /** Of the source only what is read of it. */
  private tight(source: Value, pieces: Family['pieces']): Value {
    const low = Math.min(...pieces.map(({ start }) => start))
    const high = Math.max(...pieces.map(({ end }) => end))
    if (high - low === source.type.shape![POSITIONS]) return this.read(source, { length: high - low, pieces })
    const part = this.dag.op('Slice', [source, this.dag.ints([low]), this.dag.ints([high]), this.dag.ints([POSITIONS])])
    return this.read(part, { length: high - low, pieces: pieces.map(({ id, start, end }) => ({ id, start: start - low, end: end - low })) })
  }

  /** A graph input for these positions of a source. */
  read(source: Value, { length, pieces }: Omit<Family, 'source'>): Value {
    const width = pieces.reduce((sum, { start, end }) => sum + end - start, 0)
    const { dtype, shape } = source.type
    const value = this.dag.input(`family ${source.id} ${pieces.map(({ id, start, end }) => `${id}[${start}:${end}]`).join()}`, {
      dtype, shape: shape!.map((dim, axis) => (axis === POSITIONS ? width : dim)),
    })
    this.made.set(value.id, { source, length, pieces })
    return value
  }

  /** Some of the positions of a family. */
  slice(family: Family, from: number, to: number): Value {
    const pieces: { id: number; start: number; end: number }[] = []
    let at = 0
    for (const { id, start, end } of family.pieces) {
      const [low, high] = [Math.max(from, at), Math.min(to, at + end - start)]
      if (low < high) pieces.push({ id, start: start + low - at, end: start + high - at })
      at += end - start
    }
    return this.tight(family.source, pieces)
  }

  of(value: Value): Family | undefined {
    return this.made.get(value.id)
  }

  /** A read as it is, or a slice of it; what is read may be a slice itself. */
  private partOf(member: Value): Part | undefined {
    let value = member
    let id: number | undefined
    let range: readonly [start: number, end: number] | undefined
    const across: ((whole: Value) => Value)[] = []
    for (;;) {
      const read = value.def.kind === 'input' && id === undefined ? this.sources(value.def.name) : undefined
      const slice = this.sliceOf(value)
      const kept = operandOf(value, 'Unsqueeze', POSITIONS)
      const inner = kept && operandOf(kept, 'Squeeze', POSITIONS)
      if (read) {
        id = read.id
        value = read.source
      } else if (slice) {
        range = range ? [slice.start + range[0], slice.start + range[1]] : [slice.start, slice.end]
        if (slice.across) across.push(slice.across)
        value = slice.whole
      } else if (inner) value = inner
      else break
    }
    const length = value.type.shape?.[POSITIONS]
    if (id === undefined || typeof length !== 'number') return undefined
    const [start, end] = range ?? [0, length]
    return { source: across.reduceRight((whole, take) => take(whole), value), id, start, end }
  }

  /** Positions of a value; `across` takes what the slice takes of other axes. */
  sliceOf({ def }: Value): { readonly whole: Value; readonly start: number; readonly end: number; readonly across: ((whole: Value) => Value) | undefined } | undefined {
    if (def.kind !== 'op' || def.call.domain !== '' || def.call.opType !== 'Slice' || def.call.inputs.length !== 4) return undefined
    const [whole] = def.call.inputs as [Value]
    const [starts, ends, axes] = def.call.inputs.slice(1).map(intsOf)
    const at = axes?.indexOf(POSITIONS) ?? -1
    const length = whole.type.shape?.[POSITIONS]
    if (!starts || !ends || !axes || at < 0 || axes.includes(0) || typeof length !== 'number') return undefined
    const [start, end] = [starts[at]!, Math.min(ends[at]!, length)]
    if (start < 0 || end <= start) return undefined
    const others = axes.map((_, k) => k).filter((k) => k !== at)
    const taken = (values: readonly number[]): Value => this.dag.ints(others.map((k) => values[k]!))
    return { whole, start, end, across: others.length === 0 ? undefined : (value) => this.dag.op('Slice', [value, taken(starts), taken(ends), taken(axes)]) }
  }
}
