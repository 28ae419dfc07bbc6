/**
 * A first hypothesis file for a model and a dataset: which columns feed the model, a metric that they allow, and hypotheses
 * about the heads of a transformer, or about one place on the way. What is written was bound before, so that it checks and evaluates.
 */
import { format, parse, reservedWords } from '@scrub/grammar'
import { basename, dirname, relative, sep } from 'node:path'
import type { ColumnSchema } from '../data/columns.ts'
import { bind } from '../hypothesis/bind.ts'
import { acceptable } from '../hypothesis/inputs.ts'
import { tensorText } from '../hypothesis/spelling.ts'
import type { ModelGraph } from '../model/graph.ts'
import { BATCH, type Dim } from '../onnx/types.ts'
import { transformerOf } from '../transformer/find.ts'
import { isRefusal, openData, openModel, rowShapesOf, type KnownSchema, type Limits, type Refusal } from './opening.ts'

export interface FirstFile {
  readonly kind: 'first'
  readonly text: string
}

/** Operators whose results people have theories about; the others mostly move or scale them. */
const TELLING = /^(Add|Gemm|MatMul|Conv|Relu|Gelu|Tanh|Sigmoid|Softmax|LayerNormalization|Concat|Sum|Sub|Mul)$/
/** Tensors that are tried as the place. */
const MOST_PLACES = 60
/** Columns that the comment lists. */
const MOST_COLUMNS = 8

/** `file` is where the text will lie: paths in it are relative to its folder. A model or data that cannot be used is a refusal, in a sentence. */
export async function firstFile(model: string, data: string, file: string, limits: Limits): Promise<FirstFile | Refusal> {
  const opened = await openData(data, limits)
  if (isRefusal(opened)) return opened
  const { schema } = opened
  const rough = await openModel(model, undefined, limits)
  if (isRefusal(rough)) return rough
  const fed = feed(rough, schema)
  if (typeof fed === 'string') return { kind: 'refused', code: 'data-mismatch', message: fed }
  const head = `model ${quoted(pathFrom(file, model))}\ndata ${quoted(pathFrom(file, data))}${fed.clause}\n`
  // Columns give symbolic axes their lengths.
  const graph = await openModel(model, rowShapesOf(parse(head).file, schema), limits)
  if (isRefusal(graph)) return graph
  const sound = (text: string): boolean => {
    const { file: tree, findings } = parse(text)
    return findings.length === 0 && bind(tree, text, { graph, dataset: schema, load: (path) => `${path} was not opened.`, vocab: (path) => `${path} was not opened.` }, undefined).findings.every(({ severity }) => severity !== 'error')
  }
  const root = (metric: string, output: string): string => `${head}${metric}\nhypothesis "nothing" {\n node out = any at ${name(output)}\n}\n`
  const labels = schema.columns.filter((column) => !fed.used.has(column.name))
  const found = [...metrics(graph, labels)].find(({ metric, output }) => sound(root(metric, output)))
  if (!found) return { kind: 'refused', code: 'data-mismatch', message: `No output of ${basename(model)} can be measured: ${graph.outputs.map((output) => `\`${output}\` is ${typeOf(graph, output)}`).join(', ')}.` }
  const { metric, output, label } = found
  const heads = headsOf(graph)
  if (heads) {
    const about = (feature: string): string => `${head}${metric}\n${TRANSFORMER}\nhypothesis "h" {\n${headsText(heads, feature, output)}\n}\n`
    // What is another for nearly every datum claims nothing.
    const claim = labels.find((one) => one.name === label && one.shape.length === 0 && sound(about(column(one.name))))
    if (sound(about('exact'))) return { kind: 'first', text: format(textOf({ head, model, schema, metric, output, label, hypotheses: headHypotheses(heads, output, claim && column(claim.name)) })) }
  }
  const out = `node out = exact at ${name(output)}`
  const place = placesBefore(graph, output).find((tensor) => sound(`${root(metric, output)}hypothesis "h" {\n node hidden = exact at ${name(tensor)}\n ${out} from hidden\n}\n`))
  const told = label !== undefined && place !== undefined && sound(`${root(metric, output)}hypothesis "h" {\n node hidden = ${column(label)} at ${name(place)}\n ${out} from hidden\n}\n`) ? label : undefined
  return { kind: 'first', text: format(textOf({ head, model, schema, metric, output, label, hypotheses: placeHypotheses(output, place, told) })) }
}

const TRANSFORMER = 'graph {\n  use transformer\n}'

/** Layers and heads of each, where `use transformer` understands the model and all layers have equally many. */
function headsOf(graph: ModelGraph): { readonly layers: number; readonly heads: number } | undefined {
  const view = transformerOf(graph)
  if (view.kind === 'none') return undefined
  const [first] = view.layers
  return first && first.heads > 0 && view.layers.every(({ heads }) => heads === first.heads) ? { layers: view.layers.length, heads: first.heads } : undefined
}

type Heads = NonNullable<ReturnType<typeof headsOf>>

const family = ({ layers, heads }: Heads): string => `head[l in range(${layers}), h in range(${heads})]`
const headsText = (heads: Heads, feature: string, output: string): string => `  node ${family(heads)} = ${feature} at a[l].h[h]\n  node out = exact at ${name(output)} from head`

/** `claim`: what the heads could be about. */
function headHypotheses(heads: Heads, output: string, claim: string | undefined): string[] {
  return [
    TRANSFORMER,
    `# All heads matter, and only on their direct ways to the output: embeddings, MLPs and what heads tell other heads are drawn. Less than\n# 100% is lost on those ways.\nhypothesis "every head" {\n${headsText(heads, 'exact', output)}\n}`,
    ...(claim === undefined ? [] : [`# All that matters of each is the label. Put what you think the heads compute in its place, and keep those that you think compute it.\nhypothesis "only the label" extends "every head" {\n  refine ${family(heads)} = ${claim}\n}`]),
  ]
}

interface Told {
  readonly head: string
  readonly model: string
  readonly schema: KnownSchema
  readonly metric: string
  readonly output: string
  readonly label: string | undefined
  /** With the graph that they need; all but chance. */
  readonly hypotheses: readonly string[]
}

function textOf({ head, model, schema, metric, output, label, hypotheses }: Told): string {
  const columns = schema.columns.slice(0, MOST_COLUMNS).map(({ name: one, dtype, shape }) => `${one}: ${dtype}${shape.length > 0 ? `[${shape.join(', ')}]` : ''}`)
  const more = schema.columns.length > MOST_COLUMNS ? `, and ${schema.columns.length - MOST_COLUMNS} more` : ''
  const parts = [
    `# A first hypothesis about ${comment(basename(model))}, to be changed.\n# Columns of the data: ${comment(columns.join(', '))}${more}.`,
    head.trimEnd(),
    label === undefined ? `# No column looks like a label, so this measures how far the output is from the model's own.\n${metric}` : metric,
  ]
  parts.push(...hypotheses)
  parts.push(`# Chance, to compare with.\nhypothesis "nothing" {\n  node out = any at ${name(output)}\n}`)
  return `${parts.join('\n\n')}\n`
}

/** About one tensor on the way; `told` is the label, where it can be the feature of that. */
function placeHypotheses(output: string, place: string | undefined, told: string | undefined): string[] {
  const parts: string[] = []
  const out = `  node out = exact at ${name(output)}`
  if (place !== undefined) {
    parts.push(`# What passes one tensor on the way reaches the output, and nothing else does. Less than 100% is lost on other ways.\nhypothesis "one place" {\n  node hidden = exact at ${name(place)}\n${out} from hidden\n}`)
    if (told !== undefined) parts.push(`# All that matters of it is the label. Put what you think is computed there in its place.\nhypothesis "only the label" {\n  node hidden = ${column(told)} at ${name(place)}\n${out} from hidden\n}`)
  } else parts.push(`# The output as it is. Name places on the way with \`node NAME = FEATURE at TENSOR\`; \`scrub graph\` lists the tensors.\nhypothesis "all of it" {\n${out}\n}`)
  return parts
}

/** Columns for the model's inputs, by name or by what fits, as a clause of `data`; a sentence where one has none. */
function feed(graph: ModelGraph, schema: KnownSchema): { readonly clause: string; readonly used: ReadonlySet<string> } | string {
  const used = new Set<string>()
  const written: string[] = []
  const byName = (input: string): ColumnSchema | undefined => schema.columns.find((one) => one.name === input && fits(graph, input, one))
  for (const input of graph.inputs) {
    const same = byName(input)
    if (same) used.add(same.name)
  }
  for (const input of graph.inputs) {
    if (byName(input)) continue
    const fitting = schema.columns.find((one) => !used.has(one.name) && fits(graph, input, one))
    if (!fitting) {
      return `No column of ${basename(schema.path)} fits the input \`${input}\` of ${basename(graph.path)}, which is ${typeOf(graph, input)} for each datum; there are ${schema.columns.slice(0, MOST_COLUMNS).map(({ name: one, dtype, shape }) => `\`${one}\` (${dtype}[${shape.join(', ')}])`).join(', ')}. Save the data with one that does.`
    }
    used.add(fitting.name)
    written.push(`${name(input)} = ${column(fitting.name)}`)
  }
  return { clause: written.length > 0 ? ` as { ${written.join(', ')} }` : '', used }
}

function fits(graph: ModelGraph, input: string, { dtype, shape }: ColumnSchema): boolean {
  const type = graph.tensors.get(input)?.type
  const dims = type && dimsOf(type.shape)
  if (!type || !acceptable(dtype, type.dtype)) return false
  return dims === undefined || (dims.length === shape.length && dims.every((dim, axis) => typeof dim !== 'number' || dim === shape[axis]))
}

/** Without the batch axis. */
const dimsOf = (shape: readonly Dim[] | undefined): readonly Dim[] | undefined => (shape?.[0] === BATCH ? shape.slice(1) : shape)

interface Measured {
  readonly metric: string
  readonly output: string
  readonly label?: string
}

/** From what is most likely meant to what can always be measured. */
function* metrics(graph: ModelGraph, labels: readonly ColumnSchema[]): Generator<Measured> {
  for (const output of graph.outputs) {
    const o = name(output)
    for (const { name: label, dtype, shape } of labels) {
      const c = column(label)
      const classes = dtype === 'bool'
        ? [`binary_cross_entropy(${o}, ${c})`, ...(sizeOf(graph, output) === 2 ? [`binary_cross_entropy(${o}[1] - ${o}[0], ${c})`] : []), `binary_cross_entropy(${o}[0], ${c})`, `mean(binary_cross_entropy(${o}, ${c}))`]
        : dtype === 'int64' ? [`cross_entropy(${o}, ${c})`, `mean(cross_entropy(${o}, ${c}))`, `cross_entropy(${o}[-1], ${c})`] : []
      // A number of one value for each datum is compared as it is, a whole array on average.
      for (const value of [...classes, ...(dtype === 'string' || dtype === 'bool' ? [] : [`mse(${o}, ${c})`, ...(shape.length === 0 ? [`mse(${o}[0], ${c})`] : [])])]) yield { metric: `metric loss = ${value}`, output, label }
    }
  }
  for (const output of graph.outputs) {
    yield { metric: `metric moved = mse(${name(output)}, model.${output})`, output }
    yield { metric: `metric moved = mse(${name(output)}, model[${quoted(output)}])`, output }
  }
}

/** What the output is computed from, the nearest first; those that people have theories about before the others. */
function placesBefore(graph: ModelGraph, output: string): string[] {
  const found: string[] = []
  const seen = new Set([output])
  const queue = [output]
  for (const tensor of queue) {
    const producer = graph.tensors.get(tensor)?.producer
    if (producer === undefined || found.length >= 4 * MOST_PLACES) continue
    for (const input of graph.ops[producer]!.inputs) {
      if (input === '' || seen.has(input) || graph.initializers.has(input) || graph.inputs.includes(input)) continue
      seen.add(input)
      queue.push(input)
      found.push(input)
    }
  }
  const telling = (tensor: string): boolean => TELLING.test(graph.ops[graph.tensors.get(tensor)?.producer ?? -1]?.opType ?? '')
  // What is no larger than the output is mostly the output in another form.
  const wide = (tensor: string): boolean => (sizeOf(graph, tensor) ?? 0) > (sizeOf(graph, output) ?? 0)
  const rank = (tensor: string): number => 2 * Number(wide(tensor)) + Number(telling(tensor))
  return found.sort((a, b) => rank(b) - rank(a)).slice(0, MOST_PLACES)
}

/** Numbers of one datum; undefined where axes have no length. */
function sizeOf(graph: ModelGraph, tensor: string): number | undefined {
  const dims = dimsOf(graph.tensors.get(tensor)?.type.shape)
  return dims?.every((dim) => typeof dim === 'number') ? dims.reduce<number>((product, dim) => product * (dim as number), 1) : undefined
}

const typeOf = (graph: ModelGraph, tensor: string): string => {
  const type = graph.tensors.get(tensor)?.type
  const dims = dimsOf(type?.shape)
  return type ? `${type.dtype}${dims ? `[${dims.map(String).join(', ')}]` : ''}` : 'of unknown type'
}

const quoted = (text: string): string => JSON.stringify(text)
/** A tensor or an input, as written. */
const name = (text: string): string => (reservedWords.has(text) ? quoted(text) : tensorText(text))
const column = (text: string): string => (name(text) === text ? text : `data[${quoted(text)}]`)
/** In a comment, which ends with its line. */
const comment = (text: string): string => text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')

function pathFrom(file: string, path: string): string {
  const found = relative(dirname(file), path)
  return (found === '' ? basename(path) : found).split(sep).join('/')
}
