/**
 * Cached functions of a datum. A datum's value is computed once, in one pass over the model for all functions that some
 * draw needs of it; data with equal model inputs share their value. Beyond `budget`, what is not needed now leaves the memory: to a file,
 * where reading it takes less than computing it again.
 */
import { attr, type Value } from '../onnx/dag.ts'
import { byteLength, codeOf } from '../onnx/dtype.ts'
import type { DType, Tensor, TypedArray } from '../onnx/types.ts'
import { elements } from './elements.ts'
import { flopsPerDatum } from './flops.ts'
import { fuse } from './fuse.ts'
import { HalvedSession, type HalvedGiven } from './halved-session.ts'
import { doubleOf, isCrossing } from './halves.ts'
import { narrow } from './narrow.ts'
import { rowsPerCall } from './limits.ts'
import { processor, type Breathe, type Held, type Placement } from './runtime.ts'
import type { Shelf, Spill } from './spill.ts'
import { distinctRows, takeColumn, takeRows, type Table } from './table.ts'
import { topological } from './walk.ts'

export interface CacheGiven extends HalvedGiven {
  readonly table: Table
  /** Columns that the model reads: functions of them share one pass. */
  readonly modelColumns: ReadonlySet<string>
  readonly breathe: Breathe
  /** Keep float32 functions of the model as float16, where their values lie within its range. */
  readonly half?: boolean
  /** Where rows go that leave the memory; they are forgotten when undefined. */
  readonly spill?: Spill
}

/** Operations that take as long as reading a byte back, roughly: four passes over numbers of four bytes, on a processor and on a device. */
const FLOPS_PER_BYTE = 1
const DEVICE_FLOPS_PER_BYTE = 100

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
  /** Kept as float16 although it is float32. */
  half: boolean
  /** By distinct input: row of `values`, or -1. */
  readonly rowOf: Int32Array
  /** The same by datum, where all of them are in memory: as of a version. */
  byDatum: { readonly version: number; readonly rows: Int32Array | 'the datum itself' | undefined }
  used: number
  /** What is on the disk of it, where that is worth it. */
  shelf: Shelf | undefined
  /** Whether it is; undefined until somebody asks. */
  spills: boolean | undefined
  /** Another one whenever rows are added. */
  version: number
  /** Copies on the device, by dtype and shape. */
  readonly held: Map<string, { readonly tensor: Held; readonly version: number }>
}

/** What is needed of a function at one time. */
interface Wanted {
  /** By distinct input. */
  readonly mask: Uint8Array
  /** How many of them are not in memory. */
  missing: number
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
  /** Functions that were to be kept as float16 and have values beyond its range, since somebody looked. */
  private widened = 0
  /** The same, in all. */
  wide = 0
  /** Of passes that are no longer kept. */
  private readonly past: Placement[] = []
  /** Bytes that values may take, but for what is needed at one time. */
  budget = Infinity

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
        rowOf: new Int32Array(group.example.length).fill(-1), byDatum: { version: 0, rows: undefined }, used: 0, version: 0, half: this.given.half === true && group.model && source.type.dtype === 'float32', shelf: undefined, spills: undefined, held: new Map(),
      })
    }
  }

  /**
   * Have these functions in memory on these data, from the disk or computed; `told` of the rows that are computed, and of how many they will
   * be. Other data, and other functions, may leave the memory: what was ensured before needs to be ensured again before it is read.
   */
  async ensure(needs: readonly { readonly source: Value; readonly data: Int32Array | 'all' }[], told: (done: number, total: number) => void = () => {}): Promise<void> {
    if (needs.every(({ source }) => rowsByDatum(this.entries.get(source.id)!))) return
    const wanted = new Map<Entry, Wanted>()
    for (const { source, data } of needs) {
      const entry = this.entries.get(source.id)!
      const { rowOf, group } = entry
      let own = wanted.get(entry)
      if (!own) wanted.set(entry, (own = { mask: new Uint8Array(rowOf.length), missing: 0 }))
      const { mask } = own
      const count = data === 'all' ? mask.length : data.length
      for (let i = 0; i < count; i++) {
        const id = data === 'all' ? i : group.id[data[i]!]!
        if (mask[id]) continue
        mask[id] = 1
        if (rowOf[id]! < 0) own.missing++
      }
    }
    await this.makeRoom(wanted)
    const byGroup = new Map<Group, Map<Entry, Uint8Array>>()
    for (const [entry, own] of wanted) {
      if (own.missing > 0) await this.fetch(entry, own)
      if (own.missing === 0) continue
      const missing = own.mask.slice()
      for (let id = 0; id < missing.length; id++) if (entry.rowOf[id]! >= 0) missing[id] = 0
      let group = byGroup.get(entry.group)
      if (!group) byGroup.set(entry.group, (group = new Map()))
      group.set(entry, missing)
    }
    const batches = [...byGroup].flatMap(([group, wanted]) => partition(group.example.length, wanted).map((batch) => ({ group, ...batch })))
    const total = batches.reduce((sum, { ids }) => sum + ids.length, 0)
    // Functions that are computed together may give more than was asked for; where there is no room for that, it goes to the disk at once.
    const all = batches.reduce((sum, { entries, ids }) => sum + ids.length * entries.reduce((bytes, entry) => bytes + rowBytes(entry), 0), 0)
    const tight = this.resident + all > this.budget
    let done = 0
    for (const { group, entries, ids } of batches) await this.compute(group, entries, ids, tight ? wanted : undefined, (rows) => told((done += rows), total))
    // What was too large for float16 was forgotten, and is computed again.
    const again = this.widened > 0
    this.widened = 0
    if (again) await this.ensure(needs, told)
  }

  /** The cached values of a function: shape `[rows computed, …]`, or `[rows computed * length, …]`; float64 ones as `dtype`. */
  values(source: Value, dtype: DType = source.type.dtype, length?: number): Tensor {
    const entry = this.entries.get(source.id)!
    const data = entry.values!.subarray(0, entry.used * entry.size)
    const dims = length === undefined ? [entry.used, ...entry.dims] : [entry.used * length, ...entry.dims.slice(1)]
    if (dims[0]! > 2 ** 31 - 1) throw new Error(`${dims[0]} cached positions are more than an index can count`)
    return { dtype: entry.dtype, dims, data, ...(dtype === entry.dtype || dtype === source.type.dtype ? {} : { dtype, data: Float32Array.from(data as Float64Array) }) }
  }

  /** Whether a function is kept as float16 although it is float32. */
  isHalf(source: Value): boolean {
    return this.entries.get(source.id)?.half ?? false
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

  /** Where rows go that leave the memory. */
  get spill(): Spill | undefined {
    return this.given.spill
  }

  /** Where the operators of all passes so far ran. */
  placements(): Placement[] {
    return [...this.past, ...[...this.groups.values()].flatMap(({ sessions }) => [...sessions.values()].flatMap(({ session }) => session.placements()))]
  }

  /** Row of the cache for each of these data (all of them were ensured); `data` itself where these are the rows. */
  index(source: Value, data: Int32Array): Int32Array {
    const entry = this.entries.get(source.id)!
    const { group, rowOf } = entry
    const all = rowsByDatum(entry)
    if (all === 'the datum itself') return data
    const rows = new Int32Array(data.length)
    if (all) for (let i = 0; i < data.length; i++) rows[i] = all[data[i]!]!
    else for (let i = 0; i < data.length; i++) rows[i] = rowOf[group.id[data[i]!]!]!
    return rows
  }

  /** Bytes of values that are in memory now. */
  get resident(): number {
    return [...this.entries.values()].reduce((sum, { values }) => sum + (values?.byteLength ?? 0), 0)
  }

  /** Whether a datum's value of a function would have to be computed. */
  lacks(source: Value, datum: number): boolean {
    const { group, rowOf, shelf } = this.entries.get(source.id)!
    const id = group.id[datum]!
    return rowOf[id]! < 0 && !(shelf && shelf.place[id]! >= 0)
  }

  /** Bytes that one datum's value of a function takes. */
  bytesPerRow(source: Value): number {
    return byteLength(this.entries.get(source.id)?.half ? 'float16' : source.type.dtype, elements(source.type.shape))
  }

  /** Bytes of all that is needed, each datum of a function once. */
  bytesOf(needs: readonly { readonly source: Value; readonly data: Int32Array }[]): number {
    return [...Map.groupBy(needs, ({ source }) => source)].reduce((sum, [source, some]) => sum + this.bytesPerRow(source) * this.rowsOf(source, some.map(({ data }) => data)), 0)
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

  /** Whether rows of a function that leave the memory are written rather than computed again. */
  spills(source: Value): boolean {
    const { spill, runtime } = this.given
    const entry = this.entries.get(source.id)!
    const bytes = this.bytesPerRow(source)
    return (entry.spills ??= spill !== undefined && bytes > 0 && entry.group.model && flopsPerDatum([source]) >= bytes * (runtime.accelerator ? DEVICE_FLOPS_PER_BYTE : FLOPS_PER_BYTE))
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
    await this.given.spill?.close()
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

  private async compute(group: Group, entries: readonly Entry[], ids: Int32Array, only: ReadonlyMap<Entry, Wanted> | undefined, computed: (rows: number) => void): Promise<void> {
    const { dag, header, folder, table, breathe } = this.given
    const runtime = group.model ? this.given.runtime : processor(this.given.runtime)
    const key = entries.map((e) => `${e.source.id}${e.half ? ' half' : ''}`).join()
    let known = group.sessions.get(key)
    if (!known) {
      const narrowed = fuse(dag, narrow(dag, entries.map((e) => e.source))).map((value, i) => (entries[i]!.half ? dag.op('Cast', [value], { to: attr.int(codeOf('float16')) }) : value))
      const session = await HalvedSession.make({ dag, header, folder, runtime }, new Map(narrowed.map((value, i) => [`o${i}`, value])), { stored: table.stored })
      known = { session, inputs: [...session.deviceInputs.union(session.lastInputs)].filter((name) => !isCrossing(name)), rows: rowsPerCall(narrowed, runtime.accelerator ? MOST_DEVICE_ROWS : MOST_PASS_ROWS, undefined, runtime) }
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
      for (const [i, entry] of entries.entries()) await this.append(entry, chunk, outputs[`o${i}`]!, ids, only?.get(entry)?.mask)
      computed(n)
    }
  }

  /** Where what is missing does not fit beside what there is, what is not wanted leaves the memory. */
  private async makeRoom(wanted: ReadonlyMap<Entry, Wanted>): Promise<void> {
    const needed = [...wanted].reduce((sum, [entry, { missing }]) => sum + missing * rowBytes(entry), 0)
    if (needed === 0 || this.resident + needed <= this.budget) return
    for (const entry of this.entries.values()) if (entry.used > 0) await this.leave(entry, wanted.get(entry))
  }

  /** Rows that are not wanted leave the memory, which then has room for those that are missing. */
  private async leave(entry: Entry, wanted: Wanted | undefined): Promise<void> {
    const { rowOf } = entry
    const idOf = new Int32Array(entry.used).fill(-1)
    let staying = 0
    for (let id = 0; id < rowOf.length; id++) {
      if (rowOf[id]! < 0) continue
      idOf[rowOf[id]!] = id
      if (wanted?.mask[id]) staying++
    }
    const stays = (id: number): boolean => id >= 0 && wanted?.mask[id] === 1
    if (staying < entry.used) await this.keep(entry, idOf, bytesOf(entry.values!, 0, entry.used * entry.size))
    const values = like(entry.values!, (staying + (wanted?.missing ?? 0)) * entry.size)
    let rows = 0
    for (let from = 0, to = 0; from < idOf.length; from = to + 1) {
      const first = rows
      for (to = from; to < idOf.length && stays(idOf[to]!); to++) rowOf[idOf[to]!] = rows++
      ;(values as Float32Array).set((entry.values as Float32Array).subarray(from * entry.size, to * entry.size), first * entry.size)
      const id = to < idOf.length ? idOf[to]! : -1
      if (id < 0) continue
      rowOf[id] = -1
      if (entry.shelf && entry.shelf.place[id]! < 0) this.given.spill!.forgotten++
    }
    entry.values = values
    entry.used = rows
    entry.version = ++this.versions
    drop(entry)
  }

  /** Write rows where that is worth it. */
  private async keep(entry: Entry, ids: Int32Array, bytes: Uint8Array): Promise<void> {
    if (!this.spills(entry.source)) return
    entry.shelf ??= this.given.spill!.shelf(rowBytes(entry), entry.rowOf.length)
    await this.given.spill!.keep(entry.shelf, ids, bytes)
  }

  /** Bring wanted rows back from the disk. */
  private async fetch(entry: Entry, wanted: Wanted): Promise<void> {
    const { shelf, rowOf } = entry
    if (!shelf) return
    let ids = new Int32Array(wanted.missing)
    let count = 0
    for (let id = 0; id < rowOf.length; id++) if (wanted.mask[id] && rowOf[id]! < 0 && shelf.place[id]! >= 0) ids[count++] = id
    if (count === 0) return
    ids = ids.subarray(0, count)
    grow(entry, ids.length)
    const done = await this.given.spill!.fetch(shelf, ids, bytesOf(entry.values!, entry.used * entry.size, (entry.used + ids.length) * entry.size))
    for (let i = 0; i < done; i++) rowOf[ids[i]!] = entry.used++
    entry.version = ++this.versions
    wanted.missing -= done
  }

  /** A function with values that are no numbers of float16 is kept as it is, from the first row on. */
  private widen(entry: Entry): void {
    if (!entry.half) return
    entry.half = false
    entry.rowOf.fill(-1)
    entry.values = undefined
    entry.used = 0
    entry.shelf = undefined
    entry.version = ++this.versions
    drop(entry)
    this.widened++
    this.wide++
  }

  /** Rows of some of `all`; in memory only those that are wanted, where that is said. */
  private async append(entry: Entry, ids: Int32Array, output: Tensor, all: Int32Array, wanted: Uint8Array | undefined): Promise<void> {
    if (output.dims[0] !== ids.length) {
      throw new Error(`a pass over ${ids.length} data gave a tensor of shape [${output.dims.join(', ')}]`)
    }
    const data = output.data as TypedArray
    if (output.dtype === 'float16' && entry.source.type.dtype === 'float32' && !(entry.half && withinHalf(data))) return this.widen(entry)
    entry.size = data.length / ids.length
    entry.dims = output.dims.slice(1)
    entry.dtype = output.dtype
    entry.values ??= like(data, 0)
    const kept = (id: number): boolean => !wanted || (wanted[id] === 1 && entry.rowOf[id]! < 0)
    const rows = Array.from(ids.keys()).filter((i) => kept(ids[i]!))
    if (rows.length < ids.length) await this.keep(entry, ids, bytesOf(data, 0, data.length))
    grow(entry, rows.length, () => (wanted ? all.reduce((sum, id) => (kept(id) ? sum + 1 : sum), 0) : all.length))
    const taken = rows.length === ids.length ? data : takeRows(data, Int32Array.from(rows), entry.size)
    ;(entry.values as Float32Array).set(taken as Float32Array, entry.used * entry.size)
    for (const i of rows) entry.rowOf[ids[i]!] = entry.used++
    entry.version = ++this.versions
  }
}

/** Whether all are finite numbers: what is beyond 65504, or was no number before, has an exponent of ones alone. */
function withinHalf({ buffer, byteOffset, length }: TypedArray): boolean {
  const words = new Uint16Array(buffer, byteOffset, length)
  for (let i = 0; i < length; i++) if ((words[i]! & 0x7c00) === 0x7c00) return false
  return true
}

/** Row of each datum, where all are in memory. */
function rowsByDatum(entry: Entry): Int32Array | 'the datum itself' | undefined {
  const { rowOf, group: { id }, version } = entry
  if (entry.byDatum.version === version) return entry.byDatum.rows
  let rows: Entry['byDatum']['rows']
  if (!rowOf.includes(-1)) {
    const own = new Int32Array(id.length)
    let same = true
    for (let datum = 0; datum < own.length; datum++) if ((own[datum] = rowOf[id[datum]!]!) !== datum) same = false
    rows = same ? 'the datum itself' : own
  }
  entry.byDatum = { version, rows }
  return rows
}

/** A column on some data; as float32 where a device reads it so. */
function fed(table: Table, input: string, data: Int32Array): Tensor {
  const column = table.behind(input)
  if (column) return takeColumn(column, data)
  const double = takeColumn(table.behind(doubleOf(input)!)!, data)
  return { ...double, dtype: 'float32', data: Float32Array.from(double.data as Float64Array) }
}

const like = (values: TypedArray, length: number): TypedArray => new (values.constructor as new (n: number) => TypedArray)(length)

/** Elements `start` to `end`, as bytes. */
const bytesOf = ({ buffer, byteOffset, BYTES_PER_ELEMENT: each }: TypedArray, start: number, end: number): Uint8Array => new Uint8Array(buffer, byteOffset + start * each, (end - start) * each)

/** Bytes of a row, as they are since the first pass. */
const rowBytes = ({ values, size, source, half }: Entry): number => (values ? size * values.BYTES_PER_ELEMENT : byteLength(half ? 'float16' : source.type.dtype, elements(source.type.shape)))

/** Room for so many more rows; where there is too little, for as many as are expected. */
function grow(entry: Entry, rows: number, expected: () => number = () => rows): void {
  const needed = (entry.used + rows) * entry.size
  if (entry.values!.length >= needed) return
  const grown = like(entry.values!, Math.max(needed, (entry.used + expected()) * entry.size))
  ;(grown as Float32Array).set((entry.values as Float32Array).subarray(0, entry.used * entry.size))
  entry.values = grown
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
