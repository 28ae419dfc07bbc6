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
  const tensor = (name: string): Binding =>
    forbidden('feature-reads-tensor', `\`${name}\` is a tensor of ${fileName(graph.path)}, which only a metric can read; name a column here, or in a feature also a node.`)
  const column = (name: string): Binding | undefined => (columns.has(name) ? valueOf(() => read(name)) : undefined)
  return {
    lookup: (name) => column(name) ?? (graph.tensors.has(name) ? tensor(name) : undefined),
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

/** The lets of the file over `outer`. A let is compiled once; its findings appear once, told to `tell`. */
export function letScope(
  lets: ReadonlyMap<string, LetItem>, outer: Scope, context: ExprContext, used?: Set<string>,
  tell: (name: string, findings: readonly Finding[]) => void = (_, findings) => findings.forEach(context.report),
): Scope {
  const done = new Map<string, { compiled?: Compiled; binding?: Binding }>()
  const plain = (name: string, item: LetItem): Binding => {
    let entry = done.get(name)
    if (!entry) {
      done.set(name, (entry = {}))
      used?.add(name)
      entry.binding = circular(name, outer)
      const own: Finding[] = []
      const compiled = item.value && compileExpr(item.value, scope, { ...context, report: (f) => own.push(f) })
      entry.binding = undefined
      // A let may read outputs for a metric's sake; that it cannot stand in a feature is said where it is used.
      const reads = own.find((f) => f.code === 'feature-reads-tensor')
      if (reads && own.length === 1) entry.binding = forbidden(reads.code, `\`${name}\` reads a tensor of the model, which only a metric can do; name columns here, or in a feature also nodes.`)
      else {
        tell(name, own)
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

/** A let whose definition leads back to it. */
export function circular(name: string, outer: Scope): Binding {
  const column = outer.lookupIn('data', name) ? `; write \`data.${name}\` for the column` : '; take one of the names out of the circle'
  return forbidden('cycle', `\`${name}\` is defined by itself${column}.`)
}
