/** A scope with index variables on top: known ones, and ones that stand for a mapped axis or a value of the data. */
import type { Binding, Scope, Static } from './types.ts'
import type { Val } from './value.ts'

/** Either a known value or a compiled one. */
export type Argument = { readonly known: true; readonly value: Static } | { readonly known: false; readonly value: Val }

export class Frame implements Scope {
  private readonly outer: Scope
  private readonly locals: ReadonlyMap<string, Argument>

  constructor(outer: Scope, locals: ReadonlyMap<string, Argument>) {
    this.outer = outer
    this.locals = locals
  }

  lookup(name: string): Binding | undefined {
    const local = this.locals.get(name)
    return local?.known ? { kind: 'index', value: local.value } : this.outer.lookup(name)
  }

  lookupIn(space: 'data' | 'model', name: string): Binding | undefined {
    return this.outer.lookupIn(space, name)
  }

  *names(): Iterable<string> {
    yield* this.locals.keys()
    yield* this.outer.names()
  }

  /** The compiled value that a name stands for here, if it is an index variable of that sort. */
  static value(scope: Scope, name: string): Val | undefined {
    for (let at = scope; at instanceof Frame; at = at.outer) {
      const local = at.locals.get(name)
      if (local) return local.known ? undefined : local.value
    }
    return undefined
  }
}
