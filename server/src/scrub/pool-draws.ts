/**
 * Draws from pools: every node that is no leaf keeps a number of scrubbed values, its members, each for a datum of its own. A draw
 * for a class takes any member whose datum lies in it, or, where there is none, a value made for it alone. Index vectors again,
 * pure arithmetic: which members of whom, and about which data. Only members that somebody takes are worked out.
 *
 * A draw depends on the seed, the repetition, the node, its parent and the member. Leaves are drawn from the data themselves: their
 * values are there for all of them.
 */
import type { Unimportant } from '../hypothesis/bound.ts'
import { grouped, type Classes } from './classes.ts'
import { ALL, DisagreeingDraw, type Off } from './draws.ts'
import { drawKey, uniform } from './random.ts'
import { nodeParents, type Tree } from './tree.ts'

export interface PoolUrn {
  /** Untreed. */
  readonly tree: Tree
  readonly classes: ReadonlyMap<string, Classes>
  readonly rows: number
  readonly seed: number
  readonly unimportant: Exclude<Unimportant, 'shared'>
  /** Members of each pool. */
  readonly size: number
}

/** One node's values of one repetition, or the samples of the root. */
interface Rows {
  /** Member of each row: less than `size`, or `size` and the datum of one that was made for it alone. */
  readonly ids: readonly number[]
  /** Datum of each row. */
  readonly data: Int32Array
  /** Of parents that are no leaves: their row for each row. */
  readonly picks: ReadonlyMap<string, Int32Array>
  /** Of leaves: the datum for each row. */
  readonly drawn: ReadonlyMap<string, Int32Array>
}

export class PoolDraws {
  readonly samples: number
  private readonly urn: PoolUrn
  private readonly repetition: number
  private readonly off: Off
  private readonly rowsOf = new Map<string, Rows>()
  private readonly random = new Map<string, Int32Array>()
  /** Draws compared with the feature they must keep. */
  checked = 0
  /** By node: draws that differ from the datum they represent, of all. */
  readonly swaps = new Map<string, { swapped: number; all: number }>()

  /** Samples of one repetition, the first one numbered 0. */
  constructor(urn: PoolUrn, repetition: number, samples: number, off?: Off) {
    this.urn = urn
    this.repetition = repetition
    this.samples = samples
    this.off = off
    this.draw()
  }

  reference(): Int32Array {
    return this.rowsOf.get('')!.data
  }

  /** The data of a node's rows; of the root the reference data. */
  data(node: string): Int32Array {
    return this.rowsOf.get(node)!.data
  }

  /** For each row of a node the row of a parent that is no leaf. */
  picks(parent: string, node: string): Int32Array {
    return this.rowsOf.get(node)!.picks.get(parent)!
  }

  /** For each row of a node the datum of a leaf. */
  drawn(leaf: string, node: string): Int32Array {
    return this.rowsOf.get(node)!.drawn.get(leaf)!
  }

  /** The random datum of each row; `place` matters when they are separate. */
  unimportant(node: string, place: string): Int32Array {
    const { ids, data } = this.rowsOf.get(node)!
    if (this.off === ALL || (this.off !== undefined && this.off === node)) return data
    const path = this.urn.unimportant === 'separate' ? `~/${place}` : '~'
    const key = `${node} ${path}`
    let vector = this.random.get(key)
    if (!vector) this.random.set(key, (vector = this.anyDatum(ids, `${node}/${path}`)))
    return vector
  }

  /** Children first, so that all who take of a node's pool are known before it takes of others. */
  private draw(): void {
    const { tree } = this.urn
    const wanted = new Map<string, Wanted>(tree.order.map(({ node, leaf }) => [node.name, leaf ? EMPTY : new Wanted()]))
    const reached = [
      { name: '', parents: tree.order.filter(({ blocks }) => blocks.some(({ child }) => child === '')) },
      ...tree.order.filter(({ leaf }) => !leaf).map(({ node }) => ({ name: node.name, parents: nodeParents(node).map((edge) => tree.byName.get(edge.node)!) })),
    ]
    for (const { name, parents } of reached) {
      const ids = name === '' ? Array.from({ length: this.samples }, (_, i) => i) : wanted.get(name)!.ids
      const data = name === '' ? this.anyDatum(ids, '') : this.members(name, ids)
      const picks = new Map<string, Int32Array>()
      const drawn = new Map<string, Int32Array>()
      this.rowsOf.set(name, { ids, data, picks, drawn })
      for (const parent of parents) {
        if (parent.leaf) drawn.set(parent.node.name, this.fromClass(parent.node.name, name, ids, data))
        else picks.set(parent.node.name, this.fromPool(parent.node.name, name, ids, data, wanted.get(parent.node.name)!))
      }
    }
  }

  private fromClass(leaf: string, child: string, ids: readonly number[], data: Int32Array): Int32Array {
    if (this.isOff(leaf)) return data
    const numbers = this.numbers(ids, `${child}/${leaf}`)
    const classes = this.urn.classes.get(leaf)!
    return data.map((y, row) => this.kept(leaf, classes, y, ofClass(classes, y, numbers[row]!)))
  }

  private fromPool(parent: string, child: string, ids: readonly number[], data: Int32Array, wanted: Wanted): Int32Array {
    const { size } = this.urn
    if (this.isOff(parent)) return data.map((y) => wanted.row(size + y))
    const classes = this.urn.classes.get(parent)!
    const members = this.pool(parent)
    const numbers = this.numbers(ids, `${child}/${parent}`)
    return data.map((y, row) => {
      const u = numbers[row]!
      const of = classes.of[y]!
      const [first, last] = [members.start[of]!, members.start[of + 1]!]
      const id = last > first ? members.order[first + Math.floor(u * (last - first))]! : size + ofClass(classes, y, u)
      this.kept(parent, classes, y, id < size ? members.data[id]! : id - size)
      return wanted.row(id)
    })
  }

  /** All members of a node by the class of their datum. */
  private pool(node: string): Pick<Classes, 'order' | 'start'> & { readonly data: Int32Array } {
    const { size } = this.urn
    const { of, count } = this.urn.classes.get(node)!
    const data = this.members(node, Array.from({ length: size }, (_, k) => k))
    const { order, start } = grouped(data.map((x) => of[x]!), count)
    return { data, order, start }
  }

  /** The datum of each member. */
  private members(node: string, ids: readonly number[]): Int32Array {
    const { size, rows } = this.urn
    const numbers = this.numbers(ids, node)
    return Int32Array.from(ids, (id, row) => (id < size ? Math.floor(numbers[row]! * rows) : id - size))
  }

  private kept(node: string, classes: Classes, y: number, x: number): number {
    if (classes.of[x] !== classes.of[y]) throw new DisagreeingDraw(`the pool of ${node} gave datum ${x} for datum ${y}, which is in another class`)
    this.checked++
    const counts = this.swaps.get(node) ?? { swapped: 0, all: 0 }
    if (x !== y) counts.swapped++
    counts.all++
    this.swaps.set(node, counts)
    return x
  }

  private isOff(node: string): boolean {
    return this.off === ALL || this.off === node
  }

  private anyDatum(ids: readonly number[], path: string): Int32Array {
    return Int32Array.from(this.numbers(ids, path), (u) => Math.floor(u * this.urn.rows))
  }

  /** One number in [0, 1) for each member. */
  private numbers(ids: readonly number[], path: string): Float64Array {
    const key = drawKey(this.urn.seed, `~pool/${this.repetition}/${path}`)
    const one = new Float64Array(1)
    return Float64Array.from(ids, (id) => {
      uniform(key, id, one)
      return one[0]!
    })
  }
}

/** The members that are taken of a pool, each in a row of its own. */
class Wanted {
  readonly ids: number[] = []
  private readonly rows = new Map<number, number>()

  row(id: number): number {
    let row = this.rows.get(id)
    if (row === undefined) {
      row = this.ids.push(id) - 1
      this.rows.set(id, row)
    }
    return row
  }
}

/** Nobody takes members of a leaf. */
const EMPTY = new Wanted()

function ofClass({ of, order, start }: Classes, y: number, u: number): number {
  const c = of[y]!
  return order[start[c]! + Math.floor(u * (start[c + 1]! - start[c]!))]!
}
