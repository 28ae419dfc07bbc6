/**
 * Cached functions of a datum. A datum's value is computed once, in one pass over the model for all functions that some
 * draw needs of it; data with equal model inputs share their value.
 */
import type { Value } from '../onnx/dag.ts'
import { byteLength } from '../onnx/dtype.ts'
import type { DType, Tensor, TypedArray } from '../onnx/types.ts'
import { elements } from './elements.ts'
import { fuse } from './fuse.ts'
import { HalvedSession, type HalvedGiven } from './halved-session.ts'
import { doubleOf, isCrossing } from './halves.ts'
import { narrow } from './narrow.ts'
import { rowsPerCall } from './limits.ts'
import { processor, type Breathe, type Held, type Placement } from './runtime.ts'
import { distinctRows, takeColumn, type Table } from './table.ts'
import { topological } from './walk.ts'

export interface CacheGiven extends HalvedGiven {
  readonly table: Table
  /** Columns that the model reads: functions of them share one pass. */
  readonly modelColumns: ReadonlySet<string>
  readonly breathe: Breathe
}

/** Rows of one pass: many amortise a call, few stay in the processor's caches. */
const MOST_PASS_ROWS = 128
/** A device has no such caches, and many units to keep busy. */
const MOST_DEVICE_ROWS = 4096
/** Passes of a group that a device keeps: each has the weights once more in its memory. */
const MOST_DEVICE_PASSES = 4

interface Entry {
  readonly source: Value
  readonly group: Group
  values: TypedArray | undefined
  /** Elements per row, known after the first pass. */
  size: number
  dims: readonly number[]
  dtype: Tensor['dtype']
  /** By distinct input: row of `values`, or -1. */
  readonly rowOf: Int32Array
  used: number
  /** Another one whenever rows are added. */
  version: number
  /** Copies on the device, by dtype and shape. */
  readonly held: Map<string, { readonly tensor: Held; readonly version: number }>
}

/** Functions that are computed in the same pass over data. */
interface Group {
  /** Whether the model runs; else there are only columns to look at, which the processor has. */
  readonly model: boolean
  /** Distinct input of each datum. */
  readonly id: Int32Array
  /** A datum for each distinct input. */
  readonly example: Int32Array
  readonly sessions: Map<string, { session: HalvedSession; inputs: readonly string[]; rows: number }>
}

export class Cache {
  private readonly given: CacheGiven
  private readonly entries = new Map<number, Entry>()
  private readonly groups = new Map<string, Group>()
  private versions = 0
  /** Of passes that are no longer kept. */
  private readonly past: Placement[] = []

  constructor(given: CacheGiven) {
    this.given = given
  }

  /** Make functions known, so that they are planned together. */
  know(sources: Iterable<Value>): void {
    const fresh = [...new Set(sources)].filter((s) => !this.entries.has(s.id))
    const reads = new Map(fresh.map((source) => [source, this.columnsOf(source)]))
    const usesModel = (columns: readonly string[]): boolean => columns.some((c) => this.given.modelColumns.has(c))
    const together = [...new Set(fresh.filter((s) => usesModel(reads.get(s)!)).flatMap((s) => reads.get(s)!))].sort()
    for (const source of fresh) {
      const own = reads.get(source)!
      const group = this.group(usesModel(own) ? together : own, usesModel(own))
      this.entries.set(source.id, {
        source, group, values: undefined, size: 0, dims: [], dtype: source.type.dtype,
        rowOf: new Int32Array(group.example.length).fill(-1), used: 0, version: 0, held: new Map(),
      })
    }
  }

  /** Compute what is missing of these functions on these data; `told` of the rows that are computed, and of how many they will be. */
  async ensure(needs: readonly { readonly source: Value; readonly data: Int32Array | 'all' }[], told: (done: number, total: number) => void = () => {}): Promise<void> {
    const byGroup = new Map<Group, Map<Entry, Uint8Array>>()
    for (const { source, data } of needs) {
      const entry = this.entries.get(source.id)!
      let wanted = byGroup.get(entry.group)
      if (!wanted) byGroup.set(entry.group, (wanted = new Map()))
      let missing = wanted.get(entry)
      if (!missing) wanted.set(entry, (missing = new Uint8Array(entry.group.example.length)))
      if (data === 'all') for (let i = 0; i < missing.length; i++) missing[i] = entry.rowOf[i]! < 0 ? 1 : 0
      else {
        for (let i = 0; i < data.length; i++) {
          const id = entry.group.id[data[i]!]!
          if (entry.rowOf[id]! < 0) missing[id] = 1
        }
      }
    }
    const batches = [...byGroup].flatMap(([group, wanted]) => partition(group.example.length, wanted).map((batch) => ({ group, ...batch })))
    const total = batches.reduce((sum, { ids }) => sum + ids.length, 0)
    let done = 0
    for (const { group, entries, ids } of batches) await this.compute(group, entries, ids, (rows) => told((done += rows), total))
  }

  /** The cached values of a function: shape `[rows computed, …]`, or `[rows computed * length, …]`; float64 ones as `dtype`. */
  values(source: Value, dtype: DType = source.type.dtype, length?: number): Tensor {
    const entry = this.entries.get(source.id)!
    const data = entry.values!.subarray(0, entry.used * entry.size)
    const dims = length === undefined ? [entry.used, ...entry.dims] : [entry.used * length, ...entry.dims.slice(1)]
    if (dims[0]! > 2 ** 31 - 1) throw new Error(`${dims[0]} cached positions are more than an index can count`)
    return { dtype: entry.dtype, dims, data, ...(dtype === entry.dtype || dtype === source.type.dtype ? {} : { dtype, data: Float32Array.from(data as Float64Array) }) }
  }

  /** The same on the device, where they are copied once. The runtime can hold tensors. */
  async held(source: Value, dtype: DType = source.type.dtype, length?: number): Promise<Held> {
    const entry = this.entries.get(source.id)!
    const key = length === undefined ? dtype : `${dtype} by position`
    const known = entry.held.get(key)
    if (known?.version === entry.version) return known.tensor
    known?.tensor.release()
    entry.held.delete(key)
    const tensor = await this.given.runtime.accelerator!.hold!(this.values(source, dtype, length))
    entry.held.set(key, { tensor, version: entry.version })
    return tensor
  }

  /** Of what is cached of a function: equal where nothing was added or forgotten in between. */
  version(source: Value): number {
    return this.entries.get(source.id)!.version
  }

  /** Where the operators of all passes so far ran. */
  placements(): Placement[] {
    return [...this.past, ...[...this.groups.values()].flatMap(({ sessions }) => [...sessions.values()].flatMap(({ session }) => session.placements()))]
  }

  /** Row of the cache for each of these data (all of them were ensured). */
  index(source: Value, data: Int32Array): Int32Array {
    const { group, rowOf } = this.entries.get(source.id)!
    const rows = new Int32Array(data.length)
    for (let i = 0; i < data.length; i++) rows[i] = rowOf[group.id[data[i]!]!]!
    return rows
  }

  /** Bytes that one datum's value of a function takes. */
  bytesPerRow(source: Value): number {
    return byteLength(source.type.dtype, elements(source.type.shape))
  }

  /** Distinct inputs among the data, for the functions that read the model. */
  distinct(source: Value): number {
    return this.entries.get(source.id)!.group.example.length
  }

  /** Distinct inputs among these data, for a function. */
  rowsOf(source: Value, data: readonly Int32Array[]): number {
    const { id, example } = this.entries.get(source.id)!.group
    const seen = new Uint8Array(example.length)
    let rows = 0
    for (const some of data) for (let i = 0; i < some.length; i++) seen[id[some[i]!]!] = 1
    for (const one of seen) rows += one
    return rows
  }

  /** Forget all values (the functions stay known). */
  clear(): void {
    for (const entry of this.entries.values()) {
      entry.values = undefined
      entry.used = 0
      entry.rowOf.fill(-1)
      drop(entry)
    }
  }

  /** Gives up the sessions, which hold the model's weights; values stay. */
  async rest(): Promise<void> {
    for (const { sessions } of this.groups.values()) {
      for (const { session } of sessions.values()) await session.release()
      sessions.clear()
    }
  }

  async release(): Promise<void> {
    await this.rest()
    this.entries.forEach(drop)
    this.groups.clear()
    this.entries.clear()
  }

  private columnsOf(source: Value): string[] {
    const inputs = topological([source]).flatMap((v) => (v.def.kind === 'input' ? [this.given.table.behind(v.def.name)!.name] : []))
    return inputs.sort()
  }

  private group(columns: readonly string[], model: boolean): Group {
    const key = columns.join('\0')
    let group = this.groups.get(key)
    if (!group) {
      const id = distinctRows(this.given.table, columns)
      const example: number[] = []
      for (let i = 0; i < id.length; i++) if (id[i] === example.length) example.push(i)
      group = { model, id, example: Int32Array.from(example), sessions: new Map() }
      this.groups.set(key, group)
    }
    return group
  }

  private async compute(group: Group, entries: readonly Entry[], ids: Int32Array, computed: (rows: number) => void): Promise<void> {
    const { dag, header, folder, table, breathe } = this.given
    const runtime = group.model ? this.given.runtime : processor(this.given.runtime)
    const key = entries.map((e) => e.source.id).join()
    let known = group.sessions.get(key)
    if (!known) {
      const narrowed = fuse(dag, narrow(dag, entries.map((e) => e.source)))
      const session = await HalvedSession.make({ dag, header, folder, runtime }, new Map(narrowed.map((value, i) => [`o${i}`, value])), { stored: table.stored })
      known = { session, inputs: [...session.deviceInputs.union(session.lastInputs)].filter((name) => !isCrossing(name)), rows: rowsPerCall(narrowed, runtime.accelerator ? MOST_DEVICE_ROWS : MOST_PASS_ROWS, 1, runtime) }
      group.sessions.set(key, known)
      if (runtime.accelerator && group.sessions.size > MOST_DEVICE_PASSES) {
        const [oldest, unused] = group.sessions.entries().next().value!
        this.past.push(...unused.session.placements())
        group.sessions.delete(oldest)
        await unused.session.release()
      }
    }
    for (let start = 0, n = 0; start < ids.length; start += n) {
      await breathe()
      n = Math.min(known.rows, ids.length - start)
      const chunk = ids.subarray(start, start + n)
      const data = chunk.map((id) => group.example[id]!)
      const feeds = Object.fromEntries(known.inputs.map((name) => [name, fed(table, name, data)]))
      const outputs = await known.session.run(feeds)
      entries.forEach((entry, i) => this.append(entry, chunk, outputs[`o${i}`]!, ids.length))
      computed(n)
    }
  }

  private append(entry: Entry, ids: Int32Array, output: Tensor, expected: number): void {
    if (output.dims[0] !== ids.length) {
      throw new Error(`a pass over ${ids.length} data gave a tensor of shape [${output.dims.join(', ')}]`)
    }
    const data = output.data as TypedArray
    entry.size = data.length / ids.length
    entry.dims = output.dims.slice(1)
    entry.dtype = output.dtype
    const needed = (entry.used + ids.length) * entry.size
    if (!entry.values || entry.values.length < needed) {
      const room = Math.max(needed, (entry.used + expected) * entry.size)
      const grown = new (data.constructor as new (n: number) => TypedArray)(room)
      if (entry.values) (grown as Float32Array).set(entry.values as Float32Array)
      entry.values = grown
    }
    ;(entry.values as Float32Array).set(data as Float32Array, entry.used * entry.size)
    for (let i = 0; i < ids.length; i++) entry.rowOf[ids[i]!] = entry.used + i
    entry.used += ids.length
    entry.version = ++this.versions
  }
}

/** A column on some data; as float32 where a device reads it so. */
function fed(table: Table, input: string, data: Int32Array): Tensor {
  const column = table.behind(input)
  if (column) return takeColumn(column, data)
  const double = takeColumn(table.behind(doubleOf(input)!)!, data)
  return { ...double, dtype: 'float32', data: Float32Array.from(double.data as Float64Array) }
}

/** Forgets what the device holds of it. */
function drop({ held }: Entry): void {
  for (const { tensor } of held.values()) tensor.release()
  held.clear()
}

/** Data that need the same functions, together. Above a few kinds, everything that any of them needs. */
function partition(count: number, wanted: ReadonlyMap<Entry, Uint8Array>): { entries: Entry[]; ids: Int32Array }[] {
  const missing = [...wanted].filter(([, mask]) => mask.includes(1))
  const entries = missing.map(([entry]) => entry)
  const masks = missing.map(([, mask]) => mask)
  if (entries.length <= 24) {
    const byMask = new Map<number, number[]>()
    for (let id = 0; id < count; id++) {
      let mask = 0
      for (let e = 0; e < masks.length; e++) if (masks[e]![id]) mask |= 1 << e
      if (mask === 0) continue
      const ids = byMask.get(mask)
      if (ids) ids.push(id)
      else byMask.set(mask, [id])
    }
    if (byMask.size <= MOST_KINDS) {
      return [...byMask].map(([mask, ids]) => ({ entries: entries.filter((_, e) => mask & (1 << e)), ids: Int32Array.from(ids) }))
    }
  }
  const any: number[] = []
  for (let id = 0; id < count; id++) if (masks.some((m) => m[id])) any.push(id)
  // A function that is known already for some of these data would get a second row for them: harmless, and rare.
  return any.length === 0 ? [] : [{ entries, ids: Int32Array.from(any) }]
}

const MOST_KINDS = 4
