/** Writes the protobuf wire format into one growing buffer, without intermediate copies of large payloads. */

const TEXT = new TextEncoder()

/** Appends fields; a message is written in place and its length set afterwards. */
export class Writer {
  private bytes: Uint8Array
  private end: number

  /** `capacity` is the expected size, `start` bytes are left free in front for `prefix`. */
  constructor(capacity: number, start = 0) {
    this.bytes = new Uint8Array(Math.max(64, capacity + start))
    this.end = start
  }

  /** Bytes from `start` on, without a copy. */
  finish(start = 0): Uint8Array {
    return this.bytes.subarray(start, this.end)
  }

  get length(): number {
    return this.end
  }

  uint(field: number, value: number): void {
    this.room(20)
    this.end = putVarint(this.bytes, this.end, field * 8)
    this.end = putVarint(this.bytes, this.end, value)
  }

  int64(field: number, value: bigint | number): void {
    if (typeof value === 'number' && value >= 0) return this.uint(field, value)
    this.room(20)
    this.end = putVarint(this.bytes, this.end, field * 8)
    this.end = putBigVarint(this.bytes, this.end, BigInt.asUintN(64, BigInt(value)))
  }

  float(field: number, value: number): void {
    this.room(14)
    this.end = putVarint(this.bytes, this.end, field * 8 + 5)
    new DataView(this.bytes.buffer).setFloat32(this.end, value, true)
    this.end += 4
  }

  string(field: number, value: string): void {
    const limit = value.length * 3
    this.room(limit + 20)
    this.end = putVarint(this.bytes, this.end, field * 8 + 2)
    if (value.length < 43) {
      // Three bytes for each character at most: the length takes one byte.
      const { written } = TEXT.encodeInto(value, this.bytes.subarray(this.end + 1))
      this.bytes[this.end] = written
      this.end += 1 + written
    } else {
      const text = TEXT.encode(value)
      this.end = putVarint(this.bytes, this.end, text.length)
      this.bytes.set(text, this.end)
      this.end += text.length
    }
  }

  raw(field: number, value: Uint8Array): void {
    this.room(value.length + 20)
    this.end = putVarint(this.bytes, this.end, field * 8 + 2)
    this.end = putVarint(this.bytes, this.end, value.length)
    this.bytes.set(value, this.end)
    this.end += value.length
  }

  /** Bytes as they are: whole fields, or a part of one. */
  append(bytes: Uint8Array): void {
    this.room(bytes.length)
    this.bytes.set(bytes, this.end)
    this.end += bytes.length
  }

  /** A message whose fields `body` writes. */
  message(field: number, body: () => void): void {
    this.room(20)
    this.end = putVarint(this.bytes, this.end, field * 8 + 2)
    const start = ++this.end
    body()
    const length = this.end - start
    const extra = varintLength(length) - 1
    if (extra > 0) {
      this.room(extra)
      this.bytes.copyWithin(start + extra, start, this.end)
      this.end += extra
    }
    putVarint(this.bytes, start - 1, length)
  }

  /** Writes the head of a message that fills the buffer from `start` to `end`, in front of it; returns where it begins. */
  prefix(field: number, start: number, end: number): number {
    const head = new Uint8Array(12)
    const tag = putVarint(head, 0, field * 8 + 2)
    const size = putVarint(head, tag, end - start)
    this.bytes.set(head.subarray(0, size), start - size)
    return start - size
  }

  private room(count: number): void {
    if (this.end + count <= this.bytes.length) return
    const grown = new Uint8Array(Math.max(this.bytes.length * 2, this.end + count))
    grown.set(this.bytes.subarray(0, this.end))
    this.bytes = grown
  }
}

function putVarint(bytes: Uint8Array, at: number, value: number): number {
  while (value > 0x7f) {
    bytes[at++] = (value % 0x80) | 0x80
    value = Math.floor(value / 0x80)
  }
  bytes[at++] = value
  return at
}

function putBigVarint(bytes: Uint8Array, at: number, value: bigint): number {
  while (value > 0x7fn) {
    bytes[at++] = Number(value & 0x7fn) | 0x80
    value >>= 7n
  }
  bytes[at++] = Number(value)
  return at
}

function varintLength(value: number): number {
  let length = 1
  for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 0x80)) length++
  return length
}
