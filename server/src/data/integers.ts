/** Integers that start as 32 bits and widen to 64 when a value needs it, without BigInt arithmetic. */

export class Integers {
  private narrow: Int32Array | undefined
  /** Low and high words of 64-bit values, once widened. */
  private words: Int32Array | undefined
  private filled = 0
  private readonly count: number

  constructor(count: number) {
    this.count = count
    this.narrow = new Int32Array(count)
  }

  /** Appends values of at most 32 signed bits. */
  append(values: ArrayLike<number>): void {
    if (this.narrow) {
      this.narrow.set(values, this.filled)
      this.filled += values.length
    } else {
      for (let i = 0; i < values.length; i++) this.appendWords(values[i]!, values[i]! >> 31)
    }
  }

  /** Appends 64-bit values given as pairs of low and high words. */
  appendPairs(pairs: Int32Array): void {
    let i = 0
    if (this.narrow) {
      const { narrow } = this
      let { filled } = this
      for (; i < pairs.length; i += 2) {
        const low = pairs[i]!
        if (pairs[i + 1] !== low >> 31) break
        narrow[filled++] = low
      }
      this.filled = filled
    }
    for (; i < pairs.length; i += 2) this.appendWords(pairs[i]!, pairs[i + 1]!)
  }

  /** Appends one 64-bit value. */
  appendWords(low: number, high: number): void {
    if (this.narrow && high === low >> 31) {
      this.narrow[this.filled++] = low
      return
    }
    const words = this.words ?? this.widen()
    words[2 * this.filled] = low
    words[2 * this.filled + 1] = high
    this.filled++
  }

  /** All values: an Int32Array when they fit. */
  values(): Int32Array | BigInt64Array {
    return this.narrow ?? new BigInt64Array(this.words!.buffer)
  }

  private widen(): Int32Array {
    const words = new Int32Array(new ArrayBuffer(8 * this.count))
    const narrow = this.narrow!
    for (let i = 0; i < this.filled; i++) {
      words[2 * i] = narrow[i]!
      words[2 * i + 1] = narrow[i]! >> 31
    }
    this.narrow = undefined
    return (this.words = words)
  }
}
