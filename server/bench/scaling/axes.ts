/** What is varied, one quantity at a time over three orders of magnitude, and what is held fixed. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parameters, VOCABULARY, writeDeep, writeNumbers, writeTokens, writeTransformer, type Size } from './models.ts'
import type { Load } from './point.ts'

export interface Axis {
  /** By which it is chosen on the command line. */
  readonly name: string
  /** Above its picture. */
  readonly title: string
  /** What is counted. */
  readonly quantity: string
  /** In a sentence: what is evaluated. */
  readonly what: string
  /** Values of the quantity; what is told of it may differ a little (`Point.value`). */
  readonly values: readonly number[]
  /** Writes what is needed into a folder. `value` is the quantity as it came out. */
  readonly make: (value: number, folder: string) => Point
}

export interface Point {
  readonly value: number
  readonly load: Load
}

const paren = fileURLToPath(new URL('../../../test-fixtures/paren/', import.meta.url))
/** Two a decade. */
const halves = (from: number, to: number): number[] => Array.from({ length: Math.round(2 * Math.log10(to / from)) + 1 }, (_, i) => Math.round(Number((from * 10 ** (i / 2)).toPrecision(2))))

const SMALL: Size = { layers: 2, heads: 4, width: 32, headWidth: 8, length: 16 }

/** The load in a folder with a model, data.npz and this text after its first lines. */
function load(folder: string, samples: number, metric: string, text: string): Load {
  writeFileSync(join(folder, 'a.scrub'), `model "model.onnx"\ndata "data.npz"\nmetric loss = ${metric}\n${text}`)
  return { folder, model: 'model.onnx', data: 'data.npz', file: 'a.scrub', hypothesis: 'h', samples }
}

const LOSS = 'cross_entropy(logits, label)'

/** Two heads of the first layer feed one of the second, whose other inputs are resampled. */
const ONE_HEAD = `
hypothesis "h" {
  node first = tokens[0]                  at "a0.h0"
  node some  = sum(tokens == 3) > 0       at "a0.h1"
  node late  = first < ${VOCABULARY / 2} and some at "a1.h0"
  node out   = late                       at logits
}
`

function small(size: Size, rows: number, samples: number, folder: string, text = ONE_HEAD): Load {
  writeTransformer(folder, size)
  writeTokens(folder, rows, size.length)
  return load(folder, samples, LOSS, graph(size) + text)
}

const graph = ({ layers, heads }: Size): string => `graph {
  component a[l in range(${layers}), h in range(${heads})] = "a{l}.h{h}"
  component m[l in range(${layers})] = "m{l}"
}
`

const HEADS = 32
/** Positions of the model whose nodes stand at positions. */
const LONG: Size = { ...SMALL, heads: 1, width: 16, headWidth: 16, length: 1000 }
const positions = (count: number): string => `
hypothesis "h" {
  node token[i in range(${count})] = tokens[i] at "x1"[i]
  node head = label at "a1.h0" from token
  node out = label at logits from head
}
`

const deep = (pool: boolean) => (layers: number, folder: string): Point => {
  writeDeep(folder, layers)
  writeNumbers(folder, 2000)
  return {
    value: 3 ** layers,
    load: load(folder, 1000, '(y - model.y)**2', `let bit[i] = x[i] > 0
hypothesis "h" {${pool ? '\n  option pool 2000' : ''}
  node n[l in [0], i in range(3)] = bit[i] at "t{l}_{i}"
  node n[l in range(1, ${layers}), i in range(3)] = bit[i] at "t{l}_{i}" from n[l - 1, 0], n[l - 1, 1], n[l - 1, 2]
  node out = exact at y from n[${layers - 1}, 0], n[${layers - 1}, 1], n[${layers - 1}, 2]
}
`),
  }
}

export const AXES: readonly Axis[] = [
  {
    name: 'samples', title: 'samples', quantity: 'samples', what: 'claim 1 of the paren fixture, 12,000 data', values: halves(1000, 1_000_000),
    make: (samples) => ({ value: samples, load: { folder: paren, model: 'paren.onnx', data: 'paren.npz', file: 'paren.scrub', hypothesis: 'claim 1', samples } }),
  },
  {
    name: 'data', title: 'data', quantity: 'data', what: 'two heads under one, 4,000 samples', values: halves(100, 100_000),
    make: (rows, folder) => ({ value: rows, load: small(SMALL, rows, 4000, folder) }),
  },
  {
    name: 'model', title: 'size of the model', quantity: 'parameters', what: 'the same in two layers of growing width, 8 positions, 2,000 data, 1,000 samples', values: halves(10_000, 10_000_000),
    make: (wanted, folder) => {
      const width = 4 * Math.round(Math.sqrt(wanted / 24) / 4)
      const size: Size = { ...SMALL, width, headWidth: width / 4, length: 8 }
      return { value: parameters(size), load: small(size, 2000, 1000, folder) }
    },
  },
  {
    name: 'branches', title: 'branches of a tree', quantity: 'branches', what: `m heads of one layer under each of m of the next, of ${HEADS}; 2,000 data, 1,000 samples`, values: [1, 2, 3, 5, 10, 18, 32],
    make: (m, folder) => ({
      value: m * m + m + 1,
      load: small({ ...SMALL, heads: HEADS, headWidth: 4 }, 2000, 1000, folder, `
hypothesis "h" {
  node early[i in range(${m})] = tokens[i % 16] + tokens[i // 16] at "a0.h{i}"
  node late[i in range(${m})] = sum(tokens == i % 16) > 0 at "a1.h{i}" from early
  node out = label at logits from late
}
`),
    }),
  },
  {
    name: 'positions', title: 'nodes at positions', quantity: 'nodes', what: `nodes at so many of ${LONG.length} positions, 500 data, 200 samples`, values: halves(1, 1000),
    make: (count, folder) => ({ value: count, load: small(LONG, 500, 200, folder, positions(count)) }),
  },
  {
    name: 'length', title: 'length of the sequence', quantity: 'positions', what: 'a node at each position, 500 data, 200 samples', values: halves(1, 1000),
    make: (length, folder) => ({ value: length, load: small({ ...LONG, length }, 500, 200, folder, positions(length)) }),
  },
  { name: 'paths', title: 'paths of a deep tree', quantity: 'paths', what: 'k layers of three nodes, each with all of the layer before: 3^k paths; 2,000 data, 1,000 samples', values: [1, 2, 3, 4, 5, 6, 7, 8], make: deep(false) },
  { name: 'pool', title: 'paths, with pools', quantity: 'paths', what: 'the same with `option pool 2000`', values: [1, 2, 3, 4, 5, 6, 7, 8, 10, 12], make: deep(true) },
]
