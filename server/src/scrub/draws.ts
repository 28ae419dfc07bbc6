/**
 * The data drawn for every branch: index vectors, pure arithmetic, no model. Each draw depends only on the seed, the
 * branch's path of names and the sample number.
 */
import type { Unimportant } from '../hypothesis/bound.ts'
import type { Classes } from './classes.ts'
import { drawKey, uniform } from './random.ts'
import { spread, strataKey, type Strata, type StrataKey } from './strata.ts'
import type { Key } from './threefry.ts'
import type { Tree, TreeNode } from './tree.ts'

/** Claims switched off: of one node, or of all. */
export type Off = string | typeof ALL | undefined
export const ALL: unique symbol = Symbol('all claims')

/** What draws are made from; `classes` by node name. */
export interface Urn {
  readonly tree: Tree
  readonly classes: ReadonlyMap<string, Classes>
  readonly rows: number
  readonly seed: number
  readonly unimportant: Unimportant
  /** Draws that are spread evenly, where there are any. */
  readonly strata?: Strata
}

/** Raised when a draw does not agree with the datum it must represent: a bug, never a result. */
export class DisagreeingDraw extends Error {}

/**
 * Draws of samples `first` to `first + count - 1`. Vectors are made when asked for and kept; a vector of a node with m
 * branches has `m * count` entries, branch by branch.
 */
export class Draws {
  readonly urn: Urn
  readonly first: number
  readonly count: number
  readonly off: Off
  private readonly base: Draws | undefined
  private readonly vectors = new Map<string, Int32Array>()
  private readonly affected: ReadonlySet<string> | undefined
  private readonly keys: Map<string, Key>
  private readonly strataKeys: Map<string, StrataKey>
  /** Draws compared with the feature they must keep. */
  checked = 0
  /** By node that was drawn: draws that differ from the datum they represent. */
  readonly swapped = new Map<string, number>()

  constructor(urn: Urn, first: number, count: number, off?: Off, base?: Draws) {
    this.urn = urn
    this.first = first
    this.count = count
    this.off = off
    this.base = base
    this.keys = base?.keys ?? new Map<string, Key>()
    this.strataKeys = base?.strataKeys ?? new Map<string, StrataKey>()
    this.affected = typeof off === 'string' ? upstream(urn.tree, off) : undefined
  }

  /** The same samples with a claim switched off; unaffected vectors are shared. */
  without(off: string | typeof ALL): Draws {
    return new Draws(this.urn, this.first, this.count, off, this)
  }

  /** The reference data: `count` rows of the dataset. */
  reference(): Int32Array {
    return this.base ? this.base.reference() : this.once('reference', () => this.anyDatum([''], () => '', this.urn.strata?.reference))
  }

  /** The datum that each branch of a node got. */
  node(name: string): Int32Array {
    if (this.base && this.affected && !this.affected.has(name)) return this.base.node(name)
    return this.once(`node ${name}`, () => this.drawNode(this.urn.tree.byName.get(name)!))
  }

  /** The datum that each branch of a node must represent: its child's. */
  represented(name: string): Int32Array {
    const { blocks, paths } = this.urn.tree.byName.get(name)!
    if (blocks.length === 1) return this.of(blocks[0]!.child)
    const all = new Int32Array(paths.length * this.count)
    for (const block of blocks) all.set(this.of(block.child), block.first * this.count)
    return all
  }

  /** The part of a parent's draws that serves one child, aligned with the child's branches. */
  serving(parent: string, child: string): Int32Array {
    const block = this.urn.tree.byName.get(parent)!.blocks.find((b) => b.child === child)!
    return this.node(parent).subarray(block.first * this.count, (block.first + block.length) * this.count)
  }

  /** The random datum of a node's unimportant inputs ('' is the root); `place` matters when they are separate. */
  unimportant(name: string, place: string): Int32Array {
    if (this.off === ALL || (this.off !== undefined && this.off === name)) return this.of(name)
    if (this.base) return this.base.unimportant(name, place)
    const paths = name === '' ? [''] : this.urn.tree.byName.get(name)!.paths
    switch (this.urn.unimportant) {
      case 'together':
        return this.once(`~ ${name}`, () => this.anyDatum(paths, (path) => join(path, '~')))
      case 'separate':
        return this.once(`~ ${name} ${place}`, () => this.anyDatum(paths, (path) => join(path, `~/${place}`)))
      case 'shared': {
        const shared = this.once('~', () => this.anyDatum([''], () => '~'))
        if (paths.length === 1) return shared
        return this.once(`~ ${name}`, () => {
          const all = new Int32Array(paths.length * this.count)
          for (let b = 0; b < paths.length; b++) all.set(shared, b * this.count)
          return all
        })
      }
    }
  }

  /** The data of a node, or of the root. */
  of(name: string): Int32Array {
    return name === '' ? this.reference() : this.node(name)
  }

  private drawNode({ node, paths, blocks }: TreeNode): Int32Array {
    const count = this.count
    const drawn = new Int32Array(paths.length * count)
    const classes = this.urn.classes.get(node.name)!
    let swapped = 0
    for (const block of blocks) {
      const represented = this.of(block.child)
      if (this.off === ALL || this.off === node.name) {
        drawn.set(represented, block.first * count)
        continue
      }
      for (let b = 0; b < block.length; b++) {
        const path = paths[block.first + b]!
        const at = (block.first + b) * count
        this.inParts(path, this.urn.strata?.branches ?? false, (numbers, start) => (swapped += pick(path, classes, represented.subarray(b * count + start), numbers, drawn.subarray(at + start))))
      }
      this.checked += block.length * count
    }
    this.swapped.set(node.name, swapped)
    return drawn
  }

  private anyDatum(paths: readonly string[], key: (path: string) => string, even = this.urn.strata?.branches ?? false): Int32Array {
    const drawn = new Int32Array(paths.length * this.count)
    const { rows, strata } = this.urn
    const order = even ? strata?.order : undefined
    for (let b = 0; b < paths.length; b++) {
      const at = b * this.count
      this.inParts(key(paths[b]!), even, (numbers, start) => {
        for (let s = 0; s < numbers.length; s++) {
          const place = (numbers[s]! * rows) | 0
          drawn[at + start + s] = order ? order[place]! : place
        }
      })
    }
    return drawn
  }

  /** The numbers of a path in [0, 1), some samples at a time: few enough to be at hand when they are used. */
  private inParts(path: string, even: boolean, use: (numbers: Float64Array, start: number) => void): void {
    const fill = even ? this.spread(path) : this.uniform(path)
    const numbers = new Float64Array(Math.min(PART, this.count))
    for (let start = 0; start < this.count; start += PART) {
      const some = numbers.subarray(0, Math.min(PART, this.count - start))
      fill(this.first + start, some)
      use(some, start)
    }
  }

  private uniform(path: string): (first: number, out: Float64Array) => void {
    let key = this.keys.get(path)
    if (!key) this.keys.set(path, (key = drawKey(this.urn.seed, path)))
    return (first, out) => uniform(key, first, out)
  }

  private spread(path: string): (first: number, out: Float64Array) => void {
    let key = this.strataKeys.get(path)
    if (!key) this.strataKeys.set(path, (key = strataKey(this.urn.seed, path)))
    return (first, out) => spread(key, first, out)
  }

  private once(name: string, make: () => Int32Array): Int32Array {
    let vector = this.vectors.get(name)
    if (!vector) this.vectors.set(name, (vector = make()))
    return vector
  }
}

/** Samples whose numbers are made at a time. */
const PART = 1024

/** A datum from the class of each represented one; how many are others. Throws DisagreeingDraw. */
function pick(path: string, { of, start, order }: Classes, represented: Int32Array, numbers: Float64Array, drawn: Int32Array): number {
  let swapped = 0
  for (let s = 0; s < numbers.length; s++) {
    const y = represented[s]!
    const c = of[y]!
    const begin = start[c]!
    const x = order[begin + ((numbers[s]! * (start[c + 1]! - begin)) | 0)]!
    if (of[x] !== c) throw new DisagreeingDraw(`branch ${path} drew datum ${x} for datum ${y}, which is in another class`)
    if (x !== y) swapped++
    drawn[s] = x
  }
  return swapped
}

const join = (path: string, last: string): string => (path === '' ? last : `${path}/${last}`)

/** A node and everything above it in the interpretation (its parents, theirs, …): what changes when its draw changes. */
function upstream(tree: Tree, name: string): Set<string> {
  const found = new Set<string>()
  const walk = (n: string): void => {
    if (found.has(n)) return
    found.add(n)
    for (const edge of tree.byName.get(n)!.node.parents) if (edge.kind === 'node') walk(edge.node)
  }
  walk(name)
  return found
}
