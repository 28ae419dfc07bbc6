/** What a compiled graph reads of the cache: rows, or positions of rows where several data stand side by side in one tensor. */
import type { Value } from '../onnx/dag.ts'
import type { Cache } from './cache.ts'
import { streamKey, type Stream } from './region.ts'

/** Positions `start` to `end` of the values of one stream. */
export interface Piece {
  readonly stream: Stream
  readonly start: number
  readonly end: number
}

/** A function of one datum, read on a stream: a Gather of the compiled graph. */
export interface CachedRead {
  /** What is cached: a value in terms of columns, batch first. */
  readonly source: Value
  /** One stream; with `length`, the pieces that follow each other along the first axis after the batch. */
  readonly pieces: readonly [Piece, ...Piece[]]
  /** Positions of one row of the cache, where they are read one by one. */
  readonly length?: number
}

/** With the graph inputs that hold the cache and the rows read of it; several reads may share one cache. */
export interface CompiledRead extends CachedRead {
  readonly cacheInput: string
  readonly indexInput: string
}

type DataOf = (stream: Stream) => Int32Array

/** The streams of a read, each once. */
export function streamsOfRead({ pieces }: CachedRead): Stream[] {
  return pieces.length === 1 ? [pieces[0]!.stream] : [...new Map(pieces.map(({ stream }) => [streamKey(stream), stream])).values()]
}

/** The random data that some reads take, each once, in the order of the graph. */
export function randomStreams(reads: readonly CachedRead[]): UnimportantStream[] {
  const found = new Map<string, UnimportantStream>()
  for (const stream of reads.flatMap(streamsOfRead)) if (stream.kind === 'unimportant') found.set(streamKey(stream), stream)
  return [...found.values()]
}

/** Of a node ('' is the root) whose unimportant inputs are drawn; `place` where they are drawn one by one. */
export type UnimportantStream = Extract<Stream, { kind: 'unimportant' }>

/** Indices for each row. */
export const widthOf = ({ pieces, length }: CachedRead): number => (length === undefined ? 1 : pieces.reduce((sum, { start, end }) => sum + end - start, 0))

/** Where each row reads: `widthOf` indices for every one. All data are in the cache. */
export function indexOfRead(read: CachedRead, cache: Cache, data: DataOf): Int32Array {
  const { source, pieces, length } = read
  if (length === undefined) return cache.index(source, data(pieces[0]!.stream))
  const width = widthOf(read)
  const rows = new Map<string, Int32Array>()
  const own = pieces.map(({ stream }): Int32Array => {
    const key = streamKey(stream)
    let found = rows.get(key)
    if (!found) rows.set(key, (found = cache.index(source, data(stream))))
    return found
  })
  const count = own[0]!.length
  const index = new Int32Array(count * width)
  // Some rows at a time, for what is written side by side comes of as many vectors.
  for (let first = 0; first < count; first += ROWS) {
    const end = Math.min(count, first + ROWS)
    let at = 0
    pieces.forEach(({ start, end: last }, p) => {
      for (let position = start; position < last; position++, at++) lay(own[p]!, length, position, index, width, at, first, end)
    })
  }
  return index
}

const ROWS = 64

function lay(rows: Int32Array, length: number, position: number, index: Int32Array, width: number, at: number, first: number, end: number): void {
  for (let i = first, to = first * width + at; i < end; i++, to += width) index[to] = Math.imul(rows[i]!, length) + position
}
