/**
 * Rows of cached functions that left the memory. Each is appended once to one file and never rewritten; reading asks for long pieces of the
 * file in its order. What goes wrong with the file never fails a run: rows that it does not hold are computed again.
 */
import type { OpenSpillFile, SpillFile } from './spill-file.ts'
import { Cancelled, type Breathe } from './runtime.ts'

/** Bytes of one call, and of the buffer beside the memory for activations. */
const CHUNK = 4 * 2 ** 20
/** Bytes that are rather read and dropped than skipped by another call. */
const GAP = 64 * 2 ** 10

/** Where the rows of one function lie. */
export interface Shelf {
  readonly rowBytes: number
  /** By distinct input: how many rows of the function came before it, or -1. */
  readonly place: Int32Array
  /** Rows that follow each other in the file, in the order in which they came. */
  readonly extents: { readonly first: number; readonly at: number; count: number }[]
  rows: number
}

export class Spill {
  /** Seconds that writing and reading took. */
  seconds = 0
  /** Bytes that were written. */
  written = 0
  /** Rows that left the memory and are not on the disk, although that would be worth it. */
  forgotten = 0
  /** Why rows are computed again instead, as a clause. */
  problem: string | undefined
  private readonly open: OpenSpillFile
  private readonly breathe: Breathe
  private readonly shelves: Shelf[] = []
  private opened: Promise<SpillFile | undefined> | undefined
  private scratch: Uint8Array<ArrayBuffer> | undefined
  private complete = true

  constructor(open: OpenSpillFile, breathe: Breathe) {
    this.open = open
    this.breathe = breathe
  }

  /** Bytes that could still be written; 0 where there is no file. */
  async room(): Promise<number> {
    const file = await this.file()
    return file && this.complete ? Math.max(0, file.room - this.written) : 0
  }

  shelf(rowBytes: number, distinct: number): Shelf {
    const made = { rowBytes, place: new Int32Array(distinct).fill(-1), extents: [], rows: 0 }
    this.shelves.push(made)
    return made
  }

  /** Write those rows that are not there yet: `ids` are their distinct inputs (-1 for none), `bytes` holds one after the other. */
  async keep(shelf: Shelf, ids: Int32Array, bytes: Uint8Array): Promise<void> {
    const file = await this.file()
    if (!file || !this.complete) return
    const start = performance.now()
    const fresh = (i: number): boolean => ids[i]! >= 0 && shelf.place[ids[i]!]! < 0
    const most = Math.max(1, Math.floor(CHUNK / shelf.rowBytes))
    try {
      for (let from = 0, to = 0; from < ids.length; from = Math.max(to, from + 1)) {
        for (to = from; to < ids.length && to - from < most && fresh(to); to++);
        if (to === from) continue
        const count = Math.min(to - from, Math.floor((file.room - this.written) / shelf.rowBytes))
        if (count > 0) {
          await this.breathe()
          await file.write(bytes.subarray(from * shelf.rowBytes, (from + count) * shelf.rowBytes), this.written)
          this.shelve(shelf, ids.subarray(from, from + count))
        }
        if (count < to - from) {
          this.stop(`half of what is free on the disk, ${(file.room / 1e6).toFixed(file.room < 1e7 ? 2 : 0)} MB, is taken`)
          return
        }
      }
    } catch (error) {
      if (error instanceof Cancelled) throw error
      // What was written before can still be read.
      this.stop(`the temporary file for them cannot be written (${told(error)})`)
    } finally {
      this.seconds += (performance.now() - start) / 1000
    }
  }

  /** Read rows, which are there, in the order of the file: sorts `ids`. Gives how many of them were read, one after the other, into `bytes`. */
  async fetch(shelf: Shelf, ids: Int32Array, bytes: Uint8Array): Promise<number> {
    const { rowBytes, place, extents } = shelf
    const start = performance.now()
    const file = await this.file()
    ids.sort((a, b) => place[a]! - place[b]!)
    let done = 0
    try {
      if (!file) return 0
      for (let extent = 0; done < ids.length; ) {
        const first = place[ids[done]!]!
        while (first >= extents[extent]!.first + extents[extent]!.count) extent++
        const { first: begin, at, count } = extents[extent]!
        let end = done + 1
        for (let last = first; end < ids.length; last = place[ids[end++]!]!) {
          const next = place[ids[end]!]!
          if (next >= begin + count || (next - last - 1) * rowBytes > GAP || (next - first + 1) * rowBytes > CHUNK) break
        }
        const rows = place[ids[end - 1]!]! - first + 1
        const from = at + (first - begin) * rowBytes
        await this.breathe()
        if (rows === end - done) await file.read(bytes.subarray(done * rowBytes, end * rowBytes), from)
        else {
          const piece = (this.scratch ??= new Uint8Array(CHUNK)).subarray(0, rows * rowBytes)
          await file.read(piece, from)
          for (let i = done; i < end; i++) {
            const row = place[ids[i]!]! - first
            bytes.set(piece.subarray(row * rowBytes, (row + 1) * rowBytes), i * rowBytes)
          }
        }
        done = end
      }
    } catch (error) {
      if (error instanceof Cancelled) throw error
      this.stop(`the temporary file for them cannot be read (${told(error)})`)
      for (const shelf of this.shelves) {
        shelf.place.fill(-1)
        this.forgotten += shelf.rows
      }
    } finally {
      this.seconds += (performance.now() - start) / 1000
    }
    return done
  }

  async close(): Promise<void> {
    const file = await this.opened
    this.complete = false
    this.opened = Promise.resolve(undefined)
    this.scratch = undefined
    await file?.close().catch(() => {})
  }

  private file(): Promise<SpillFile | undefined> {
    return (this.opened ??= this.open().catch((error: unknown) => {
      this.stop(`no temporary file can be made for them (${told(error)})`)
      return undefined
    }))
  }

  private shelve(shelf: Shelf, ids: Int32Array): void {
    const last = shelf.extents.at(-1)
    if (last && last.at + last.count * shelf.rowBytes === this.written) last.count += ids.length
    else shelf.extents.push({ first: shelf.rows, at: this.written, count: ids.length })
    for (const id of ids) shelf.place[id] = shelf.rows++
    this.written += ids.length * shelf.rowBytes
  }

  private stop(problem: string): void {
    this.complete = false
    this.problem ??= problem
  }
}

const told = (error: unknown): string => (error instanceof Error ? error.message : String(error)).replace(/, (write|read|open|statfs|scandir)\b/, '')
