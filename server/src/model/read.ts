/** ONNX file -> model graph: structure, types and symbolic shapes, in the operators of opset 18 or later. */
import { realpathSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import type { Op, TensorType } from '../onnx/types.ts'
import { exportHint, inputAxes, renamed } from './axes.ts'
import { type Decoded, decode } from './decode.ts'
import { inside, whatIs } from './file.ts'
import { describeKind } from './file-kind.ts'
import { unfixed } from './fixed-batch.ts'
import { foldShapes } from './fold.ts'
import { type ModelGraph, ModelError, type RowShapes, type TensorInfo } from './graph.ts'
import { type Known, ShapeError } from '../onnx/infer/index.ts'
import { sorted } from './order.ts'
import { refine } from './refine.ts'
import { readSkeleton } from './skeleton.ts'
import { Damaged, Source } from './source.ts'
import { withoutControl } from './subgraphs.ts'
import { BASE_OPSET, canonical, Unsupported } from './upgrade/index.ts'
import { called } from './upgrade/adapter.ts'
import type { Place } from './weight.ts'
import { Workbench } from './workbench.ts'

export interface ReadOptions {
  /** The model and its external data must lie in this folder. */
  readonly root?: string
  /** Lengths of symbolic axes, known from the data. */
  readonly rowShapes?: RowShapes
  /** False: files with external data need not be there (default true). */
  readonly externalCheck?: boolean
}

/** Opsets that are understood, and the versions of the file format. */
const OLDEST_OPSET = 7
const NEWEST_OPSET = 26
const NEWEST_IR = 13

/**
 * Reads the structure of a model; of the weights only where they are, except for small ones. Throws a ModelError whose
 * message is one sentence or two for whoever made the file.
 */
export async function readModel(path: string, options: ReadOptions = {}): Promise<ModelGraph> {
  const file = resolve(path)
  const source = open(file, options.root)
  try {
    const skeleton = readSkeleton(source)
    const place = { source, skeleton, path: file, root: options.root, externalCheck: options.externalCheck ?? true }
    return build(decode(place), place, options)
  } catch (error) {
    if (error instanceof Damaged) throw explained(file, source, error)
    throw error
  } finally {
    source.close()
  }
}

function open(file: string, root: string | undefined): Source {
  const unreadable = (problem: string) => new ModelError('model-unreadable', `${basename(file)} ${problem}.`)
  const found = whatIs(file, (code) => unreadable(`cannot be opened (${code}): check the path and its permissions`))
  if (found === undefined) throw unreadable('does not exist: check the path')
  if (found.isDirectory()) throw unreadable('is a folder: name the .onnx file in it')
  if (!found.isFile()) throw unreadable('is not a regular file: name the .onnx file')
  if (found.size === 0) throw unreadable('is empty: copy or export it again')
  if (root !== undefined && !inside(realpathSync(root), realpathSync(file))) {
    throw new ModelError('outside-root', `${basename(file)} lies outside of ${root}: move it there, or choose another root folder.`)
  }
  try {
    return new Source(file)
  } catch (error) {
    throw unreadable(`cannot be opened (${(error as NodeJS.ErrnoException).code ?? 'unknown error'}): check its permissions`)
  }
}

function explained(file: string, source: Source, error: Damaged): ModelError {
  const kind = describeKind(source.bytes(0, Math.min(512, source.size)))
  if (kind !== undefined) return new ModelError('model-unreadable', `${basename(file)} ${kind}.`)
  const problem = error.short ? `is cut off: ${error.message}; copy or export it again` : `cannot be read: ${error.message}`
  return new ModelError('model-unreadable', `${basename(file)} ${problem}.`)
}

function build(decoded: Decoded, place: Place, options: ReadOptions): ModelGraph {
  const { path } = place
  const model = basename(path)
  const fileOpset = demandVersions(decoded, model)
  const weights = new Set(decoded.initializers.map(({ name }) => name))
  if (weights.size < decoded.initializers.length) throw new Damaged('two of its weights have the same name')
  const inputs = decoded.inputs.filter(({ name }) => !weights.has(name))
  if (new Set(inputs.map(({ name }) => name)).size < inputs.length) throw new Damaged('two of its inputs have the same name')
  const axes = inputAxes(inputs, options.rowShapes, model)
  const ordered = sorted(decoded.ops, new Set([...weights, ...axes.types.keys()]))
  const bench = new Workbench(namesOf(ordered, [...weights, ...axes.types.keys()]))
  for (const weight of decoded.initializers) bench.addWeight(weight)
  for (const [name, type] of axes.types) bench.learn(name, { type })
  const declared = new Map([...decoded.values, ...decoded.outputs.map(({ name, type }) => [name, type] as const)])
  const free = axes.fixed === undefined
  const said = (name: string) => {
    const type = declared.get(name)
    return type && free ? renamed(type, axes.symbols) : type && { dtype: type.dtype, shape: undefined }
  }
  const add = (op: Op): void => {
    const plain = withoutControl(op, bench, place)
    if (plain !== undefined) return plain.forEach(add)
    for (const step of canonicalOps(op, fileOpset, bench, model)) {
      if (free) append(bench, step, said)
      else appendFreed(bench, step, said, axes.fixed as number, (problem) => `${model} was exported for a batch of ${axes.fixed}, and ${problem}. ${exportHint(inputs)}`)
    }
  }
  ordered.forEach(add)
  foldShapes(bench)
  const outputs = decoded.outputs.map(({ name }) => name)
  return finish(path, decoded, fileOpset, bench, inputs.map(({ name }) => name), outputs, axes.types)
}

function demandVersions({ opsets, irVersion, functions }: Decoded, model: string): number {
  const opset = opsets.get('') ?? BASE_OPSET
  if (irVersion < 1 || irVersion > NEWEST_IR) {
    throw new ModelError('model-unreadable', `${model} has file format version ${irVersion}; versions up to ${NEWEST_IR} are understood. Export it with an older onnx package.`)
  }
  if (opset < OLDEST_OPSET || opset > NEWEST_OPSET) {
    throw new ModelError('model-unreadable', `${model} uses opset ${opset}; ${OLDEST_OPSET} to ${NEWEST_OPSET} are understood. Export it with torch.onnx.export(…, opset_version=17), or convert it with onnx.version_converter.`)
  }
  if (opset < BASE_OPSET && functions.length > 0) {
    throw new ModelError('model-unreadable', `${model} has functions of its own at opset ${opset}, which cannot be upgraded. Export it with opset_version=18, or without export_modules_as_functions.`)
  }
  return opset
}

function canonicalOps(op: Op, opset: number, bench: Workbench, model: string): readonly Op[] {
  try {
    return canonical(op, opset, bench)
  } catch (error) {
    // Adapters take inputs and attributes to be there, as the standard demands.
    if (error instanceof TypeError || error instanceof RangeError) throw new Damaged(`${called(op)} has inputs or attributes that do not fit`)
    if (!(error instanceof Unsupported)) throw error
    throw new ModelError('model-unreadable', `${model} (opset ${opset}) ${error.message}.`)
  }
}

function namesOf(ops: readonly Op[], others: readonly string[]): Set<string> {
  const names = new Set(others)
  for (const op of ops) for (const name of op.outputs) names.add(name)
  return names
}

type Said = (name: string) => TensorType | undefined

function append(bench: Workbench, op: Op, said: Said): void {
  const outputs = bench.append(op)
  for (const [index, name] of op.outputs.entries()) {
    if (name === '') continue
    const inferred = outputs instanceof ShapeError ? undefined : outputs[index]
    bench.learn(name, refine(inferred, said(name)))
  }
}

function appendFreed(bench: Workbench, op: Op, said: Said, fixed: number, sentence: (problem: string) => string): void {
  const result = unfixed(op, fixed, bench)
  if ('problem' in result) throw new ModelError('fixed-batch', sentence(result.problem))
  for (const step of result.ops) append(bench, step, said)
}

function finish(
  path: string, decoded: Decoded, fileOpset: number, bench: Workbench, inputs: readonly string[], outputs: readonly string[],
  types: ReadonlyMap<string, TensorType>,
): ModelGraph {
  const tensors = new Map<string, TensorInfo & { consumers: number[] }>()
  for (const [name, type] of types) tensors.set(name, { name, type, producer: undefined, consumers: [] })
  for (const [producer, op] of bench.ops.entries()) {
    for (const name of op.outputs) {
      if (name !== '') tensors.set(name, { name, type: typeOf(bench.known(name)), producer, consumers: [] })
    }
  }
  for (const [index, op] of bench.ops.entries()) {
    for (const names of [op.inputs, op.captures]) {
      for (const name of names) {
        const consumers = tensors.get(name)?.consumers
        if (consumers !== undefined && consumers.at(-1) !== index) consumers.push(index)
      }
    }
  }
  for (const name of outputs) {
    if (!tensors.has(name) && !bench.initializers.has(name)) throw new Damaged(`its output \`${name}\` is made by nothing`)
  }
  const domains = new Map([...decoded.opsets].filter(([domain]) => domain !== ''))
  return {
    path, irVersion: decoded.irVersion, opset: Math.max(BASE_OPSET, fileOpset), domains, fileOpset,
    producerName: decoded.producerName, inputs,
    // An output that is a weight is the same for every datum: nothing to scrub.
    outputs: outputs.filter((name) => tensors.has(name)),
    tensors, ops: bench.ops, initializers: bench.initializers, functions: decoded.functions,
  }
}

function typeOf(known: Known | undefined): TensorType {
  return known?.type ?? { dtype: 'unknown', shape: undefined }
}
