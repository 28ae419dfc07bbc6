/** Queries and keys before they are turned by their positions: `q_raw` and `k_raw`. */
import type { Dim, Op } from '../onnx/types.ts'
import { joinable, joinHeads, takeHead } from './heads.ts'
import type { Atom, Layout } from './layout.ts'
import { ELEMENTWISE, isLinear, MOVES } from './mlp.ts'
import type { Norm } from './norms.ts'
import type { Parts } from './parts.ts'
import type { Reader } from './reader.ts'

/** Operators that turning is made of, besides those on elements. */
const TURNING = new Set(['Slice', 'Split', 'Concat', 'Gather', 'Expand', 'Tile', 'RotaryEmbedding', ...MOVES])
/** By which elements change, and not only their place or their scale. */
const TURNS = new Set(['Mul', 'Neg', 'Sub', 'RotaryEmbedding'])
const CUTS = new Set(['Slice', 'Split', 'Gather', ...MOVES])

/** Names the heads of what `layout` was before it was turned; nothing where it was not. `heads` counts those of the queries. */
export function nameRaw(parts: Parts, layout: Layout, norms: ReadonlyMap<string, Norm>, base: string, first: number, heads: number, order: readonly Atom['role'][]): void {
  const { d, reader, points } = parts
  const raw = beforeTurning(reader, layout.tensor, norms)
  const axes = raw === undefined ? undefined : likeAxes(reader, layout, raw)
  if (raw === undefined || !axes || !joinable(axes) || points.has(`${base}.h${first}`)) return
  const own = axes.flat().find(({ role }) => role === 'heads')!.size as number
  const taken = Array.from({ length: own }, (_, h) => takeHead(d, { tensor: raw, axes }, h, order, `${base}.h${first + (h * heads) / own}`))
  for (let h = 0; h < heads; h++) parts.point(`${base}.h${first + h}`, taken[Math.floor((h * own) / heads)]!)
  d.rereadAll(raw, joinHeads(d, { tensor: raw, axes, back: undefined }, taken, order, `${base}.joined`))
}

/** The tensor that all of a turned tensor is computed from; undefined where it was scaled at most. */
function beforeTurning(reader: Reader, tensor: string, norms: ReadonlyMap<string, Norm>): string | undefined {
  const sources = new Set<string>()
  const seen = new Set<string>()
  const open = [tensor]
  let turned = false
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (seen.has(name)) continue
    seen.add(name)
    const op = reader.producer(name)
    if (!op) return undefined
    if (norms.has(name) || isLinear(reader, op)) sources.add(name)
    else if (ELEMENTWISE.has(op.opType) || TURNING.has(op.opType)) {
      turned ||= TURNS.has(op.opType) && !scales(reader, op)
      // Angles may be computed from positions that are an input.
      open.push(...reader.varying(op).filter((input) => reader.isFloat(input) && reader.rank(input) >= 3 && !isAngle(reader, input, norms)))
    } else return undefined
  }
  return turned ? commonSource(reader, [...sources], norms) : undefined
}

/** Whether nothing that the stream carries is above a tensor: no norm, and no embedding. */
const isAngle = (reader: Reader, name: string, norms: ReadonlyMap<string, Norm>): boolean => [...reader.above([name])].every((above) => {
  const op = reader.producer(above)
  return !norms.has(above) && !(op?.opType === 'Gather' && reader.isFixed(op.inputs[0]!) && reader.isFloat(op.inputs[0]!))
})

function scales(reader: Reader, op: Op): boolean {
  return (op.opType === 'Mul' || op.opType === 'Div') && op.inputs.some((name) => reader.isFixed(name) && (reader.shape(name)?.every((dim) => dim === 1) ?? false))
}

/** The last tensor that all of these are cut or moved from. */
function commonSource(reader: Reader, sources: readonly string[], norms: ReadonlyMap<string, Norm>): string | undefined {
  const chains = sources.map((source) => {
    const chain = [source]
    for (let op = reader.producer(source); op && CUTS.has(op.opType) && !norms.has(chain.at(-1)!); op = reader.producer(chain.at(-1)!)) chain.push(op.inputs[0]!)
    return chain
  })
  return chains[0]?.find((name) => chains.every((chain) => chain.includes(name)))
}

/** The layout of a tensor that is the other one before it was turned, and perhaps before heads were repeated or merged with the data. */
function likeAxes(reader: Reader, layout: Layout, raw: string): Layout['axes'] | undefined {
  const shape = reader.shape(raw)
  const of = (...roles: readonly Atom['role'][]) => layout.axes.flat().filter(({ role }) => roles.includes(role)).map((atom) => [atom])
  const [data, heads, position, width] = [of('data'), of('heads'), of('query', 'key'), of('width')]
  // As projections give them, the width is last.
  const orders = [[...data, ...heads, ...position, ...width], [...data, ...position, ...heads, ...width]]
  const first = layout.axes.findIndex((atoms) => atoms.includes(position[0]![0]!)) < layout.axes.findIndex((atoms) => atoms.includes(heads[0]?.[0] as Atom)) ? 1 : 0
  return shape && (shaped(shape, orders[first]!) ?? shaped(shape, orders[1 - first]!) ?? sideBySide(shape, [data[0]?.[0], position[0]?.[0], width[0]?.[0]]))
}

/** Heads side by side on the last axis. */
function sideBySide(shape: readonly Dim[], [data, position, width]: readonly (Atom | undefined)[]): Layout['axes'] | undefined {
  if (shape.length !== 3 || !data || !position || !width || shape[0] !== data.size || shape[1] !== position.size) return undefined
  const count = typeof shape[2] === 'number' && typeof width.size === 'number' ? shape[2] / width.size : Number.NaN
  return Number.isInteger(count) ? [[data], [position], [{ role: 'heads', size: count }, width]] : undefined
}

function shaped(shape: readonly Dim[], axes: readonly (readonly Atom[])[]): Layout['axes'] | undefined {
  const whole = axes.map(([atom]) => atom!.size)
  if (shape.length !== whole.length) return undefined
  const found = axes.map(([atom], axis): Atom[] | undefined => {
    if (shape[axis] === whole[axis]) return [atom!]
    const [own, all] = [shape[axis], whole[axis]]
    return atom!.role === 'heads' && typeof own === 'number' && typeof all === 'number' && all % own === 0 ? [{ role: 'heads', size: own }] : undefined
  })
  return found.includes(undefined) || !found.some((atoms) => atoms![0]!.role === 'heads') ? undefined : (found as Atom[][])
}
