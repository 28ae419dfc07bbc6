/** The values of all samples of a run, from its shards in order. */
import type { HypothesisShard } from '../protocol/report.ts'
import { BadInput } from './failures.ts'
import { unpacked } from './vectors.ts'

export interface ShardPart {
  /** Of its file. */
  readonly name: string
  readonly hypothesis: string
  readonly samples: number
  readonly shard: HypothesisShard
}

export interface ShardValues {
  readonly scrubbed: Float64Array
  readonly model: Float64Array
  /** Undefined where `shuffled` is taken over the dataset. */
  readonly shuffled: Float64Array | undefined
  readonly reference: Int32Array
  /** The places of a node's classes; undefined of a node that lists none. */
  readonly placesOf: (node: string) => Uint8Array | undefined
}

/** Throws BadInput where the vectors of a part do not have its samples. */
export function valuesOf(parts: readonly ShardPart[]): ShardValues {
  const total = parts.reduce((sum, { samples }) => sum + samples, 0)
  function joined<T extends Float64Array | Int32Array | Uint8Array>(make: { new (buffer: ArrayBuffer): T; readonly BYTES_PER_ELEMENT: number }, text: (shard: HypothesisShard) => string | undefined): T {
    const all = new make(new ArrayBuffer(total * make.BYTES_PER_ELEMENT))
    let at = 0
    for (const { name, hypothesis, samples, shard } of parts) {
      const own = unpacked(text(shard) ?? '', make, samples)
      if (!own) throw new BadInput(`${name} is damaged: the values of "${hypothesis}" are not those of ${samples} samples; run that shard again.`)
      all.set(own, at)
      at += samples
    }
    return all
  }
  const shards = parts.map(({ shard }) => shard)
  return {
    scrubbed: joined(Float64Array, ({ scrubbed }) => scrubbed),
    model: joined(Float64Array, ({ model }) => model),
    shuffled: shards[0]!.shuffled === undefined ? undefined : joined(Float64Array, ({ shuffled }) => shuffled),
    reference: joined(Int32Array, ({ reference }) => reference),
    placesOf: (node) => {
      const of = ({ classes }: HypothesisShard) => classes.find(({ nodes }) => nodes.includes(node))?.places
      return of(shards[0]!) === undefined ? undefined : joined(Uint8Array, of)
    },
  }
}
