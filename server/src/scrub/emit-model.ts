/**
 * A compiled hypothesis as a model that any ONNX runtime can run: activations inside, index vectors as inputs, one metric
 * per sample as output.
 */
import type { BoundHypothesis } from '../hypothesis/bound.ts'
import { attr, emit, type Dag, type ModelHeader, type Value } from '../onnx/dag.ts'
import { inlineInitializers } from '../onnx/inline.ts'
import { BATCH, type Initializer } from '../onnx/types.ts'
import type { Cache } from './cache.ts'
import type { Compiled } from './compile.ts'
import { streamKey, type Stream } from './region.ts'
import type { Tree } from './tree.ts'
import { substitute, topological } from './walk.ts'

/** What goes beside the model: which datum each input is about. */
export interface EmittedNote {
  readonly hypothesis: string
  readonly output: string
  readonly inputs: readonly { readonly name: string; readonly dtype: 'int32'; readonly rows: string; readonly meaning: string }[]
}

export interface EmittedModel {
  readonly bytes: Uint8Array
  readonly note: EmittedNote
}

/** Bytes of a model that one file can hold. */
const MOST_BYTES = 1.9e9

/** Raised when the model would not fit into one file. */
export class TooLargeToEmit extends Error {}

/** All functions the graph reads are cached for all `rows` data; the hypothesis is compiled without stacking. */
export function emitModel(
  dag: Dag, header: ModelHeader, hypothesis: BoundHypothesis, tree: Tree, compiled: Compiled, cache: Cache, rows: number,
): EmittedModel {
  const everyone = Int32Array.from({ length: rows }, (_, i) => i)
  const inputs = new Map<string, { value: Value; stream: Stream }>()
  const replaced = new Map<string, Value>()
  let bytes = 0
  for (const { source, length, pieces: [{ stream }], cacheInput, indexInput } of compiled.reads) {
    if (length !== undefined) throw new Error('a model is written of a hypothesis that is not stacked')
    const values = cache.values(source)
    if (!replaced.has(cacheInput)) bytes += (values.data as Float32Array).byteLength
    replaced.set(cacheInput, dag.constant(values))
    const name = inputName(stream)
    const value = dag.input(name, { dtype: 'int32', shape: [BATCH] })
    inputs.set(streamKey(stream), { value, stream })
    const rowOf = dag.constant({ dtype: 'int32', dims: [rows], data: cache.index(source, everyone) })
    replaced.set(indexInput, dag.op('Gather', [rowOf, value], { axis: attr.int(0) }))
  }
  // The number of samples, for the rows of a parent that serve one child.
  const any = [...inputs.values()][0]
  if (compiled.blocks.length > 0 && any) {
    const branches = branchesOf(any.stream, tree)
    const length = dag.op('Squeeze', [dag.op('Shape', [any.value]), dag.ints([0])])
    const samples = dag.op('Div', [length, dag.scalar(branches, 'int64')])
    for (const { input, parent, child } of compiled.blocks) {
      const block = tree.byName.get(parent)!.blocks.find((b) => b.child === child)!
      const at = (branch: number): Value => dag.op('Mul', [samples, dag.scalar(branch, 'int64')])
      replaced.set(input, dag.op('Range', [at(block.first), at(block.first + block.length), dag.scalar(1, 'int64')]))
    }
  }
  const [graph] = substitute(dag, [compiled.output], (v) => (v.def.kind === 'input' ? replaced.get(v.def.name) : undefined))
  const weights = topological([graph!]).flatMap((v) => (v.def.kind === 'weight' && v.def.initializer.source.kind === 'file' ? [v] : []))
  for (const v of weights) if (v.def.kind === 'weight' && v.def.initializer.source.kind === 'file') bytes += v.def.initializer.source.length
  if (bytes > MOST_BYTES) {
    throw new TooLargeToEmit(`The scrubbed model would take ${(bytes / 1e9).toFixed(1)} GB, more than one ONNX file can hold: use fewer data (\`limit\`) for --emit.`)
  }
  const inlined = new Map(weights.map((v) => [v.id, inlineWeight(dag, v)]))
  const [whole] = substitute(dag, [graph!], (v) => inlined.get(v.id))
  const branches = new Map([...inputs.values()].map(({ stream }) => [inputName(stream), branchesOf(stream, tree)]))
  const length = (input: string): string => (branches.get(input) === 1 ? 'samples' : `samples*${branches.get(input)}`)
  const emitted = emit(new Map([['metric', whole!]]), header, undefined, undefined, length)
  return {
    bytes: emitted.bytes,
    note: {
      hypothesis: hypothesis.name,
      output: 'metric: float64 [samples]',
      inputs: [...inputs.values()].map(({ stream }) => ({ name: inputName(stream), dtype: 'int32' as const, rows: rowsOf(stream, tree), meaning: meaningOf(stream) })),
    },
  }
}

function inlineWeight(dag: Dag, value: Value): Value {
  if (value.def.kind !== 'weight') return value
  const [{ source }] = inlineInitializers([value.def.initializer], Infinity) as [Initializer]
  return source.kind === 'inline' ? dag.constant(source.tensor) : value
}

function inputName(stream: Stream): string {
  switch (stream.kind) {
    case 'own': return stream.of === '' ? 'reference' : `datum of ${stream.of}`
    case 'parent': return `datum of ${stream.parent} for ${stream.of}`
    case 'unimportant': return `random datum of ${stream.of === '' ? 'the metric' : stream.of}${stream.place === '' ? '' : ` at ${stream.place}`}`
  }
}

const branchesOf = (stream: Stream, tree: Tree): number => (stream.of === '' ? 1 : tree.byName.get(stream.of)!.paths.length)

function rowsOf(stream: Stream, tree: Tree): string {
  const branches = branchesOf(stream, tree)
  return branches === 1 ? 'samples' : `${branches} x samples, branch by branch: ${tree.byName.get(stream.of)!.paths.slice(0, 20).join(', ')}${branches > 20 ? ', …' : ''}`
}

function meaningOf(stream: Stream): string {
  switch (stream.kind) {
    case 'own': return stream.of === '' ? 'the reference datum, uniform over the data' : `the datum drawn for ${stream.of}, from the class of the datum that its child represents`
    case 'parent': return `the datum drawn for ${stream.parent}, from the class of ${stream.of === '' ? 'the reference datum' : `the datum of ${stream.of}`}`
    case 'unimportant': return `the datum of the unimportant inputs of ${stream.of === '' ? 'the metric' : stream.of}, uniform over the data`
  }
}
