/** A node, or the root, compiled by itself: the scrubbed values of its parents come from outside. */
import type { BoundFile, BoundHypothesis, BoundNode } from '../hypothesis/bound.ts'
import type { Dag, Value } from '../onnx/dag.ts'
import { Assembly, type Compiled } from './compile.ts'
import type { ModelValues } from './model-values.ts'
import { indexValue, nodeRegion, rootRegion } from './region.ts'
import { selectPlace } from '../hypothesis/slice-values.ts'

export interface Unit {
  readonly compiled: Compiled
  /** Parents that are no leaves, with the graph input that takes their values: shape `[rows, …]` of the parent's place. */
  readonly supplied: ReadonlyMap<string, string>
  /** Tensors that are read on the random datum. */
  readonly unimportant: ReadonlySet<string>
}

export interface UnitGiven {
  readonly dag: Dag
  readonly file: BoundFile
  readonly model: ModelValues
  readonly hypothesis: BoundHypothesis
}

/** `node` is undefined for the root. */
export function compileUnit({ dag, file, model, hypothesis }: UnitGiven, node: BoundNode | undefined): Unit {
  const assembly = new Assembly(dag, (stream) => stream)
  const supplied = new Map<string, string>()
  const surroundings = {
    read: assembly.read,
    scrubbed: (parent: string): Value => {
      const { place } = hypothesis.nodes.find(({ name }) => name === parent)!
      const { type } = selectPlace(dag, model.tensor(place.tensor), place.slice, (index) => indexValue({ dag, model }, index))
      // Nodes of different hypotheses may share a name, but not a type.
      const input = `value ${parent} ${type.dtype} ${(type.shape ?? []).join()}`
      supplied.set(parent, input)
      return assembly.supply(input, type)
    },
  }
  const given = { dag, file, hypothesis, model, surroundings }
  const region = node ? nodeRegion(given, node) : rootRegion(given)
  return { compiled: assembly.finish(region.value, region.replacements), supplied, unimportant: region.unimportant }
}
