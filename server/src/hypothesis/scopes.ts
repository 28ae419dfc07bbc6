/** What names mean outside hypotheses: columns, tensors and the lets of the file. */
import type { Finding, LetItem } from '@scrub/grammar'
import { compileExpr } from '../expr/compile.ts'
import type { Binding, Compiled, ExprContext, ExprValue, Scope } from '../expr/types.ts'
import { asColumn, columnOf } from './column-value.ts'
import { fileName, type World } from './world.ts'

/** A binding to one value, made when it is first needed. */
export const valueOf = (get: () => ExprValue | undefined): Binding => ({
  kind: 'value',
  get: () => {
    const value = get()
    return value && { parts: [value] }
  },
})

export const forbidden = (code: string, message: string): Binding => ({ kind: 'forbidden', code, message })

/** Columns only: features, the data filter, model inputs. Tensors exist, but may not be read here. */
export function columnScope(world: World, context: ExprContext, read: (column: string) => ExprValue | undefined = ownColumn(world, context)): Scope {
  const { columns, graph } = world
  const tensor = (name: string): Binding | undefined =>
    graph.tensors.has(name)
      ? forbidden('feature-reads-tensor', `\`${name}\` is a tensor of ${fileName(graph.path)}; a feature reads columns and the features of other nodes, so name a node or a column instead.`)
      : undefined
  const column = (name: string): Binding | undefined => (columns.has(name) ? valueOf(() => read(name)) : undefined)
  return {
    lookup: (name) => column(name) ?? tensor(name),
    lookupIn: (space, name) => (space === 'data' ? column(name) : tensor(name)),
    names: () => columns.keys(),
  }
}

function ownColumn(world: World, context: ExprContext) {
  return (name: string) => {
    const column = world.columns.get(name)!
    return asColumn(world, context.dag, column, columnOf(context.dag, column))
  }
}

/** The lets of the file over `outer`. A let is compiled once; its findings appear once. */
export function letScope(lets: ReadonlyMap<string, LetItem>, outer: Scope, context: ExprContext, used?: Set<string>): Scope {
  const done = new Map<string, { compiled?: Compiled; binding?: Binding }>()
  const plain = (name: string, item: LetItem): Binding => {
    let entry = done.get(name)
    if (!entry) {
      done.set(name, (entry = {}))
      used?.add(name)
      entry.binding = forbidden('cycle', `\`${name}\` is defined by itself; rename this \`let\`, or write \`data.${name}\` for the column.`)
      const own: Finding[] = []
      const compiled = item.value && compileExpr(item.value, scope, { ...context, report: (f) => own.push(f) })
      entry.binding = undefined
      // A let may read outputs for a metric's sake; that it cannot stand in a feature is said where it is used.
      const reads = own.find((f) => f.code === 'feature-reads-tensor')
      if (reads && own.length === 1) entry.binding = forbidden(reads.code, `\`${name}\` reads a tensor of the model; a feature reads columns and the features of other nodes.`)
      else {
        own.forEach(context.report)
        if (compiled) entry.compiled = compiled
      }
    }
    const { binding, compiled } = entry
    return binding ?? { kind: 'value', get: () => compiled }
  }
  const scope: Scope = {
    lookup: (name) => {
      const item = lets.get(name)
      if (!item) return outer.lookup(name)
      if (item.indices.length === 0) return plain(name, item)
      if (!item.value) return { kind: 'value', get: () => undefined }
      return { kind: 'family', params: item.indices.map((i) => i.text), body: item.value, scope }
    },
    lookupIn: (space, name) => outer.lookupIn(space, name),
    names: () => [...lets.keys(), ...outer.names()],
  }
  return scope
}
