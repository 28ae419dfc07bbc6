/** What rules about operators ask of their operands. */
import type { Value } from '../onnx/dag.ts'
import type { Dim } from '../onnx/types.ts'

export const shapeOf = (value: Value | undefined): readonly Dim[] | undefined => value?.type.shape

/** The elements of a small tensor of integers that is known. */
export const intsOf = (value: Value | undefined): number[] | undefined => (value?.known ? Array.from(value.known.data as ArrayLike<number | bigint>, Number) : undefined)

/** An axis that may be counted from the end. */
export const wrap = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis)

/** Rules by `domain:operator`; `add` gives one to several operators, `domain:` left out for the standard one. */
export function ruleTable<Rule>(): { readonly table: Record<string, Rule | undefined>; readonly add: (rule: Rule, names: string) => void } {
  const table: Record<string, Rule | undefined> = {}
  return {
    table,
    add: (rule, names) => {
      for (const name of names.split(' ')) table[name.includes(':') ? name : `:${name}`] = rule
    },
  }
}
