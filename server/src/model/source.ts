/** A file read in windows: bytes, varints and stretches by position, never the whole file. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

const WINDOW = 1 << 18

/** Raised for wire format that makes no sense; `short` when the file ends before what it announces. */
export class Damaged extends Error {
  readonly short: boolean
  constructor(message: string, short = false) {
    super(message)
    this.short = short
  }
}

/** Positions and lengths are bytes, exact up to 2^53. Every method throws `Damaged` beyond the end. */
export class Source {
  readonly size: number
  private readonly handle: number
  private window: Uint8Array = new Uint8Array(0)
  private start = 0

  constructor(file: string) {
    this.handle = openSync(file, 'r')
    this.size = fstatSync(this.handle).size
  }

  close(): void {
    closeSync(this.handle)
  }

  byte(at: number): number {
    const inside = this.window[at - this.start]
    if (inside !== undefined) return inside
    this.load(at)
    return this.window[at - this.start] as number
  }

  /** A base-128 number and the position behind it. Above 2^53 the value is not exact. */
  varint(at: number): { value: number; next: number } {
    let value = 0
    let scale = 1
    for (let next = at; next < at + 10; next++) {
      const byte = this.byte(next)
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return { value, next: next + 1 }
      scale *= 128
    }
    throw new Damaged(`a number at byte ${at} does not end`)
  }

  /** A copy of a stretch. */
  bytes(at: number, length: number): Uint8Array {
    this.demand(at, length)
    const result = new Uint8Array(length)
    const inside = at - this.start
    if (inside >= 0 && inside + length <= this.window.length) result.set(this.window.subarray(inside, inside + length))
    else this.fill(result, at)
    return result
  }

  /** Hands a stretch on window by window; the pieces are valid during the call only. */
  pieces(at: number, length: number, use: (piece: Uint8Array) => void): void {
    this.demand(at, length)
    for (let from = at; from < at + length;) {
      this.byte(from)
      const inside = from - this.start
      const piece = this.window.subarray(inside, Math.min(this.window.length, inside + at + length - from))
      use(piece)
      from += piece.length
    }
  }

  private demand(at: number, length: number): void {
    if (at + length > this.size) throw new Damaged(`the file has ${this.size} bytes where ${at + length} are announced`, true)
  }

  private load(at: number): void {
    this.demand(at, 1)
    const length = Math.min(WINDOW, this.size - at)
    if (this.window.buffer.byteLength < WINDOW) this.window = new Uint8Array(WINDOW)
    const window = new Uint8Array(this.window.buffer, 0, length)
    this.fill(window, at)
    this.window = window
    this.start = at
  }

  private fill(into: Uint8Array, at: number): void {
    for (let done = 0; done < into.length;) {
      const count = readSync(this.handle, into, done, into.length - done, at + done)
      if (count === 0) throw new Damaged(`the file ends at byte ${at + done}`, true)
      done += count
    }
  }
}
