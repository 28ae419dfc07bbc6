/** Binds a text and shows what was found, one finding a line: `line:column code message`. */
import { parse } from '@scrub/grammar'
import type { ColumnDType } from '../../src/data/columns.ts'
import type { BoundFile } from '../../src/hypothesis/bound.ts'
import { bind, type Given, type KnownColumn } from '../../src/hypothesis/bind.ts'
import type { ModelGraph } from '../../src/model/graph.ts'

/** Columns like `tokens: int64[4]`. */
export function given(graph: ModelGraph, columns: readonly string[], more: Partial<Given> = {}): Given {
  const schema = columns.map((column): KnownColumn => {
    const [, name, dtype, dims] = /^(.+?):\s*(\w+)(?:\[(.*)\])?$/.exec(column)!
    const shape = (dims ?? '').split(',').filter(Boolean).map(Number)
    return { name: name!, dtype: dtype as ColumnDType, shape, ...(dtype === 'string' ? { dictionary: ['red', 'blue'] } : {}) }
  })
  return {
    graph,
    dataset: { path: '/data/d.npz', rows: 100, columns: schema },
    load: (path) => `${path} does not exist.`,
    vocab: (path) => `${path} does not exist.`,
    ...more,
  }
}

export function bound(text: string, from: Given, metric?: string): BoundFile {
  return bind(parse(text).file, text, from, metric)
}

/** Findings of the parser, then those of the binder. */
export function findings(text: string, from: Given): string[] {
  const { file, findings: syntax } = parse(text)
  return [...syntax, ...bind(file, text, from).findings].map(({ code, message, span }) => {
    const before = text.slice(0, span.start).split('\n')
    return `${before.length}:${before.at(-1)!.length + 1} ${code} ${message}`
  })
}
