/**
 * The expectation by enumeration: for every node the distribution of its scrubbed value, given the datum it represents,
 * is built from the distributions of its parents. Equal values are merged before anything is counted, so the number of
 * evaluations is that of distinct combinations.
 */
import type { BoundHypothesis, BoundNode } from '../hypothesis/bound.ts'
import { emit, type Value } from '../onnx/dag.ts'
import type { Tensor } from '../onnx/types.ts'
import { canonicalWords, rowIds, type Classes } from './classes.ts'
import type { Compiled } from './compile.ts'
import { mix, product, type Distribution } from './distribution.ts'
import { ALL, type Off } from './draws.ts'
import type { Shared } from './evaluate.ts'
import { streamKey, type Stream } from './region.ts'
import { rowsPerCall } from './limits.ts'
import { processor, type Session } from './runtime.ts'
import type { Tree } from './tree.ts'
import { compileUnit } from './unit.ts'
import { TooMany, ValueStore } from './value-store.ts'

export interface Enumerated {
  readonly mean: number
  /** Distinct evaluations of the root. */
  readonly evaluations: number
  /** Outcomes with their probabilities and the model's metric of the reference datum. */
  readonly values: Float64Array
  readonly model: Float64Array
  readonly weights: Float64Array
  /** The reference datum of each. */
  readonly reference: Int32Array
  /** Mean with a node's claim off. */
  readonly off: ReadonlyMap<string, number>
  readonly identity: { readonly samples: number; readonly largest: number }
}

export interface ExactGiven {
  readonly hypothesis: BoundHypothesis
  readonly tree: Tree
  readonly classes: ReadonlyMap<string, Classes>
}

/** Combinations counted for all costs together, as a multiple of those for the hypothesis itself. */
const COST_SHARE = 5

/** Combinations evaluated in one call, at most. */
const MOST_AT_ONCE = 4096

/** Enumerate, or undefined when more than `options.exactLimit` evaluations of the root (or of any node) would be needed. */
export async function enumerate(
  shared: Shared, given: ExactGiven, progress: (hypothesis: string, phase: string, done: number, total: number) => void,
): Promise<Enumerated | undefined> {
  if (!shared.baseline.whole) return undefined
  const enumeration = new Enumeration(shared, given)
  try {
    await enumeration.open()
    const on = await enumeration.expectation(undefined)
    const off = new Map<string, number>()
    const names = shared.options.costs(given.hypothesis.name) ? given.tree.order.map(({ node }) => node.name) : []
    const none = await enumeration.expectation(ALL)
    enumeration.allow(COST_SHARE * shared.options.exactLimit)
    for (const [i, name] of names.entries()) {
      progress(given.hypothesis.name, 'costs', i, names.length)
      try {
        off.set(name, (await enumeration.expectation(name)).mean)
      } catch (error) {
        // The hypothesis is enumerated all the same; this cost is not told.
        if (!(error instanceof TooMany)) throw error
      }
    }
    let largest = 0
    none.values.forEach((v, i) => (largest = Math.max(largest, Math.abs(v - none.model[i]!))))
    return { ...on, off, identity: { samples: shared.table.rows, largest } }
  } catch (error) {
    if (error instanceof TooMany) return undefined
    throw error
  } finally {
    await enumeration.close()
  }
}

/** What one stream of a region supplies: equal data (as far as the region sees) share an atom. */
interface Atoms {
  /** Atom of each datum. */
  readonly of: Int32Array
  /** A datum for each atom. */
  readonly example: readonly number[]
}

/** A node (or the root) with its region compiled on its own: the values of its parents come from outside. */
interface Unit {
  readonly name: string
  readonly node: BoundNode | undefined
  readonly compiled: Compiled
  readonly session: Session
  /** Parents that are no leaves, with the graph input that takes their values. */
  readonly direct: readonly { readonly parent: string; readonly input: string }[]
  readonly streams: readonly { readonly stream: Stream; readonly atoms: Atoms }[]
  /** Value of each combination evaluated so far. */
  readonly known: Map<string, number>
  /** The values themselves, by identifier. */
  readonly values: ValueStore
}

class Enumeration {
  private readonly shared: Shared
  private readonly given: ExactGiven
  private readonly units = new Map<string, Unit>()
  private left: number

  constructor(shared: Shared, given: ExactGiven) {
    this.shared = shared
    this.given = given
    this.left = 2 * shared.options.exactLimit
  }

  async open(): Promise<void> {
    const { tree } = this.given
    for (const { node, leaf } of [...tree.order].reverse()) if (!leaf) await this.openUnit(node.name, node)
    await this.openUnit('', undefined)
  }

  async close(): Promise<void> {
    for (const unit of this.units.values()) await unit.session.release()
  }

  /** Combinations that may still be counted, over all nodes and conditions. */
  allow(combinations: number): void {
    this.left = combinations
  }

  /** Mean of the metric with some claim off. */
  async expectation(off: Off) {
    const shared = this.sharedAtoms()
    const rows = this.shared.table.rows
    const values: number[] = []
    const model: number[] = []
    const weights: number[] = []
    const reference: number[] = []
    for (const { datum, weight } of shared) {
      const distributions = new Map<string, Distribution[]>()
      for (const { node, leaf } of [...this.given.tree.order].reverse()) {
        if (!leaf) distributions.set(node.name, await this.distributions(this.units.get(node.name)!, distributions, off, datum))
      }
      const root = this.units.get('')!
      const metrics = await this.distributions(root, distributions, off, datum)
      for (let x = 0; x < rows; x++) {
        for (const [id, p] of metrics[x]!) {
          values.push(root.values.number(id))
          model.push(this.shared.baseline.whole!.perDatum[x]!)
          weights.push((p * weight) / rows)
          reference.push(x)
        }
      }
      if (values.length > 5 * this.shared.options.exactLimit) throw new TooMany()
    }
    let mean = 0
    values.forEach((v, i) => (mean += v * weights[i]!))
    return { mean, evaluations: this.units.get('')!.known.size, values: Float64Array.from(values), model: Float64Array.from(model), weights: Float64Array.from(weights), reference: Int32Array.from(reference) }
  }

  /** For every datum, the distribution of a unit's value when it represents that datum. */
  private async distributions(
    unit: Unit, above: ReadonlyMap<string, readonly Distribution[]>, off: Off, sharedDatum: number | undefined,
  ): Promise<Distribution[]> {
    const rows = this.shared.table.rows
    // What a datum's distribution depends on: equal signatures, equal distributions.
    const slots = this.slots(unit, above, off, sharedDatum)
    const bySignature = new Map<string, number>()
    const signatureOf = new Int32Array(rows)
    const combinations: { keys: string[]; weights: number[] }[] = []
    const pending = new Map<string, number[]>()
    let total = 0
    for (let y = 0; y < rows; y++) {
      const signature = slots.map((slot) => slot.signature(y)).join(' ')
      let number = bySignature.get(signature)
      if (number === undefined) {
        bySignature.set(signature, (number = combinations.length))
        const supports = slots.map((slot) => [...slot.distribution(y)])
        const size = supports.reduce((p, s) => p * s.length, 1)
        total += size
        this.left -= size
        if (total > this.shared.options.exactLimit || this.left < 0) throw new TooMany()
        const keys: string[] = []
        const weights: number[] = []
        product(supports, (ids, weight) => {
          const key = ids.join()
          if (!unit.known.has(key)) pending.set(key, ids)
          keys.push(key)
          weights.push(weight)
        })
        combinations.push({ keys, weights })
      }
      signatureOf[y] = number
    }
    await this.evaluate(unit, pending)
    const made = combinations.map(({ keys, weights }) => {
      const distribution = new Map<number, number>()
      keys.forEach((key, i) => {
        const id = unit.known.get(key)!
        distribution.set(id, (distribution.get(id) ?? 0) + weights[i]!)
      })
      return distribution
    })
    return Array.from(signatureOf, (number) => made[number]!)
  }

  /** One slot for every thing that varies: scrubbed parents, then streams, in the order of the keys. */
  private slots(unit: Unit, above: ReadonlyMap<string, readonly Distribution[]>, off: Off, sharedDatum: number | undefined) {
    const { classes, tree } = this.given
    const rows = this.shared.table.rows
    const claimOff = (name: string): boolean => off === ALL || off === name
    const classSlot = (parent: string, ofDatum: (x: number) => Distribution) => {
      const partition = classes.get(parent)!
      if (claimOff(parent)) return { signature: (y: number) => String(y), distribution: ofDatum }
      const byClass = new Map<number, Distribution>()
      return {
        signature: (y: number) => String(partition.of[y]),
        distribution: (y: number): Distribution => {
          const c = partition.of[y]!
          let mixture = byClass.get(c)
          if (!mixture) byClass.set(c, (mixture = mix(partition, c, ofDatum)))
          return mixture
        },
      }
    }
    const point = (atoms: Atoms) => ({
      signature: (y: number) => String(atoms.of[y]),
      distribution: (y: number): Distribution => new Map([[atoms.of[y]!, 1]]),
    })
    return [
      ...unit.direct.map(({ parent }) => classSlot(parent, (x) => above.get(parent)![x]!)),
      ...unit.streams.map(({ stream, atoms }) => {
        switch (stream.kind) {
          case 'own':
            return point(atoms)
          case 'parent': {
            const leafOf = tree.byName.get(stream.parent)!
            return classSlot(leafOf.node.name, (x) => new Map([[atoms.of[x]!, 1]]))
          }
          case 'unimportant': {
            if (claimOff(unit.name) || (unit.name === '' && off === ALL)) return point(atoms)
            if (sharedDatum !== undefined) {
              const fixed = atoms.of[sharedDatum]!
              return { signature: () => String(fixed), distribution: (): Distribution => new Map([[fixed, 1]]) }
            }
            const uniform = new Map<number, number>()
            for (let u = 0; u < rows; u++) uniform.set(atoms.of[u]!, (uniform.get(atoms.of[u]!) ?? 0) + 1 / rows)
            return { signature: () => '', distribution: (): Distribution => uniform }
          }
        }
      }),
    ]
  }

  /** Evaluate combinations that are not known yet. */
  private async evaluate(unit: Unit, pending: ReadonlyMap<string, number[]>): Promise<void> {
    const { cache, breathe } = this.shared
    const all = [...pending]
    // What other nodes read may have come instead.
    await cache.ensure(unit.compiled.reads.map(({ source }) => ({ source, data: 'all' })))
    const batch = rowsPerCall([unit.compiled.output], MOST_AT_ONCE)
    for (let start = 0; start < all.length; start += batch) {
      await breathe()
      const some = all.slice(start, start + batch)
      const feeds: Record<string, Tensor> = {}
      unit.direct.forEach(({ parent, input }, k) => {
        feeds[input] = this.units.get(parent)!.values.stack(some.map(([, ids]) => ids[k]!))
      })
      for (const read of unit.compiled.reads) {
        const slot = unit.streams.findIndex((s) => streamKey(s.stream) === streamKey(read.pieces[0].stream))
        const { atoms } = unit.streams[slot]!
        const data = Int32Array.from(some, ([, ids]) => atoms.example[ids[unit.direct.length + slot]!]!)
        feeds[read.cacheInput] = cache.values(read.source)
        feeds[read.indexInput] = { dtype: 'int32', dims: [data.length], data: cache.index(read.source, data) }
      }
      const { value } = await unit.session.run(feeds)
      const ids = unit.values.add(value!, some.length)
      some.forEach(([key], i) => unit.known.set(key, ids[i]!))
    }
  }

  private async openUnit(name: string, node: BoundNode | undefined): Promise<void> {
    const { shared, given } = this
    const { dag, file, model, cache } = shared
    const { compiled, supplied } = compileUnit({ dag, file, model, hypothesis: given.hypothesis }, node)
    const sources = compiled.reads.map((read) => read.source)
    cache.know(sources)
    if (sources.reduce((sum, s) => sum + cache.bytesPerRow(s) * cache.distinct(s), 0) > shared.options.memory / 2) throw new TooMany()
    await cache.ensure(sources.map((source) => ({ source, data: 'all' })))
    const emitted = emit(new Map([['value', compiled.output]]), shared.header, shared.folder)
    const streams = [...new Map(compiled.reads.map(({ pieces: [{ stream }] }) => [streamKey(stream), stream])).values()]
    this.units.set(name, {
      name,
      node,
      compiled,
      session: await processor(shared.runtime).load(emitted.bytes, shared.folder),
      direct: [...supplied].map(([parent, input]) => ({ parent, input })),
      streams: streams.map((stream) => ({
        stream,
        atoms: this.atoms(compiled.reads.filter((read) => streamKey(read.pieces[0].stream) === streamKey(stream)).map((read) => read.source)),
      })),
      known: new Map(),
      values: new ValueStore(shared.options.memory / 8),
    })
  }

  /** Data that are alike in these cached functions. */
  private atoms(sources: readonly Value[]): Atoms {
    const { cache, table } = this.shared
    const everyone = Int32Array.from({ length: table.rows }, (_, i) => i)
    const parts = sources.map((source) => {
      const values = cache.values(source)
      const words = canonicalWords(values)
      const size = values.dims[0] === 0 ? 0 : words.length / values.dims[0]!
      const index = cache.index(source, everyone)
      const all = new Int32Array(table.rows * size)
      for (let i = 0; i < table.rows; i++) all.set(words.subarray(index[i]! * size, (index[i]! + 1) * size), i * size)
      return all
    })
    const of = rowIds(parts, table.rows)
    const example: number[] = []
    for (let i = 0; i < table.rows; i++) if (of[i] === example.length) example.push(i)
    return { of, example }
  }

  /** The one random datum of a sample, where unimportant inputs share it; otherwise nothing is conditioned on. */
  private sharedAtoms(): readonly { datum: number | undefined; weight: number }[] {
    if (this.given.hypothesis.options.unimportant !== 'shared') return [{ datum: undefined, weight: 1 }]
    const all = [...this.units.values()].flatMap((unit) => unit.streams.filter((s) => s.stream.kind === 'unimportant').map((s) => s.atoms.of))
    const { rows } = this.shared.table
    const of = rowIds(all, rows)
    const counts = new Map<number, { datum: number; weight: number }>()
    for (let u = 0; u < rows; u++) {
      const seen = counts.get(of[u]!)
      if (seen) seen.weight += 1 / rows
      else counts.set(of[u]!, { datum: u, weight: 1 / rows })
    }
    return [...counts.values()]
  }
}
