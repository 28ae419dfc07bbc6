/** What must be computed again when the data of some reads change: the rest of a compiled graph, with what does not change as inputs. */
import type { Dag, Value } from '../onnx/dag.ts'
import { BATCH } from '../onnx/types.ts'
import type { Compiled } from './compile.ts'
import { elements } from './elements.ts'
import { flopsPerDatum } from './flops.ts'
import { rowNames } from './row-names.ts'
import { operands, substitute, topological } from './walk.ts'

/** Elements of a sample that one kept value may have: more are read as fast as they are computed. */
const MOST_ELEMENTS = 4096
/** The rest is worth a session of its own when it takes so much of the whole. */
const WORTH = 0.7

export interface Rest {
  readonly compiled: Compiled
  /** By the names of the inputs of the rest. */
  readonly kept: ReadonlyMap<string, Value>
}

export const keptInput = ({ id }: Value): string => `kept ${id}`

/** Undefined where nearly everything depends on these index inputs. */
export function restOf(dag: Dag, compiled: Compiled, rowsOf: (input: string) => string, changed: ReadonlySet<string>): Rest | undefined {
  const depends = new Set<number>()
  /** Values that the runtime computes, beyond reading them. */
  const computed = new Set<number>()
  const order = topological([compiled.output])
  for (const value of order) {
    const { def } = value
    if (def.kind === 'input' ? changed.has(def.name) : operands(value).some(({ id }) => depends.has(id))) depends.add(value.id)
    if (def.kind === 'op' && operands(value).some((v) => v.def.kind === 'op')) computed.add(value.id)
  }
  const kept = new Map<string, Value>()
  // Down from what depends on them: what is wide is computed again, from what it is made of.
  const keep = (value: Value): void => {
    if (depends.has(value.id) || !computed.has(value.id)) return
    if (value.type.shape?.[0] === BATCH && elements(value.type.shape) <= MOST_ELEMENTS) kept.set(keptInput(value), value)
    else operands(value).forEach(keep)
  }
  for (const value of order) if (depends.has(value.id)) operands(value).forEach(keep)
  if (kept.size === 0) return undefined
  const [output] = substitute(dag, [compiled.output], (value) => (kept.get(keptInput(value)) === value ? dag.input(keptInput(value), value.type) : undefined))
  if (flopsPerDatum([output!]) > WORTH * flopsPerDatum([compiled.output])) return undefined
  const rows = rowNames(compiled.output, rowsOf)
  const inputs = new Set(topological([output!]).flatMap(({ def }) => (def.kind === 'input' ? [def.name] : [])))
  return {
    compiled: {
      ...compiled, output: output!,
      reads: compiled.reads.filter(({ indexInput, cacheInput }) => inputs.has(indexInput) || inputs.has(cacheInput)),
      blocks: compiled.blocks.filter(({ input }) => inputs.has(input)),
      rows: new Map([...kept].map(([name, { id }]) => [name, rows.get(id) ?? BATCH])),
    },
    kept: new Map([...kept].filter(([name]) => inputs.has(name))),
  }
}
