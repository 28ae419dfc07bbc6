/** The parts of a transformer while the graph is derived: names are given once, and every part is a tensor with the data first. */
import type { Derivation } from '../model/derive.ts'
import { attr } from '../onnx/dag.ts'
import { BATCH } from '../onnx/types.ts'
import type { Reader } from './reader.ts'

export class Parts {
  readonly components = new Map<string, string>()
  readonly points = new Map<string, string>()
  readonly d: Derivation
  readonly reader: Reader
  /** A tensor: the lengths of the stream. */
  private lengths: string | undefined

  constructor(d: Derivation, reader: Reader) {
    this.d = d
    this.reader = reader
  }

  /** Names a component; the tensor is not named twice, so what is a component already gets a tensor of its own. */
  component(name: string, tensor: string): string {
    const own = [...this.components.values()].includes(tensor) ? this.d.add(name, 'Identity', [tensor]) : tensor
    this.components.set(this.free(name), own)
    return own
  }

  point(name: string, tensor: string): void {
    if (!this.points.has(name)) this.points.set(name, tensor)
  }

  /** Whether a tensor has the data on its first axis. */
  dataFirst(tensor: string): boolean {
    return this.d.type(tensor)?.shape?.[0] === BATCH
  }

  /** Whether a tensor has positions on its first axis and the data on its second. */
  positionsFirst(tensor: string): boolean {
    const shape = this.d.type(tensor)?.shape
    return shape !== undefined && shape.length === 3 && shape[0] !== BATCH && shape[1] === BATCH
  }

  /** Positions and data change places. */
  turned(tensor: string, hint: string): string {
    return this.d.add(hint, 'Transpose', [tensor], { perm: attr.ints([1, 0, 2]) })
  }

  /** A tensor on the path with the data first: the tensor itself, or one that all its readers read through. Undefined for other shapes. */
  onPath(tensor: string, hint: string): string | undefined {
    if (this.dataFirst(tensor)) return tensor
    if (!this.positionsFirst(tensor)) return undefined
    const own = this.turned(tensor, hint)
    this.d.rereadAll(tensor, this.turned(own, `${hint}/back`))
    return own
  }

  /** A term with the data first, as long as the stream where it is the same for every datum. */
  full(term: string, stream: string, name: string): string {
    const { d, reader } = this
    if (this.dataFirst(term)) return term
    if (this.positionsFirst(term)) return this.turned(term, name)
    const flipped = this.positionsFirst(stream) && d.type(term)?.shape?.length === 3 ? this.turned(term, `${name}/turned`) : term
    if (!reader.isFixed(term) && d.type(term)?.shape === undefined) return flipped
    const lengths = this.lengthsOf(stream)
    return lengths === undefined ? d.add(name, 'Identity', [flipped]) : d.add(name, 'Expand', [flipped, lengths])
  }

  /** The lengths of the stream with the data first, read from an input where all but the data's are known, otherwise from a component. */
  private lengthsOf(stream: string): string | undefined {
    const { d, reader } = this
    if (this.lengths !== undefined) return this.lengths
    const shape = reader.shape(stream) ?? []
    const [positions, width] = this.positionsFirst(stream) ? [shape[0], shape[2]] : [shape[1], shape[2]]
    const [input] = reader.graph.inputs
    if (typeof positions === 'number' && typeof width === 'number' && input !== undefined && this.dataFirst(input)) {
      const rows = d.add('stream/rows', 'Shape', [input], { start: attr.int(0), end: attr.int(1) })
      return (this.lengths = d.add('stream/lengths', 'Concat', [rows, d.integers([positions, width])], { axis: attr.int(0) }))
    }
    // Not from the stream itself, which is made from what is made here.
    const like = [...this.components.values()].find((tensor) => {
      const own = d.type(tensor)?.shape
      return this.dataFirst(tensor) && own?.length === 3 && own[1] === positions && own[2] === width
    })
    return (this.lengths = like === undefined ? undefined : d.add('stream/lengths', 'Shape', [like]))
  }

  private free(name: string): string {
    let free = name
    for (let count = 1; this.components.has(free); count++) free = `${name}${count}`
    return free
  }
}
