/** A model as a text to read: its tensors by module, each on a line that can be jumped to. */
import { describeTensors, type TensorRow } from '../model/describe.ts'
import type { ModelGraph } from '../model/graph.ts'

export interface ModelOutline {
  readonly text: string
  /** Lines from 0, by tensor. */
  readonly lineOf: ReadonlyMap<string, number>
}

/** Tensors that read one are listed up to this number. */
const MOST_READERS = 3

/** `names`: what a `.scrub` file calls its tensors. */
export function modelOutline(graph: ModelGraph, names: ReadonlyMap<string, string> = new Map()): ModelOutline {
  const groups = new Map<string, TensorRow[]>()
  for (const row of describeTensors(graph)) {
    const module = row.op === 'input' ? 'inputs' : moduleOf(row.name)
    const group = groups.get(module)
    if (group) group.push(row)
    else groups.set(module, [row])
  }
  const lines = [
    `# ${oneLine(graph.path)}`,
    `# ${count(graph.inputs, 'input')}, ${count(graph.outputs, 'output')}, ${count([...graph.tensors.keys()], 'tensor')}; N is the batch axis`,
  ]
  const lineOf = new Map<string, number>()
  for (const [module, rows] of groups) {
    lines.push('', oneLine(module))
    const cells = rows.map((row) => [oneLine(row.name), `${row.dtype}${oneLine(row.shape)}`, row.op === 'input' ? '' : oneLine(row.op)])
    const widths = [0, 1, 2].map((column) => cells.reduce((most, row) => Math.max(most, row[column]!.length), 0))
    rows.forEach((row, i) => {
      lineOf.set(row.name, lines.length)
      const head = cells[i]!.map((cell, column) => cell.padEnd(widths[column]!)).join('  ')
      lines.push(`  ${head}  ${remarks(row, names.get(row.name))}`.trimEnd())
    })
  }
  return { text: `${lines.join('\n')}\n`, lineOf }
}

/** What reads a tensor, what the file calls it, and whether it is an output. */
function remarks({ consumers, isOutput }: TensorRow, name: string | undefined): string {
  const readers = [...new Set(consumers.filter((reader) => reader !== ''))]
  const more = readers.length > MOST_READERS ? ` and ${readers.length - MOST_READERS} more` : ''
  const parts = [
    ...(readers.length > 0 ? [`read by ${readers.slice(0, MOST_READERS).map(oneLine).join(', ')}${more}`] : []),
    ...(isOutput ? ['output'] : []),
    ...(name === undefined ? [] : [`= ${oneLine(name)}`]),
  ]
  return parts.join('; ')
}

/** `/blocks.0/attn` of `/blocks.0/attn/MatMul_output_0`; of names without slashes, what stands before the last dot. */
function moduleOf(tensor: string): string {
  const slash = tensor.lastIndexOf('/')
  const cut = slash >= 0 ? slash : tensor.lastIndexOf('.')
  return cut > 0 ? tensor.slice(0, cut) : 'top'
}

/** Names come from a file and may hold anything. */
const oneLine = (text: string): string => text.replace(/[\p{Cc}\u2028\u2029]/gu, (c) => JSON.stringify(c).slice(1, -1))

const count = (list: readonly string[], what: string): string => `${list.length} ${what}${list.length === 1 ? '' : 's'}`
