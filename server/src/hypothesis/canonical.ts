/** Text of what an evaluation reads after binding: the same for files that differ only in layout, comments and names of lets. */
import { createHash } from 'node:crypto'
import type { Dag, Value } from '../onnx/dag.ts'
import type { Attribute, Tensor } from '../onnx/types.ts'
import type { BoundHypothesis, BoundMetric, BoundNode, InputBinding } from './bound.ts'
import { columnOf } from './column-value.ts'
import { scrubbedInput, unscrubbedInput } from './metric.ts'
import type { World } from './world.ts'

/** Writes values as numbered lines, each operator once. */
export class ValueWriter {
  readonly lines: string[] = []
  private readonly numbers = new Map<Value, number>()

  /** The number of a value; values it is computed from are written first. */
  write(root: Value): number {
    const stack = [root]
    while (stack.length > 0) {
      const value = stack.at(-1)!
      const { def } = value
      const needed = def.kind === 'op' ? [...def.call.inputs, ...def.call.captures.values()].filter((v) => v !== undefined) : []
      const pending = this.numbers.has(value) ? [] : needed.filter((v) => !this.numbers.has(v))
      if (pending.length > 0) stack.push(...pending.reverse())
      else {
        stack.pop()
        if (!this.numbers.has(value)) this.numbers.set(value, this.lines.push(this.line(value)) - 1)
      }
    }
    return this.numbers.get(root)!
  }

  private line({ def }: Value): string {
    if (def.kind === 'input') return `input ${def.name}`
    if (def.kind === 'weight') return `weight ${def.initializer.name}`
    if (def.kind === 'const') return `const ${tensorText(def.tensor)}`
    const { call, index } = def
    const inputs = call.inputs.map((v) => (v ? this.numbers.get(v) : ''))
    const captures = [...call.captures].map(([name, v]) => `${name}=${this.numbers.get(v)}`)
    const attributes = Object.keys(call.attributes).sort().map((name) => `${name}=${attributeText(call.attributes[name]!)}`)
    return `${call.domain}:${call.opType}[${index}](${inputs.join()}) ${[...captures, ...attributes].join(' ')}`
  }
}

function attributeText(attribute: Attribute): string {
  if (attribute.type === 'tensor') return tensorText(attribute.value)
  if (attribute.type === 'raw') return digest(attribute.value)
  return String(attribute.value)
}

function tensorText({ dtype, dims, data }: Tensor): string {
  const values = data.length <= 16 ? Array.from(data as ArrayLike<unknown>, (v) => (Object.is(v, -0) ? '-0' : JSON.stringify(String(v)))).join()
    : digest(Array.isArray(data) ? Buffer.from(JSON.stringify(data)) : new Uint8Array((data as Float32Array).buffer, (data as Float32Array).byteOffset, (data as Float32Array).byteLength))
  return `${dtype}[${dims.join()}] ${values}`
}

const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** What all hypotheses of a file have in common: inputs, metric, filter, limit. */
export function fileText(world: World, dag: Dag, inputs: readonly InputBinding[], metric: BoundMetric | undefined, filter: Value | undefined, limit: number | undefined): string {
  const writer = new ValueWriter()
  const lines: string[] = []
  const columns = (names: readonly string[]) => new Map(names.map((name) => [name, columnOf(dag, world.columns.get(name)!)]))
  for (const input of inputs) lines.push(`input ${input.input} = ${writer.write(input.compile(dag, columns(input.columns)))}`)
  if (metric) {
    const tensors = (names: readonly string[], as: (name: string) => string) =>
      new Map(names.map((name) => [name, dag.input(as(name), world.graph.tensors.get(name)!.type)]))
    const value = metric.compile(dag, {
      outputs: tensors(metric.outputs, scrubbedInput),
      unscrubbed: tensors(metric.unscrubbed, unscrubbedInput),
      columns: columns(metric.columns),
    })
    lines.push(`${metric.sense} = ${writer.write(value)}`)
  }
  if (filter) lines.push(`filter = ${writer.write(filter)}`)
  if (limit !== undefined) lines.push(`limit = ${limit}`)
  return [...writer.lines, ...lines].join('\n')
}

/** The part of one hypothesis. */
export function hypothesisText(nodes: readonly BoundNode[], blocking: ReadonlySet<string>, options: BoundHypothesis['options']): string {
  const writer = new ValueWriter()
  const sorted = [...nodes].sort((a, b) => (a.name < b.name ? -1 : 1))
  const lines = sorted.map(({ name, place, feature, parents }) => {
    const value = typeof feature === 'string' ? feature : feature.parts.map((part) => `${part.dtype} ${writer.write(part.value)}`).join()
    const edges = parents.map((edge) => {
      const through = edge.through.any ? ' any' : [...edge.through.tensors].sort().map((t) => ` ${JSON.stringify(t)}`).join('')
      return `${edge.kind} ${JSON.stringify(edge.kind === 'node' ? edge.node : edge.column)}${through}`
    })
    return `node ${name} at ${JSON.stringify(place.tensor)} ${JSON.stringify(place.slice)} = ${value} from ${edges.sort().join('; ')}`
  })
  return [...writer.lines, `blocking ${JSON.stringify([...blocking].sort())}`, `options ${JSON.stringify(options)}`, ...lines].join('\n')
}
