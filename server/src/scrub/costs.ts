/** What each claim costs: every node's claim off in turn, on the same draws. What another claim does not change is computed once. */
import { streamData } from './compile.ts'
import { restOf, type Rest } from './cost-graphs.ts'
import type { Draws } from './draws.ts'
import type { Prepared, Shared } from './evaluate.ts'
import { Executable } from './executable.ts'
import type { Tensor } from '../onnx/types.ts'
import { byteLength } from '../onnx/dtype.ts'
import { elements } from './elements.ts'
import { streamsOfRead } from './reads.ts'
import { branchesOf, rowsOf } from './row-names.ts'

/** Bytes that kept values of a part may take. */
const MOST_KEPT = 2 ** 28

export interface CostGiven {
  readonly shared: Shared
  readonly p: Prepared
  /** The whole graph. */
  readonly executable: Executable
  /** All activations that could be needed fit: what one node needs does not push out what another does. */
  readonly fits: boolean
}

/** Gives the metric of a part's samples with one node's claim off, node by node. */
export async function withoutEach(given: CostGiven, draws: Draws, nodes: readonly string[], tell: (node: string, values: Float64Array) => void): Promise<void> {
  const { shared, executable, fits } = given
  const plain = async (node: string): Promise<Float64Array> => {
    const data = dataOf(draws.without(node))
    await shared.cache.ensure(executable.needs(data))
    return executable.run(draws.count, data)
  }
  // On another device every value that is kept would cross twice.
  const groups = fits && nodes.length > 1 && !shared.runtime.accelerator ? grouped(given, draws, nodes) : []
  const kept = await keptOf(given, draws, groups)
  for (const { rest, nodes: own } of groups) {
    const part = kept && rest && (await Executable.make(shared, rest.compiled, given.p.tree, kept.batch))
    try {
      for (const node of own) tell(node, part ? await afresh(given, draws, node, part, rest, kept) : await plain(node))
    } finally {
      await part?.release()
    }
  }
  if (groups.length === 0) for (const node of nodes) tell(node, await plain(node))
}

/** Nodes whose claims change the same reads. */
interface Group {
  readonly nodes: string[]
  readonly rest: Rest | undefined
}

function grouped({ shared, p, executable }: CostGiven, draws: Draws, nodes: readonly string[]): Group[] {
  const base = dataOf(draws)
  const groups = new Map<string, Group>()
  for (const node of nodes) {
    const data = dataOf(draws.without(node))
    const changed = p.compiled.reads.filter((read) => streamsOfRead(read).some((stream) => !same(base(stream), data(stream)))).map(({ indexInput }) => indexInput)
    const key = changed.join()
    const group = groups.get(key)
    if (group) group.nodes.push(node)
    else groups.set(key, { nodes: [node], rest: restOf(shared.dag, executable.compiled, rowsOf(executable.compiled, p.tree), new Set(changed)) })
  }
  return [...groups.values()]
}

/** Draws share the vectors that do not change. */
const same = (a: Int32Array, b: Int32Array): boolean => a.buffer === b.buffer && a.byteOffset === b.byteOffset && a.length === b.length

interface Kept {
  /** By input of the rest, one tensor for each batch. */
  readonly tensors: ReadonlyMap<string, readonly Tensor[]>
  readonly batch: number
}

/** What the rests need, of one run of the whole; undefined where it would be too much to hold, or nothing. */
async function keptOf({ shared, p }: CostGiven, draws: Draws, groups: readonly Group[]): Promise<Kept | undefined> {
  const values = new Map(groups.flatMap(({ rest }) => [...(rest?.kept ?? [])]))
  const rows = new Map(groups.flatMap(({ rest }) => [...(rest?.compiled.rows ?? [])]))
  const bytes = [...values].reduce((sum, [name, { type }]) => sum + byteLength(type.dtype, elements(type.shape)) * branchesOf(rows.get(name)!), 0) * draws.count
  if (values.size === 0 || bytes > MOST_KEPT) return undefined
  const tensors = new Map([...values.keys()].map((name): [string, Tensor[]] => [name, []]))
  const whole = await Executable.make(shared, p.compiled, p.tree, shared.options.batch, undefined, values)
  try {
    await shared.cache.ensure(whole.needs(dataOf(draws)))
    await whole.run(draws.count, dataOf(draws), (_, outputs) => tensors.forEach((all, name) => all.push(outputs[name]!)))
    return { tensors, batch: whole.batch }
  } finally {
    await whole.release()
  }
}

/** One node's claim off, from what it does not change. */
async function afresh({ shared }: CostGiven, draws: Draws, node: string, part: Executable, rest: Rest, kept: Kept): Promise<Float64Array> {
  const data = dataOf(draws.without(node))
  await shared.cache.ensure(part.needs(data))
  return part.run(draws.count, data, undefined, (_, start) => Object.fromEntries([...rest.kept.keys()].map((name) => [name, kept.tensors.get(name)![start / kept.batch]!])))
}

const dataOf = (draws: Draws) => (stream: Parameters<typeof streamData>[1]): Int32Array => streamData(draws, stream)
