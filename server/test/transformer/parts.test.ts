/** Every part that is found in the exported transformers has the value that PyTorch gives it, and the parts add up to the stream. */
import { describe, expect, it } from 'vitest'
import { contradictions } from '../model/runtime.ts'
import { dataOf, expectedParts, firstRows, fixtureModel, MODELS, relative, ROWS, understood, valuesOf } from './fixtures.ts'

describe.each(MODELS)('%s', (name) => {
  it('all parts are found, with the values of PyTorch', async () => {
    const graph = await fixtureModel(name)
    const { graph: derived, components, points } = understood(graph)
    const expected = await expectedParts(name)
    const names = new Map([...components, ...points])
    const feeds = await firstRows(graph, dataOf(name))
    const values = await valuesOf(derived, feeds, [...names.values(), ...derived.outputs])
    const wrong: string[] = []
    for (const [part, column] of expected) {
      const tensor = part === 'output' ? derived.outputs[0]! : names.get(part)
      const found = tensor === undefined ? undefined : values[tensor]
      if (!found) wrong.push(`${part} is missing`)
      else if (found.dims.slice(1).join() !== column.shape.join()) wrong.push(`${part} has shape [${found.dims}], expected [${column.shape}]`)
      else {
        const error = relative(column.values as Float32Array, found.data)
        if (!(error < 1e-4)) wrong.push(`${part} differs by ${error.toExponential(1)}`)
      }
    }
    expect(wrong).toEqual([])
    // Every component is in the list of PyTorch.
    expect([...components.keys()].filter((part) => !expected.has(part))).toEqual([])
  })

  it('components add up to the stream, and the outputs are the same', async () => {
    const graph = await fixtureModel(name)
    const { graph: derived, reference, sums, components } = understood(graph)
    expect(reference).toBe(graph)
    const feeds = await firstRows(graph, dataOf(name))
    const original = await valuesOf(graph, feeds, [...graph.outputs, ...sums.map(({ stream }) => stream)])
    const made = await valuesOf(derived, feeds, [...graph.outputs, ...sums.flatMap(({ terms }) => terms)])
    for (const output of graph.outputs) expect(relative(original[output]!.data as Float32Array, made[output]!.data), output).toBeLessThan(1e-4)
    const added = new Set<string>()
    for (const { name: place, stream, positionsFirst, terms } of sums) {
      for (const term of terms) added.add(term)
      const sum = new Float64Array(original[stream]!.data.length)
      for (const term of terms) (made[term]!.data as Float32Array).forEach((value, i) => (sum[i]! += value))
      const { dims, data } = original[stream]!
      expect(relative(positionsFirst ? turned(data as Float32Array, dims) : (data as Float32Array), sum), place).toBeLessThan(1e-4)
    }
    // No component is left out of the sums.
    expect([...components].filter(([, tensor]) => !added.has(tensor)).map(([part]) => part)).toEqual([])
  })

  it('the types of the derived graph are those of the runtime', async () => {
    const graph = await fixtureModel(name)
    expect(await contradictions(understood(graph).graph, { N: ROWS }, name === 'vit' ? {} : { token_type_ids: (i) => i % 2 })).toEqual([])
  })

  it('tensors of the file keep their names and their values', async () => {
    const graph = await fixtureModel(name)
    const { graph: derived } = understood(graph)
    const both = [...graph.tensors.values()].filter(({ name: tensor, type, producer }) => producer !== undefined && type.dtype === 'float32' && derived.tensors.has(tensor)).map(({ name: tensor }) => tensor)
    const feeds = await firstRows(graph, dataOf(name))
    const [original, made] = [await valuesOf(graph, feeds, both), await valuesOf(derived, feeds, both)]
    const wrong = both.filter((tensor) => original[tensor]!.dims.join() !== made[tensor]!.dims.join() || !(relative(original[tensor]!.data as Float32Array, made[tensor]!.data) < 1e-4))
    expect(wrong).toEqual([])
    // The result of attention, now the sum of its heads, is one of them.
    const gone = [...graph.tensors.keys()].filter((tensor) => !derived.tensors.has(tensor) && /proj|Gemm/.test(tensor) && graph.tensors.get(tensor)!.type.shape?.length === 3)
    expect(gone).toEqual([])
  })

  it('weights are not copied', async () => {
    const graph = await fixtureModel(name)
    const { graph: derived } = understood(graph)
    for (const [weight, initializer] of graph.initializers) expect(derived.initializers.get(weight)).toBe(initializer)
    const added = [...derived.initializers.values()].filter(({ name: weight }) => !graph.initializers.has(weight))
    expect(added.every(({ source }) => source.kind === 'inline' && source.tensor.data.length <= 16)).toBe(true)
    expect(derived.inputs).toEqual(graph.inputs)
    expect(derived.outputs).toEqual(graph.outputs)
  })
})

/** [S, N, d] as [N, S, d]. */
function turned(data: Float32Array, [positions, rows, width]: readonly number[]): Float32Array {
  const result = new Float32Array(data.length)
  for (let s = 0; s < positions!; s++) for (let n = 0; n < rows!; n++) result.set(data.subarray((s * rows! + n) * width!, (s * rows! + n + 1) * width!), (n * positions! + s) * width!)
  return result
}
