/**
 * The generator of random.ts for four samples at a time, as WebAssembly: one vector instruction does for four 32-bit words what
 * JavaScript does for one. The module is a loop of a hundred additions, shifts and exclusive ors, put together here
 * (opcodes: WebAssembly Core Specification 2.0, 5.4); a test compares its numbers with those of the definition.
 */
import { PARITY, ROTATIONS } from './threefry.ts'

/** Numbers that are made in one call. */
export const LANE_BLOCK = 1024

export interface Lanes {
  /** Where a call leaves its numbers. */
  readonly numbers: Float64Array
  /** Uniform numbers in [0, 1) of `count` samples, at most LANE_BLOCK: those with counter words (low, high), (low + 1, high), … */
  readonly fill: (k0: number, k1: number, low: number, high: number, count: number) => void
}

/** What is used of the global `WebAssembly`, which the types of Node leave out. */
interface Assembly {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object) => { readonly exports: { readonly memory: { readonly buffer: ArrayBuffer }; readonly fill: (...words: number[]) => void } }
}

/** Undefined where the processor, or how the process was started, has no WebAssembly with vectors. */
export function openLanes(): Lanes | undefined {
  try {
    const { Module, Instance } = (globalThis as unknown as { WebAssembly: Assembly }).WebAssembly
    const { memory, fill } = new Instance(new Module(encoded())).exports
    return { numbers: new Float64Array(memory.buffer, 0, LANE_BLOCK), fill: (k0, k1, low, high, count) => fill(k0, k1, k0 ^ k1 ^ PARITY, low, high, count * 8) }
  } catch {
    return undefined
  }
}

const I32 = 0x7f
const V128 = 0x7b
/** Parameters, and the local variables after them. */
const [K0, K1, K2, LOW, HIGH, END, AT, X0, X1, KEY0, FIRST] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12]

const get = (local: number): number[] => [0x20, local]
const set = (local: number): number[] => [0x21, local]
const constant = (value: number): number[] => [0x41, ...signed(value)]
const ADD_WORD = [0x6a]
const BELOW = [0x49]
const splat = [0xfd, 0x11]
const xor = [0xfd, 0x51]
const or = [0xfd, 0x50]
const shiftLeft = [0xfd, 0xab, 0x01]
const shiftRight = [0xfd, 0xad, 0x01]
const addWords = [0xfd, 0xae, 0x01]
const addDoubles = [0xfd, 0xf0, 0x01]
const multiply = [0xfd, 0xf2, 0x01]
/** The first two of four words, as doubles. */
const toDoubles = [0xfd, 0xff, 0x01]
/** The last two words moved to the front. */
const upperHalf = (local: number): number[] => [...get(local), ...get(local), 0xfd, 0x0d, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15]
const vector = (bytes: ArrayBuffer): number[] => [0xfd, 0x0c, ...new Uint8Array(bytes)]
const bothDoubles = (value: number): number[] => vector(Float64Array.of(value, value).buffer)
const store = (offset: number): number[] => [0xfd, 0x0b, 4, offset]

/** Locals KEY0 to KEY0 + 2 hold the three words of the key, four times each. */
function loopBody(): number[] {
  const code = [...get(FIRST), ...get(KEY0), ...addWords, ...set(X0), ...get(HIGH), ...splat, ...get(KEY0 + 1), ...addWords, ...set(X1)]
  for (let group = 0; group < 5; group++) {
    for (let r = 0; r < 4; r++) {
      const rotation = ROTATIONS[(group & 1) * 4 + r]!
      code.push(
        ...get(X0), ...get(X1), ...addWords, ...set(X0),
        ...get(X1), ...constant(rotation), ...shiftLeft, ...get(X1), ...constant(32 - rotation), ...shiftRight, ...or, ...get(X0), ...xor, ...set(X1),
      )
    }
    code.push(
      ...get(X0), ...get(KEY0 + ((group + 1) % 3)), ...addWords, ...set(X0),
      ...get(X1), ...get(KEY0 + ((group + 2) % 3)), ...addWords, ...vector(Int32Array.of(group + 1, group + 1, group + 1, group + 1).buffer), ...addWords, ...set(X1),
    )
  }
  // 32 bits of the first word, then 21 of the second: every step is exact.
  code.push(...get(X1), ...constant(11), ...shiftRight, ...set(X1))
  const number = (high: number[], low: number[]): number[] => [...high, ...toDoubles, ...bothDoubles(2 ** -32), ...multiply, ...low, ...toDoubles, ...bothDoubles(2 ** -53), ...multiply, ...addDoubles]
  code.push(...get(AT), ...number(get(X0), get(X1)), ...store(0), ...get(AT), ...number(upperHalf(X0), upperHalf(X1)), ...store(16))
  code.push(...get(FIRST), ...vector(Int32Array.of(4, 4, 4, 4).buffer), ...addWords, ...set(FIRST))
  return [...code, ...get(AT), ...constant(32), ...ADD_WORD, ...set(AT)]
}

function encoded(): Uint8Array<ArrayBuffer> {
  const before = [
    ...[K0, K1, K2].flatMap((word, i) => [...get(word), ...splat, ...set(KEY0 + i)]),
    ...get(LOW), ...splat, ...vector(Int32Array.of(0, 1, 2, 3).buffer), ...addWords, ...set(FIRST),
  ]
  const loop = [0x03, 0x40, ...loopBody(), ...get(AT), ...get(END), ...BELOW, 0x0d, 0, 0x0b]
  const locals = [2, 1, I32, 6, V128]
  const body = sized([...locals, ...before, ...loop, 0x0b])
  const section = (id: number, content: number[]): number[] => [id, ...sized(content)]
  const name = (text: string): number[] => sized([...Buffer.from(text)])
  return Uint8Array.from([
    0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0,
    ...section(1, [1, 0x60, 6, I32, I32, I32, I32, I32, I32, 0]),
    ...section(3, [1, 0]),
    ...section(5, [1, 0, 1]),
    ...section(7, [2, ...name('memory'), 2, 0, ...name('fill'), 0, 0]),
    ...section(10, [1, ...body]),
  ])
}

const sized = (bytes: number[]): number[] => [...unsigned(bytes.length), ...bytes]

/** LEB128: seven bits a byte, least first. */
function unsigned(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...unsigned(value >>> 7)]
}

/** The same with a sign, of -64 to 63. */
function signed(value: number): number[] {
  return [value & 127]
}
