/** Finds the structure of a transformer in a model's graph and derives a graph in which every part is a tensor. */
import { ShapeError } from '../onnx/infer/context.ts'
import { Derivation, Underivable } from '../model/derive.ts'
import type { ModelGraph } from '../model/graph.ts'
import { oneLine } from '../onnx/one-line.ts'
import { assemble } from './assemble.ts'
import { findCores } from './cores.ts'
import { findNorms } from './norms.ts'
import { Parts } from './parts.ts'
import { Reader } from './reader.ts'
import { findStream } from './stream.ts'
import { unfused } from './unfuse.ts'
import type { NoTransformer, TransformerView } from './view.ts'

const views = new WeakMap<ModelGraph, TransformerView | NoTransformer>()

/** Found once per graph. Reads no weights; takes milliseconds. */
export function transformerOf(graph: ModelGraph): TransformerView | NoTransformer {
  let view = views.get(graph)
  if (!view) views.set(graph, (view = find(graph)))
  return view
}

const none = (problem: string): NoTransformer => ({ kind: 'none', problem: oneLine(problem) })

function find(original: ModelGraph): TransformerView | NoTransformer {
  try {
    return found(original)
  } catch (error) {
    if (!(error instanceof ShapeError) && !(error instanceof Underivable)) throw error
    return none(`its parts do not fit together: ${error.message}`)
  }
}

function found(original: ModelGraph): TransformerView | NoTransformer {
  const reference = unfused(original)
  if (typeof reference === 'string') return none(reference)
  const reader = new Reader(reference)
  const cores = findCores(reader)
  if (cores.length === 0) return none('no attention was found in it: no Softmax stands between a product of queries and keys and a product with values')
  const norms = findNorms(reader)
  const softmaxes = cores.map(({ softmax }) => softmax.outputs[0]!)
  const stream = findStream(reader, norms, (region) => softmaxes.some((name) => region.has(name)))
  if (!stream) return none(`${cores.length === 1 ? 'an attention was' : `${cores.length} attentions were`} found in it, but no residual stream: no sum that attention reads and adds to`)
  const parts = new Parts(new Derivation(reference), reader)
  const assembled = assemble(parts, stream, cores, norms)
  if ('problem' in assembled) return none(assembled.problem)
  return { kind: 'transformer', graph: parts.d.finish(), original, reference, components: parts.components, points: parts.points, ...assembled }
}
