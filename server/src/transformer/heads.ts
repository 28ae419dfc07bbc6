/** Takes a tensor apart into one tensor per head, and lays them side by side again. */
import type { Derivation } from '../model/derive.ts'
import { attr } from '../onnx/dag.ts'
import type { Atom, Layout } from './layout.ts'
import { separated } from './layout.ts'

/** A tensor whose data, positions and heads have axes of their own. */
export interface Apart {
  /** The tensor, reshaped where that was necessary. */
  readonly tensor: string
  readonly axes: readonly (readonly Atom[])[]
  /** Where it is reshaped: the target that leads back. */
  readonly back: readonly number[] | undefined
}

/** `hint` names the tensor that is made where the axes must be taken apart. Undefined where they cannot be. */
export function apart(d: Derivation, layout: Layout, hint: string): Apart | undefined {
  const found = separated(layout)
  if (!found) return undefined
  if (found.target.length === 0) return { tensor: layout.tensor, axes: found.axes, back: undefined }
  const shape = d.type(layout.tensor)?.shape ?? []
  const back = shape.map((dim) => (typeof dim === 'number' ? dim : -1))
  if (back.filter((dim) => dim < 0).length > 1 || layout.axes.flat().some(({ shared }) => shared)) return undefined
  return { tensor: d.add(hint, 'Reshape', [layout.tensor, d.integers(found.target)]), axes: found.axes, back }
}

type Role = Atom['role']

/** The number of heads. */
export const headsOf = (axes: Layout['axes']): number => axes.flat().reduce((count, { role, size }) => (role === 'heads' ? count * (size as number) : count), 1)

/** One head, its other axes in the given order. */
export function takeHead(d: Derivation, { tensor, axes }: Pick<Apart, 'tensor' | 'axes'>, head: number, order: readonly Role[], name: string): string {
  const index = indicesOf(axes, head)
  const steps: { opType: string; inputs: readonly string[]; attributes: Record<string, ReturnType<typeof attr.int>> }[] = []
  const left: Role[] = []
  let taken = 0
  axes.forEach((atoms, axis) => {
    const heads = atoms.filter(({ role }) => role === 'heads')
    const width = atoms.find(({ role }) => role !== 'heads')
    const at = axis - taken
    if (width) left.push(width.role)
    if (heads.length === 0) return
    const own = heads.map((atom) => index.get(atom)!)
    if (!width) {
      steps.push({ opType: 'Gather', inputs: [d.integers(heads[0]!.shared ? [0] : own, true)], attributes: { axis: attr.int(at) } })
      taken++
      return
    }
    const flat = own.reduce((sum, i, k) => sum * (heads[k]!.size as number) + i, 0)
    const size = width.size as number
    const [start, end, step] = atoms[0] === width ? [flat, size * headsOf([atoms]), headsOf([atoms])] : [flat * size, (flat + 1) * size, 1]
    steps.push({ opType: 'Slice', inputs: [[start], [end], [at], ...(step === 1 ? [] : [[step]])].map((values) => d.integers(values)), attributes: {} })
  })
  const perm = order.map((role) => left.indexOf(role))
  if (!perm.every((from, to) => from === to)) steps.push({ opType: 'Transpose', inputs: [], attributes: { perm: attr.ints(perm) } })
  if (steps.length === 0) return d.add(name, 'Identity', [tensor])
  return steps.reduce((from, { opType, inputs, attributes }, i) => d.add(i === steps.length - 1 ? name : `${name}/${opType}`, opType, [from, ...inputs], attributes), tensor)
}

/** The heads side by side again, as the tensor was before `apart`. `heads` have their axes in the given order. */
export function joinHeads(d: Derivation, { axes, back }: Apart, heads: readonly string[], order: readonly Role[], hint: string): string {
  const left = axes.flatMap((atoms) => atoms.filter(({ role }) => role !== 'heads').map(({ role }) => role))
  const perm = left.map((role) => order.indexOf(role))
  const turned = perm.every((from, to) => from === to) ? heads : heads.map((head) => d.add(`${hint}/Transpose`, 'Transpose', [head], { perm: attr.ints(perm) }))
  const atoms = axes.flat().filter(({ role }) => role === 'heads')
  const join = (level: number, from: number, count: number): string => {
    const atom = atoms[level]
    if (!atom) return turned[from]!
    const each = count / (atom.size as number)
    const axis = axes.findIndex((own) => own.includes(atom))
    const alone = axes[axis]!.every(({ role }) => role === 'heads')
    // Axes of factors further out are not there yet.
    const at = axis - axes.slice(0, axis).filter((own) => own.every(({ role }) => role === 'heads')).length
    const parts = Array.from({ length: atom.size as number }, (_, i) => join(level + 1, from + i * each, each))
    const stood = alone ? parts.map((part) => d.add(`${hint}/Unsqueeze`, 'Unsqueeze', [part, d.integers([at])])) : parts
    return d.add(level === 0 && back === undefined ? hint : `${hint}/Concat`, 'Concat', stood, { axis: attr.int(at) })
  }
  const joined = join(0, 0, heads.length)
  return back === undefined ? joined : d.add(hint, 'Reshape', [joined, d.integers(back)])
}

/** Whether `joinHeads` can lay the heads side by side: not where the width is the outer part of an axis. */
export const joinable = (axes: Layout['axes']): boolean => axes.every((atoms) => atoms.length === 1 || atoms[0]?.role === 'heads')

function indicesOf(axes: Layout['axes'], head: number): Map<Atom, number> {
  const atoms = axes.flat().filter(({ role }) => role === 'heads')
  const index = new Map<Atom, number>()
  let rest = head
  for (const atom of [...atoms].reverse()) {
    index.set(atom, rest % (atom.size as number))
    rest = Math.floor(rest / (atom.size as number))
  }
  return index
}
