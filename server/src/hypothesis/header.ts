/** What a file asks to be opened before it can be bound, and whether the statements every file needs are there. */
import type { Expr, File, Finding, GraphStatement, HypothesisStatement, Span } from '@scrub/grammar'
import { statementsOf } from './items.ts'
import { bare, forEachChild } from './walk-expr.ts'

export interface NamedFile {
  /** As written: relative to the `.scrub` file. */
  readonly path: string
  readonly span: Span
}

export interface Files {
  readonly model?: NamedFile
  readonly data?: NamedFile
  readonly vocabs: readonly NamedFile[]
  /** `load("x.npy")`. */
  readonly loads: readonly NamedFile[]
  /** Statements missing or doubled. `bind` reports them too: show these only when the file cannot be bound. */
  readonly findings: readonly Finding[]
}

const START: Span = { start: 0, end: 0 }

/** The files that a `.scrub` file names. */
export function filesOf(file: File): Files {
  const { models, data, vocabs, metrics, hypotheses } = statementsOf(file)
  const findings: Finding[] = []
  const missing = (what: string, example: string, severity: Finding['severity'] = 'error') =>
    findings.push({ code: 'missing-statement', severity, span: START, message: `This file has no \`${what}\` statement; write ${example}.` })
  for (const [kind, items] of [['model', models], ['data', data]] as const) {
    for (const item of items.slice(1)) {
      findings.push({
        code: 'duplicate-name', severity: 'error', span: item.keyword,
        message: `A file has one \`${kind}\` statement; the first one is used, so remove this one.`,
        related: [{ span: items[0]!.span, message: 'the first' }],
      })
    }
  }
  if (models.length === 0) missing('model', '`model "file.onnx"`')
  if (data.length === 0) missing('data', '`data "file.npz"`')
  if (metrics.length === 0) missing('metric', '`metric loss = …`, one number per datum from the outputs and the columns')
  if (hypotheses.length === 0) missing('hypothesis', '`hypothesis "name" { node … }`', 'warning')
  const model = models[0]?.path
  const table = data[0]?.path
  return {
    ...(model ? { model: { path: model.value, span: model.span } } : {}),
    ...(table ? { data: { path: table.value, span: table.span } } : {}),
    vocabs: vocabs.flatMap(({ value }) => (value && bare(value).kind === 'string' ? [named(bare(value))] : [])),
    loads: loadsOf(file),
    findings,
  }
}

function named(expr: Expr): NamedFile {
  return { path: expr.kind === 'string' ? expr.value : '', span: expr.span }
}

function loadsOf(file: File): NamedFile[] {
  const found: NamedFile[] = []
  const visit = (expr: Expr): void => {
    const first = expr.kind === 'call' && expr.callee.text === 'load' ? expr.args[0] : undefined
    if (first?.kind === 'string') found.push(named(first))
    else forEachChild(expr, visit)
  }
  const items = (list: readonly (File['items'][number] | GraphStatement | HypothesisStatement)[]): void => {
    for (const item of list) {
      switch (item.kind) {
        case 'metric': case 'let': if (item.value) visit(item.value); break
        case 'data':
          for (const { value } of item.as) visit(value)
          if (item.filter) visit(item.filter)
          break
        case 'rewrite':
          if (item.value) visit(item.value)
          for (const { value } of item.with) visit(value)
          break
        case 'node': case 'refine': if (item.feature) visit(item.feature); break
        case 'graph': case 'hypothesis': case 'for': items(item.items); break
        case 'misplaced': items([item.item]); break
      }
    }
  }
  items(file.items)
  return found
}
