/**
 * The data drawn for every branch: index vectors, pure arithmetic, no model. Each draw depends only on the seed, the
 * branch's path of names and the sample number.
 */
import type { Unimportant } from '../hypothesis/bound.ts'
import type { Classes } from './classes.ts'
import { drawKey, uniform, type Key } from './random.ts'
import { spread, strataKey, type Strata, type StrataKey } from './strata.ts'
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
    const numbers = new Float64Array(count)
    for (const block of blocks) {
      const represented = this.of(block.child)
      if (this.off === ALL || this.off === node.name) {
        drawn.set(represented, block.first * count)
        continue
      }
      for (let b = 0; b < block.length; b++) {
        this.numbers(paths[block.first + b]!, numbers, this.urn.strata?.branches)
        const at = (block.first + b) * count
        const from = b * count
        for (let s = 0; s < count; s++) {
          const y = represented[from + s]!
          const c = classes.of[y]!
          const begin = classes.start[c]!
          const x = classes.order[begin + Math.floor(numbers[s]! * (classes.start[c + 1]! - begin))]!
          if (classes.of[x] !== c) {
            throw new DisagreeingDraw(`branch ${paths[block.first + b]} drew datum ${x} for datum ${y}, which is in another class`)
          }
          drawn[at + s] = x
        }
      }
      this.checked += block.length * count
    }
    return drawn
  }

  private anyDatum(paths: readonly string[], key: (path: string) => string, even = this.urn.strata?.branches): Int32Array {
    const drawn = new Int32Array(paths.length * this.count)
    const numbers = new Float64Array(this.count)
    const order = even ? this.urn.strata?.order : undefined
    for (let b = 0; b < paths.length; b++) {
      this.numbers(key(paths[b]!), numbers, even)
      for (let s = 0; s < this.count; s++) {
        const at = Math.floor(numbers[s]! * this.urn.rows)
        drawn[b * this.count + s] = order ? order[at]! : at
      }
    }
    return drawn
  }

  /** Of all samples, in [0, 1). */
  private numbers(path: string, out: Float64Array, even = false): void {
    if (!even) return uniform(this.key(path), this.first, out)
    let key = this.strataKeys.get(path)
    if (!key) this.strataKeys.set(path, (key = strataKey(this.urn.seed, path)))
    spread(key, this.first, out)
  }

  private key(path: string): Key {
    let key = this.keys.get(path)
    if (!key) this.keys.set(path, (key = drawKey(this.urn.seed, path)))
    return key
  }

  private once(name: string, make: () => Int32Array): Int32Array {
    let vector = this.vectors.get(name)
    if (!vector) this.vectors.set(name, (vector = make()))
    return vector
  }
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
