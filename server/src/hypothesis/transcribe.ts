/** Values of a dag as operators of a graph under derivation. */
import type { Derivation } from '../model/derive.ts'
import type { Value } from '../onnx/dag.ts'

/**
 * Appends what values are computed by. `inputs` gives the tensor that an input of the dag stands for, `named` the names that some
 * values are to have; others are named after `hint`. Gives the tensor of each value that was named.
 */
export function transcribe(d: Derivation, named: ReadonlyMap<Value, string>, inputs: (name: string) => string, hint: string): void {
  const done = new Map<Value, string>()
  const calls = new Map<unknown, readonly string[]>()
  const visit = (root: Value): void => {
    const stack = [root]
    while (stack.length > 0) {
      const value = stack.at(-1)!
      const { def } = value
      if (done.has(value)) {
        stack.pop()
        continue
      }
      if (def.kind !== 'op') {
        done.set(value, def.kind === 'input' ? inputs(def.name) : def.kind === 'weight' ? d.weight(def.initializer) : d.constant(`${hint}/constant`, def.tensor))
        stack.pop()
        continue
      }
      const { call } = def
      const missing = [...call.inputs, ...call.captures.values()].filter((one) => one !== undefined && !done.has(one)) as Value[]
      if (missing.length > 0) {
        stack.push(...missing)
        continue
      }
      stack.pop()
      let outputs = calls.get(call)
      if (!outputs) {
        outputs = Array.from({ length: call.outputs }, (_, index) => (index === def.index && named.has(value) ? named.get(value)! : d.name(`${hint}/${call.opType}`)))
        calls.set(call, outputs)
        d.append({
          name: outputs[0]!, opType: call.opType, domain: call.domain, attributes: call.attributes,
          inputs: call.inputs.map((one) => (one ? done.get(one)! : '')), outputs, captures: [...call.captures.keys()],
        })
      }
      done.set(value, outputs[def.index]!)
    }
  }
  for (const [value, name] of named) {
    visit(value)
    // One that is no operator's own output under that name: an input, a constant, or a value that two names are for.
    if (done.get(value) !== name) d.append({ name, opType: 'Identity', domain: '', attributes: {}, inputs: [done.get(value)!], outputs: [name], captures: [] })
  }
}
