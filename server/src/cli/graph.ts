/** `scrub graph`: the tensors of a model with their shapes; of a `.scrub` file, also its components and points. */
import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { resolve } from 'node:path'
import { describeTensors, type TensorRow } from '../model/describe.ts'
import { ModelError, type ModelGraph } from '../model/graph.ts'
import { readModel } from '../model/read.ts'
import { analyse } from '../scrub/analyse.ts'
import { transformerOf } from '../transformer/find.ts'
import type { Environment, Output } from './environment.ts'
import { EXIT, exitCodeOf, Stop, wrongUsage, type ExitCode } from './exit.ts'
import { plural } from '../language/numbers.ts'
import { showFindings, texts } from './show-findings.ts'
import { showTransformer } from './show-transformer.ts'
import { readSource, reason, rootFolder, shown } from './source.ts'
import { table } from './table.ts'
import { harmless } from './text.ts'

export interface GraphOptions {
  readonly root?: string
  readonly json?: boolean
  /** What `use transformer` finds, instead of the tensors as they are. */
  readonly transformer?: boolean
}

/** Names that a `.scrub` file gives to tensors. */
type Names = ReadonlyMap<string, string>

export interface DescribedGraph {
  readonly path: string
  readonly opset: number
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly tensors: readonly TensorRow[]
  /** Tensors by the names that the `.scrub` file gives them. */
  readonly components: Readonly<Record<string, string>>
  readonly points: Readonly<Record<string, string>>
}

export async function graph(model: string, options: GraphOptions, environment: Environment): Promise<ExitCode> {
  const { stdout, folder } = environment
  const root = await rootFolder(options.root, folder)
  if (options.transformer) return transformer(model, root, options, environment)
  const found = model.endsWith('.scrub') ? await ofScrubFile(model, root, environment) : { graph: await ofModel(model, root, folder), exitCode: EXIT.fine }
  if (found.graph === undefined) return found.exitCode
  stdout.write(options.json ? `${JSON.stringify(found.graph, null, 2)}\n` : showGraph(found.graph, folder, stdout))
  return found.exitCode
}

/** Of a model as it is read without data, or as a `.scrub` file's data complete it. */
async function transformer(model: string, root: string | undefined, { json }: GraphOptions, environment: Environment): Promise<ExitCode> {
  const { stdout, folder } = environment
  const found = model.endsWith('.scrub') ? (await analysed(model, root, environment)).original : await readGraph(model, root, folder)
  if (found === undefined) return EXIT.findings
  const view = transformerOf(found)
  if (view.kind === 'none') throw new Stop(EXIT.findings, `No transformer was understood in ${shown(found.path, folder)}: ${view.problem}.`)
  stdout.write(json ? `${JSON.stringify(described(view.graph, view.components, view.points), null, 2)}\n` : showTransformer(view, folder, stdout))
  return EXIT.fine
}

async function ofModel(model: string, root: string | undefined, folder: string): Promise<DescribedGraph> {
  return described(await readGraph(model, root, folder))
}

async function readGraph(model: string, root: string | undefined, folder: string): Promise<ModelGraph> {
  const path = resolve(folder, model)
  // As with a `.scrub` file: one that cannot be opened is wrong usage, one that is no model has a finding.
  await access(path, constants.R_OK).catch((error: unknown) => {
    throw wrongUsage(`${model} cannot be read: ${reason(error)}.`)
  })
  try {
    return await readModel(path, { root })
  } catch (error) {
    if (error instanceof ModelError) throw new Stop(EXIT.findings, error.message)
    throw error
  }
}

/** The model of a hypothesis file; its findings go to standard error. */
async function ofScrubFile(path: string, root: string | undefined, environment: Environment): Promise<{ graph: DescribedGraph | undefined; exitCode: ExitCode }> {
  const { graph, bound, findings } = await analysed(path, root, environment)
  return { graph: graph && described(graph, bound?.components, bound?.points), exitCode: exitCodeOf(findings) }
}

/** `original` is the model's graph, `graph` the one that the file's names are of. */
async function analysed(path: string, root: string | undefined, { stderr, folder }: Environment) {
  const source = await readSource(path, folder)
  if ('code' in source) throw wrongUsage(source.message)
  const { graph, bound, findings } = await analyse(source.file, source.text, { root })
  stderr.write(showFindings(findings, texts(new Map([[source.file, source.text]])), folder, stderr))
  return { original: graph, graph: bound?.graph ?? graph, bound, findings }
}

function described(graph: ModelGraph, components: Names = new Map(), points: Names = new Map()): DescribedGraph {
  return {
    path: graph.path,
    opset: graph.fileOpset,
    inputs: graph.inputs,
    outputs: graph.outputs,
    tensors: describeTensors(graph),
    components: Object.fromEntries(components),
    points: Object.fromEntries(points),
  }
}

export function showGraph({ path, opset, inputs, outputs, tensors, components, points }: DescribedGraph, folder: string, output: Output): string {
  const { bold, dim } = output.colours
  const names = new Map<string, string>()
  const label = (tensor: string, text: string) => names.set(tensor, names.has(tensor) ? `${names.get(tensor)}, ${text}` : text)
  for (const tensor of outputs) label(tensor, 'output')
  for (const [name, tensor] of Object.entries(components)) label(tensor, `component ${name}`)
  for (const [name, tensor] of Object.entries(points)) label(tensor, `point ${name}`)
  const facts = [plural(inputs.length, 'input'), plural(outputs.length, 'output'), plural(tensors.length, 'tensor'), `opset ${opset}`, 'N is the batch axis']
  return [
    `${bold(harmless(shown(path, folder)))}\n`,
    dim(`${facts.join(' · ')}\n`),
    '\n',
    table(
      [
        { head: 'tensor', align: 'left', cells: tensors.map(({ name }) => harmless(name)) },
        { head: 'shape', align: 'left', cells: tensors.map(({ shape }) => harmless(shape)) },
        { head: 'type', align: 'left', cells: tensors.map(({ dtype }) => dtype) },
        { head: 'operator', align: 'left', cells: tensors.map(({ op }) => harmless(op)) },
        { head: 'is', align: 'left', cells: tensors.map(({ name }) => names.get(name) ?? '') },
      ],
      output,
    ),
  ].join('')
}
