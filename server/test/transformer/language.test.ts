/** The editor knows the parts that `use transformer` finds as it knows declared ones. */
import { describe, expect, it, test } from 'vitest'
import { openDataset } from '../../src/data/read.ts'
import { completion } from '../../src/language/completion.ts'
import { hover } from '../../src/language/hover.ts'
import { readModel } from '../../src/model/read.ts'
import { invoke } from '../cli/outputs.ts'
import { bound, findings } from '../hypothesis/check.ts'
import { cursorOf, snapshotOf, type Around } from '../language/check.ts'
import { dataOf, fixture, fixtureModel } from './fixtures.ts'

const load = { load: () => '', vocab: () => '' }
const around = async (name: string): Promise<Around> => ({ given: { graph: await fixtureModel(name), dataset: (await openDataset(dataOf(name))).schema, ...load } })

const text = (hypothesis: string): string => `model "gpt2.onnx"
data "tokens.npz"
metric loss = cross_entropy(logits[7], input_ids[0])
graph { use transformer }
hypothesis h {
${hypothesis}
}
`

describe('names that were found', () => {
  const COMPLETIONS: readonly (readonly [string, readonly string[], readonly string[]])[] = [
    ['  node x = exact at a1.$0', ['a1.h0', 'a1.h3', 'a1.bias', 'a1.in', 'a1.normed'], ['a1.h4']],
    ['  node x = exact at a[1].$0', ['h0', 'h3', 'bias', 'in', 'normed', 'q', 'k', 'v', 'z', 'pattern'], ['h4']],
    ['  node x = exact at a[1].q.$0', ['h0', 'h1', 'h2', 'h3'], ['h4']],
    ['  node x = exact at a1.h2$0', ['a1.h2'], []],
    // Only tensors of the file, not those that were derived.
    ['  node x = exact at joined$0', [], ['a0.q.joined', 'a1.v.joined']],
  ]
  it.each(COMPLETIONS)('are completed: %s', async (line, offered, missing) => {
    const { text: whole, offset } = cursorOf(text(line))
    const { items } = await completion(snapshotOf(whole, await around('gpt2')), offset, { list: async () => [] })
    const labels = items.map(({ label }) => label)
    expect(labels).toEqual(expect.arrayContaining([...offered]))
    expect(labels.filter((label) => missing.includes(label))).toEqual([])
  })

  it('what is the same for every datum comes last, and says so', async () => {
    const offered = async (line: string) => {
      const { text: whole, offset } = cursorOf(text(line))
      return (await completion(snapshotOf(whole, await around('gpt2')), offset, { list: async () => [] })).items.toSorted((a, b) => ((a.sortText ?? '') < (b.sortText ?? '') ? -1 : 1))
    }
    const all = (await offered('  node x = exact at $0')).map(({ label }) => label)
    expect(all.filter((label) => label !== 'logits').slice(0, 11)).toEqual(['embed', 'a0.h0', 'a0.h1', 'a0.h2', 'a0.h3', 'm0', 'a1.h0', 'a1.h1', 'a1.h2', 'a1.h3', 'm1'])
    const bias = await offered('  node x = exact at a[1].$0')
    expect(bias.at(-1)).toMatchObject({ label: 'bias', detail: 'component a0.bias · the same for every datum' })
    const typed = await offered('  node x = exact at pos_em$0')
    expect(typed.find(({ label }) => label === 'pos_embed')?.detail).toBe('float32[8, 16] Expand · the same for every datum')
  })

  it('hover tells what they are', async () => {
    const at = async (line: string) => {
      const { text: whole, offset } = cursorOf(text(line))
      return (await hover(snapshotOf(whole, await around('gpt2')), offset))?.markdown
    }
    expect(await at('  node x = exact at a1$0.h2')).toMatch(/`a1.h2`: `float32\[8, 16\]` per datum[^]*Component `a1.h2`: it blocks/)
    expect(await at('  node x = exact at a[1].q.h$0[0]')).toMatch(/`a1.q.h0`: `float32\[8, 4\]` per datum[^]*Point `a1.q.h0`/)
    const { text: whole, offset } = cursorOf(text('').replace('use transformer', 'use trans$0former'))
    expect((await hover(snapshotOf(whole, await around('gpt2')), offset))?.markdown).toMatch(/Found in `gpt2.onnx`: 2 layers of 4 heads, 2 MLPs; the residual stream is `\[8, 16\]` per datum[^]*Components: `embed`, `a0.h0`[^]*The same for every datum: `pos_embed`, `a0.bias` and `a1.bias`/)
  })

  it('a name that was not found is told, with the nearest', async () => {
    const { given } = await around('gpt2')
    expect(findings(text('  node x = exact at a1.h4\n  node out = exact at logits from x'), given!)).toEqual([expect.stringMatching(/unknown-place `a1.h4` is no component, point or tensor of gpt2.onnx.*closest/)])
  })

  it('what the file declares counts before', async () => {
    const { given } = await around('gpt2')
    const own = text('  node out = exact at logits').replace('use transformer', 'use transformer component m0 = "/wte/Gather_output_0"')
    const file = bound(own, given!)
    expect(file.findings).toEqual([])
    expect(file.components.get('m0')).toBe('/wte/Gather_output_0')
    expect(file.components.has('m1')).toBe(true)
  })
})

test('the paren checker: the names of the literature', async () => {
  const { schema } = await openDataset(fixture('paren/paren.npz'))
  const graph = await readModel(fixture('paren/paren.onnx'), { rowShapes: new Map(schema.columns.map(({ name, shape }) => [name, shape])) })
  const head = 'model "paren.onnx" data "paren.npz" metric loss = binary_cross_entropy(logits[1] - logits[0], is_balanced)\ngraph { use transformer }\n'
  const given = { graph, dataset: schema, ...load }
  const { components, points } = bound(`${head}hypothesis h { node out = any at logits }`, given)
  expect([...components.keys()]).toEqual(['embed', 'pos_embed', ...[0, 1, 2].flatMap((l) => [`a${l}.h0`, `a${l}.h1`, `a${l}.bias`, `m${l}`])])
  // Where the file has a tensor of the name, it is that tensor.
  for (const name of ['embed', 'a0.h0', 'a2.h1', 'm1']) expect(components.get(name)).toBe(name)
  for (const name of ['a1.in', 'a1.q.h0', 'a1.pattern', 'a1.pattern.h1', 'a2.mask', 'm0.in', 'final.in']) expect(points.get(name)).toBe(name)
  // Three claims of the post, without the rewrite.
  expect(findings(`${head}
hypothesis "claims 1 and 3" {
  node count[l in [1, 2]] = tokens[0] at a[l].h[0]
  node depth = exact at a2.h1 from pos, mask
  node pos[i in range(42)] = tokens[i] at a2.in[i]
  node mask = tokens[1] at a2.mask
  node out = exact at logits from count, depth
}`, given)).toEqual([])
})

test('scrub graph --transformer prints what was found', async () => {
  const folder = fixture('transformers')
  const { exitCode, stdout } = await invoke(['graph', 'llama.onnx', '--transformer'], folder)
  expect(exitCode).toBe(0)
  expect(stdout.replace(/ +$/gm, '')).toMatchInlineSnapshot(`
    "llama.onnx
    2 layers · 4 heads each · 2 MLPs · 11 components · 76 points · N is the batch axis

    components [N, 8, 16]
      embed
      a0.h0  a0.h1  a0.h2  a0.h3  m0
      a1.h0  a1.h1  a1.h2  a1.h3  m1

    points                         shape
    a0.z.h0 … a1.z.h3              [N, 8, 4]
    a0.q_raw.h0 … a1.q_raw.h3      [N, 8, 4]
    a0.k_raw.h0 … a1.k_raw.h3      [N, 8, 4]
    a0.q.h0 … a1.q.h3              [N, 8, 4]
    a0.k.h0 … a1.k.h3              [N, 8, 4]
    a0.v.h0 … a1.v.h3              [N, 8, 4]
    a0.pattern … a1.pattern        [N, 4, 8, 8]
    a0.pattern.h0 … a1.pattern.h3  [N, 8, 8]
    a0.mask … a1.mask              [N, 1, 8, 8]
    m0.gate … m1.gate              [N, 8, 24]
    m0.up … m1.up                  [N, 8, 24]
    m0.post … m1.post              [N, 8, 24]
    a0.in … a1.in                  [N, 8, 16]
    a0.normed … a1.normed          [N, 8, 16]
    m0.in … m1.in                  [N, 8, 16]
    m0.normed … m1.normed          [N, 8, 16]
    final.in                       [N, 8, 16]
    final.normed                   [N, 8, 16]
    "
  `)
  const json = JSON.parse((await invoke(['graph', 'gpt2.scrub', '--transformer', '--json'], folder)).stdout) as { components: Record<string, string>; points: Record<string, string> }
  expect(Object.keys(json.components)).toContain('a1.h3')
  expect(Object.keys(json.points)).toContain('a1.pattern.h3')
})

test('scrub graph --transformer lists apart what is the same for every datum', async () => {
  const { stdout } = await invoke(['graph', 'gpt2.onnx', '--transformer'], fixture('transformers'))
  expect(stdout).toContain('  a1.h0  a1.h1  a1.h2  a1.h3  m1\n\nthe same for every datum\n  pos_embed  a0.bias  a1.bias\n\npoints')
})

test('scrub graph --transformer says how far it got', async () => {
  const { exitCode, stderr } = await invoke(['graph', 'toy.onnx', '--transformer'], fixture('toy'))
  expect([exitCode, stderr]).toEqual([1, expect.stringContaining('No transformer was understood in toy.onnx: no attention was found in it')])
})
