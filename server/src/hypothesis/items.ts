/** The statements of a file by kind. A statement of the file that stands inside a block (a brace was lost) still counts. */
import type { DataItem, ExpectItem, File, GraphItem, GraphStatement, HypothesisItem, HypothesisStatement, Item, LetItem, MetricItem, ModelItem, OptionItem, VocabItem } from '@scrub/grammar'

export interface Statements {
  readonly models: ModelItem[]
  readonly data: DataItem[]
  readonly vocabs: VocabItem[]
  readonly metrics: MetricItem[]
  readonly lets: LetItem[]
  readonly graphs: GraphItem[]
  readonly hypotheses: HypothesisItem[]
  readonly options: OptionItem[]
  readonly expects: ExpectItem[]
}

type Any = Item | GraphStatement | HypothesisStatement

/** Sort the items of a file; order within a kind is that of the text. */
export function statementsOf(file: File): Statements {
  const found: Statements = { models: [], data: [], vocabs: [], metrics: [], lets: [], graphs: [], hypotheses: [], options: [], expects: [] }
  const visit = (item: Any): void => {
    switch (item.kind) {
      case 'model': found.models.push(item); break
      case 'data': found.data.push(item); break
      case 'vocab': found.vocabs.push(item); break
      case 'metric': found.metrics.push(item); break
      case 'expect': found.expects.push(item); break
      case 'let': found.lets.push(item); break
      case 'option': found.options.push(item); break
      case 'graph': found.graphs.push(item); inside(item.items); break
      case 'hypothesis': found.hypotheses.push(item); inside(item.items); break
      case 'for': inside(item.items); break
    }
  }
  const inside = (items: readonly (GraphStatement | HypothesisStatement)[]): void => {
    for (const item of items) {
      if (item.kind === 'misplaced') visit(item.item)
      else if (item.kind === 'for') inside(item.items)
    }
  }
  for (const item of file.items) visit(item.kind === 'misplaced' ? item.item : item)
  return found
}
