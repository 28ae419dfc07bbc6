/** How many rows the values of a compiled graph have for each sample: as many as the node has branches whose data they are about. */
import type { Value } from '../onnx/dag.ts'
import { BATCH } from '../onnx/types.ts'
import type { Compiled } from './compile.ts'
import type { Tree } from './tree.ts'
import { operands, topological } from './walk.ts'

/** Inputs with as many rows for each sample have a batch axis of the same name. */
export function rowsOf(compiled: Compiled, tree: Tree | undefined): (input: string) => string {
  const name = (branches: number): string => (branches === 1 ? BATCH : `${BATCH}*${branches}`)
  const names = new Map<string, string>()
  for (const { indexInput, pieces: [{ stream }] } of compiled.reads) names.set(indexInput, name(tree?.byName.get(stream.of)?.paths.length ?? 1))
  for (const { input, parent, child } of compiled.blocks) names.set(input, name(tree!.byName.get(parent)!.blocks.find((b) => b.child === child)!.length))
  for (const [input, rows] of compiled.rows ?? []) names.set(input, rows)
  return (input) => names.get(input) ?? BATCH
}

/** Rows for each sample, by the name of a batch axis: `N*3` has 3. */
export const branchesOf = (name: string): number => Number(/\*(\d+)$/.exec(name)?.[1] ?? 1)

/** By value, the name of its batch axis: that of the inputs whose rows it has. */
export function rowNames(output: Value, rowsOf: (input: string) => string): ReadonlyMap<number, string> {
  const names = new Map<number, string>()
  for (const value of topological([output])) {
    const { def } = value
    if (def.kind === 'input') names.set(value.id, rowsOf(def.name))
    else if (def.kind === 'op') {
      // A gather has the rows of its indices.
      const from = def.call.opType === 'Gather' ? def.call.inputs[1]! : operands(value).find(({ id, type }) => names.has(id) && type.shape?.[0] === BATCH)
      const name = from && (names.get(from.id) ?? operands(value).map(({ id }) => names.get(id)).find((one) => one !== undefined))
      if (name !== undefined) names.set(value.id, name)
    }
  }
  return names
}
