/** Models as PyTorch exports them: the same numbers after reading, and every inferred type as the runtime has it. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readModel } from '../../src/model/read.ts'
import { contradictions, difference, feedsFor, run, runGraph } from './runtime.ts'

const folder = join(import.meta.dirname, 'fixtures')

describe('exported models', () => {
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.onnx'))) {
    it(name, async () => {
      const path = join(folder, name)
      const graph = await readModel(path)
      expect(await contradictions(graph, { N: 3, seq: 6 })).toEqual([])
      const feeds = feedsFor(graph, { N: name.includes('-one') ? 1 : 3, seq: 7 })
      const [before, after] = [await run(path, feeds), await runGraph(graph, feeds)]
      for (const output of graph.outputs) {
        expect(difference(before[output]!, after[output]!)).toBe(0)
      }
      // What a branch or a loop makes is only known as far as its subgraph declares it.
      if (graph.ops.some(({ captures, opType }) => captures.length > 0 || opType === 'Loop')) return
      expect(graph.outputs.map((output) => graph.tensors.get(output)!.type.shape?.[0])).toEqual(graph.outputs.map(() => 'N'))
      const unknown = [...graph.tensors.values()].filter(({ type }) => type.shape === undefined || type.shape.some((dim) => String(dim).includes('?')))
      expect(unknown.map((tensor) => tensor.name)).toEqual([])
    })
  }
})
