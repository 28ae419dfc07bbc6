/** Hover: what is shown of the thing at a cursor. */
import { describe, expect, test } from 'vitest'
import { hover } from '../../src/language/hover.ts'
import type { LastResult } from '../../src/language/snapshot.ts'
import type { FeatureFacts } from '../../src/protocol/inspect.ts'
import type { HypothesisReport } from '../../src/protocol/report.ts'
import { transformerNames } from '../hypothesis/models.ts'
import { type Around, cursorOf, NOTHING, snapshotOf, TOY, TOY_HEAD, TRANSFORMER } from './check.ts'

const FACTS: FeatureFacts = {
  rows: 100, classes: 3, singletons: 0.01, effectiveClasses: 1.9, swapRate: 0.97,
  list: [
    { value: 'true', count: 60, share: 0.6, examples: [{ row: 0, text: 'z1=5' }, { row: 3, text: 'a | b' }] },
    { value: 'false', count: 39, share: 0.39, examples: [{ row: 1, text: '[x](command:evil)' }] },
  ],
}
const KNOWN: Around = { ...TOY, classes: () => FACTS }

/** The span in «guillemets» of its line, then the Markdown. */
async function at(marked: string, around: Around = TOY): Promise<string | undefined> {
  const { text, offset } = cursorOf(marked)
  const found = await hover(snapshotOf(text, around), offset)
  return found && `«${text.slice(found.span.start, found.span.end)}»\n${found.markdown}`
}

const H = `${TOY_HEAD}let big = z1 > 3
hypothesis "or" {
  node A   = big    at "/A" from z1
  node B   = z2 > 3 at "/B"
  node out = A or B at logit
}
`
const T = `model "t.onnx"
data "t.npz"
vocab tokens = ["a", "b", "c"]
metric loss = cross_entropy(logits, label)
${transformerNames}
hypothesis h {
  node first[i in [0, 1]] = tokens[i] at a1.h[i]
  node out = exact at logits from first[1] through [m[1]]
}
`
/** The text with a cursor at the first `what` after `from`. */
const cursor = (text: string, from: string, what: string): string => {
  const start = text.indexOf(what, text.indexOf(from))
  if (start < 0) throw new Error(`no ${what} after ${from}`)
  return `${text.slice(0, start)}$0${text.slice(start)}`
}

describe('nodes', () => {
  test('where it is named', async () => {
    expect(await at(cursor(H, 'node out', 'A or'), KNOWN)).toBe(`«A»
**node** \`A\` = \`big\`

Type \`bool\` per datum, at \`"/A"\` (\`float32\` per datum)

Parents: column \`z1\`.

**3 equivalence classes** of 100 data (effectively 1.9, for their sizes differ). A draw is another datum 97.0 % of the time. 1.0 % of the data are alone in their class.

| value | data | share | examples (datum: content) |
| --- | ---: | ---: | --- |
| true | 60 | 60.0 % | 0: z1=5 · 3: a &#124; b |
| false | 39 | 39.0 % | 1: \\[x\\](command:evil) |

… and 1 smaller class.`)
  })
  test('where it is defined', async () => expect(await at(cursor(H, 'node B', 'B'), KNOWN)).toContain('**node** `B` = `z2 > 3`'))
  test('at the output', async () => expect(await at(cursor(H, 'node out', 'out'), KNOWN)).toContain('Parents: `A` and `B`. The metric reads its place.'))
  test('not counted yet', async () => expect(await at(cursor(H, 'node B', 'B'))).toContain('Its equivalence classes are not known: the data have not been read yet; point here again in a moment.'))
  test('without a model', async () => expect(await at(cursor(H, 'node B', 'B'), NOTHING)).toBe('«B»\n**node** `B`\n\nMore is known once the model and the data can be opened.'))
  test('with an error', async () => expect(await at(cursor(H.replace('z2 >', 'z9 >'), 'node B', 'B'))).toContain('It has an error'))
  test('a family', async () => {
    expect(await at(cursor(T, 'node first', 'first'), TRANSFORMER)).toBe(`«first»
**family** of 2 nodes: \`first[0]\` and \`first[1]\`

\`first[0]\` = \`tokens[i]\`

Type \`int64\` per datum, at \`a1.h0\` (\`float32[S, 8]\` per datum)

A leaf: its place is taken as the model computes it on the drawn datum.

Of \`first[0]\`:

Its equivalence classes are not known: the data have not been read yet; point here again in a moment.`)
  })
  test('a member', async () => expect(await at(cursor(T, 'from first', 'first'), TRANSFORMER)).toContain('**node** `first[1]` = `tokens[i]`'))
  test('exact and any need no table', async () => {
    const text = H.replace('z2 > 3 at', 'exact at')
    const exact = await at(cursor(text, 'node B', 'B'), { ...TOY, classes: () => ({ ...FACTS, classes: 100, singletons: 1, effectiveClasses: 100, swapRate: 0 }) })
    expect(exact).toContain('`exact`: every datum is a class of its own')
    expect(exact).toContain('**100 equivalence classes** of 100 data. A draw is always the datum itself. Every datum is alone in its class.')
    expect(exact).not.toContain('|')
  })
  test('more members and classes than can be shown', async () => {
    for (const [size, rest] of [[2, '… and 32 smaller classes.'], [1, '… and 32 more classes of one datum each.']] as const) {
      const list = Array.from({ length: 30 }, (_, i) => ({ value: String(i), count: size, share: 0.01 * size, examples: [] }))
      const shown = await at(cursor(H, 'node B', 'B'), { ...TOY, classes: () => ({ ...FACTS, classes: 40, list }) })
      expect(shown!.split('\n').filter((line) => line.startsWith('| ')).length).toBe(10)
      expect(shown).toContain(rest)
    }
  })
})

describe('names in expressions', () => {
  test('a let', async () => {
    const shown = await at(cursor(H, 'node A', 'big'), KNOWN)
    expect(shown).toContain('«big»\n**let** `big` = `z1 > 3`\n\nType: `bool`\n\n**3 equivalence classes**')
  })
  test('a let family', async () => expect(await at(`${TOY_HEAD}let f$0[i] = z1 > i`)).toBe('«f»\n**let** `f[i]` = `z1 > i`\n\nA family: it has a type where its indices are known.'))
  test('a column', async () => {
    expect(await at(cursor(H, 'let big', 'z1'), KNOWN)).toContain('«z1»\n**column** `z1`: `int64` per datum\n\nFeeds the model input `z1`, so it can be a parent.\n\n**3 equivalence classes**')
  })
  test('a column with a vocabulary', async () => expect(await at(cursor(T, 'node first', 'tokens'), TRANSFORMER)).toContain('Vocabulary of 3 entries: `"a"`, `"b"` and `"c"`'))
  test('a vocabulary entry', async () => expect(await at(`${T}let open = tokens == "$0b"`, TRANSFORMER)).toBe('«"b"»\nToken `"b"`, id 1 of 3'))
  test('an output', async () => expect(await at(cursor(T, 'metric', 'logits'), TRANSFORMER)).toContain('`logits`: `float32[2]` per datum\n\nAn output that the metric reads: it blocks, like a component.'))
  test('a column in a metric', async () => expect(await at(cursor(T, 'metric', 'label'), TRANSFORMER)).toContain('**column** `label`: `int64` per datum\n\nFeeds no model input.'))
  test('an index', async () => expect(await at(cursor(T, 'tokens[i]', 'i]'), TRANSFORMER)).toBe('«i»\n**index** `i` in `[0, 1]`'))
  test('a function', async () => expect(await at(`${TOY_HEAD}let s = s$0um(z1)`)).toBe('«sum»\n```scrub\nsum(x, axis=…, keepdims=false)\n```\n\nSum of the elements; booleans count as 0 and 1.\n\n```scrub\nsum(tokens == "(")\n```'))
  test('a function with a reserved name', async () => expect(await at(`${TOY_HEAD}let s = a$0ny(z1)`)).toContain('True if some element is.'))
})

describe('operators', () => {
  test('their type and classes', async () => expect(await at(cursor(H, 'node B', '> 3'), KNOWN)).toContain('«z2 > 3»\n`z2 > 3`: `bool`\n\n**3 equivalence classes**'))
  test('of nodes', async () => expect(await at(cursor(H, 'node out', 'or'), KNOWN)).toContain('«A or B»\n`A or B`: `bool`\n\n**3 equivalence classes**'))
  test('of outputs: no classes', async () => expect(await at(`${TOY_HEAD}metric more = logit $0* 2`, KNOWN)).toBe('«logit * 2»\n`logit * 2`: `float32`'))
  test('of constants', async () => expect(await at(`${TOY_HEAD}let two = 1 $0+ 1`, KNOWN)).toBe('«1 + 1»\n`1 + 1`: `int64`, the same for every datum'))
  test('under a free index: the word only', async () => expect(await at(`${TOY_HEAD}let f[i] = z1 > i a$0nd label`, KNOWN)).toContain('«and»\n```scrub\nA and B'))
})

describe('places', () => {
  test('a component', async () => {
    expect(await at(cursor(T, 'through [m', 'm['), TRANSFORMER)).toBe(`«m[1]»
\`m1\`: \`float32[S, 8]\` per datum, tensor \`/m1\`

Component \`m1\`: it blocks, so an edge runs through it only where \`through\` names it.

Made by \`Op\` from \`/mlp_in1\`.

Read by \`/r2\` (\`Op\`).`)
  })
  test('where a component is declared', async () => {
    expect(await at(cursor(T, 'component a[', 'h[h'), TRANSFORMER)).toContain('**component** `a[l].h[h]`\n\n4 places, one for each index: `"/a0/h0"`, `"/a0/h1"`, `"/a1/h0"` and `"/a1/h1"`. The first:')
    expect(await at(cursor(T, 'component m', 'm[l'), NOTHING)).toContain('**component**')
  })
  test('a family of places', async () => expect(await at(cursor(T, 'at a1.h', 'a1'), TRANSFORMER)).toContain('«a1.h[i]»\n2 places, one for each index: `a1.h0` and `a1.h1`. The first:\n\n`a1.h0`'))
  test('the index in it', async () => expect(await at(cursor(T, 'at a1.h', 'i]'), TRANSFORMER)).toBe('«i»\n**index** `i` in `[0, 1]`'))
  test('an output, and the nodes there', async () => expect(await at(cursor(T, 'at logits', 'logits'), TRANSFORMER)).toContain('Nodes here: `out` of `h`.'))
  test('a slice', async () => expect(await at(`${T}hypothesis g {\n  node x = label at emb[$01, 2:5]\n}`, TRANSFORMER)).toContain('«emb[1, 2:5]»\n`emb[1, 2:5]`: `float32[3]` per datum, tensor `embed`'))
  test('the module that it comes from', async () => {
    expect(await at(cursor(H, 'node A', '/A'))).toContain('Made by `Op` from `z1`.')
    expect(await at(`${T}graph { point p = "/a0$0/h0" }`, TRANSFORMER)).toContain('Made by `Op` in module `a0` from `/in0`.')
  })
  test('an unknown one', async () => expect(await at(`${T}graph { point p = "/no$0ne" }`, TRANSFORMER)).toBeUndefined())
})

describe('hypotheses', () => {
  const report = {
    recovered: { value: 0.865, low: 0.861, high: 0.869 }, samples: 10000, exact: false, partial: false,
    expectations: [{ text: 'expect "or" recovered > 95%', holds: false, uncertain: false }],
  } as unknown as HypothesisReport
  const last: LastResult = { report, stale: false, time: new Date(2026, 0, 2, 3, 4).getTime(), metric: 'loss', device: 'cpu' }
  const text = `${H}expect "or" recovered > 95%`
  test('what it is', async () => {
    expect(await at(cursor(text, 'hypothesis', 'or"'), TOY)).toBe(`«or»
**hypothesis** \`or\`: 3 nodes, 3 branches of the tree

| node | feature | place | parents |
| --- | --- | --- | --- |
| A | big | "/A" | z1 |
| B | z2 &gt; 3 | "/B" |  |
| out | A or B | logit | A, B |

Not evaluated yet.

Expected: \`expect "or" recovered > 95%\``)
  })
  test('its last result', async () => {
    expect(await at(cursor(text, 'hypothesis', 'or"'), { ...TOY, results: { or: last } })).toContain(
      'Last result: **86.5 % ± 0.4** recovered (95 % interval 86.1 % to 86.9 %), 10,000 samples; metric `loss`, on `cpu`, 2026-01-02 03:04.\n\n✗ `expect "or" recovered > 95%`')
    expect(await at(cursor(text, 'expect', 'or"'), { ...TOY, results: { or: { ...last, stale: true } } })).toContain('Of an older text: **86.5 % ± 0.4** recovered')
  })
  test('a metric', async () => expect(await at(cursor(text, 'metric', 'loss'))).toBe('«loss»\n**metric** `loss`: one number per datum, of which less is better\n\nReads the outputs `logit`, the columns `label`.'))
  test('branches are paths, counted without being made', async () => {
    const levels = Array.from({ length: 50 }, (_, l) => `  node a${l}[i in range(2)] = z1 ${l === 0 ? 'from z1' : `from a${l - 1}`} at "/A"`).join('\n')
    expect(await at(`${TOY_HEAD}hypothesis $0h {\n${levels}\n  node out = z1 at logit from a49\n}`)).toContain('101 nodes, more than 10¹⁵ branches of the tree')
  })
})

describe('words', () => {
  test.each<[string, string, string]>([
    ['a statement', `${H}ex$0pect "or" recovered > 1%`, '«expect»\n```scrub\nexpect HYPOTHESIS recovered OP BOUND\n```'],
    ['recovered', `${H}expect "or" reco$0vered > 1%`, '«recovered»\n'],
    ['at', cursor(H, 'node A', 'at "'), '«at»\n```scrub\nat PLACE'],
    ['through any', `${TOY_HEAD}hypothesis h { node out = exact at logit from z1 through a$0ny }`, '«any»\n```scrub\nfrom PARENT through any'],
    ['any', `${TOY_HEAD}hypothesis h { node out = a$0ny at logit }`, '«any»\n```scrub\nany\n```'],
    ['exact', `${TOY_HEAD}hypothesis h { node out = exa$0ct at logit }`, '«exact»\n```scrub\nexact\n```'],
    ['an option', 'option unimp$0ortant together', '«unimportant»\n```scrub\noption unimportant together'],
    ['its value', 'option unimportant sha$0red', '«shared»\n'],
    ['transformer', 'graph { use trans$0former }', '«transformer»\n'],
  ])('%s', async (_, marked, start) => expect((await at(marked))?.startsWith(start)).toBe(true))
  test.each(['# comm$0ent', '$0', 'data "d" limit $03', `${TOY_HEAD}   $0   `])('nothing: %s', async (marked) => expect(await at(marked)).toBeUndefined())
})

describe('files', () => {
  test('the model', async () => {
    const shown = await at('model "t$0.onnx"\ndata "d"', TRANSFORMER)
    expect(shown).toContain('**model** `m.onnx`: 17 operators, 18 tensors, 0 weights\n\nInputs: `tokens` `int64[S]`\n\nOutputs: `logits` `float32[2]` and `cache` `float32[S, 8]`')
  })
  test('the data', async () => expect(await at('model "t.onnx"\ndata "$0d"', TRANSFORMER)).toContain('**data** `d.npz`: 100 data\n\nColumns: `tokens` `int64[4]` and `label` `int64`'))
  test('when they cannot be opened', async () => expect(await at('model "$0t.onnx"', NOTHING)).toContain('Problems say why'))
})
