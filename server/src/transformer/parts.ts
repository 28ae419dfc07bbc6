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

  private free(name: string): string {
    let free = name
    for (let count = 1; this.components.has(free); count++) free = `${name}${count}`
    return free
  }
}
