/** The views: their numbers are the report's, their labels do not overlap, and every picture has a table that says the same. The gallery holds them as files, to be looked at. */
import { expect, test } from 'vitest'
import { recovered } from '../../server/src/language/numbers.ts'
import type { HypothesisReport } from '../../server/src/protocol/report.ts'
import { h, render, type Markup } from '../src/markup.ts'
import { signedPercent } from '../src/numbers.ts'
import { tint } from '../src/scales.ts'
import { textWidth } from '../src/text.ts'
import { sections } from '../src/sections.ts'
import { classes } from '../src/views/classes.ts'
import { comparison, difference } from '../src/views/comparison.ts'
import { graph, nodesTable } from '../src/views/graph.ts'
import { header } from '../src/views/header.ts'
import { hypotheses } from '../src/views/hypotheses.ts'
import { losses } from '../src/views/losses.ts'
import { lost } from '../src/views/lost.ts'
import { drawTreePicture } from '../src/views/draw-tree.ts'
import { samples } from '../src/views/samples.ts'
import { classOf, hypothesis, node, quantiles, report, sampleOf } from './report.ts'

const WIDE = { width: 900 }
const NARROW = { width: 400 }

/** The text of markup, without tags and titles. */
const words = (markup: Markup): string => markup.markup.replaceAll(/<title>[^]*?<\/title>/g, '').replaceAll(/<[^>]*>/g, '\n').replaceAll('&quot;', '"').replaceAll('&gt;', '>').replaceAll(/\n+/g, '\n')

/** Every text of a picture with the box it takes, in the picture's coordinates. */
function boxes(svg: string): { text: string; left: number; right: number; top: number; bottom: number }[] {
  const found = []
  const shifts: [number, number][] = [[0, 0]]
  const rotated: boolean[] = [false]
  for (const [, close, tag, attributes, text] of svg.matchAll(/<(\/?)(g|text)\b([^>]*)>([^<]*)/g)) {
    if (close) {
      if (tag === 'g') [shifts.pop(), rotated.pop()]
      continue
    }
    const get = (name: string) => new RegExp(`\\s${name}="([^"]*)"`).exec(attributes!)?.[1]
    const [x0, y0] = shifts.at(-1)!
    const moved = /translate\(([-\d.]+),([-\d.]+)\)/.exec(get('transform') ?? '')
    const [x, y] = [x0 + Number(moved?.[1] ?? 0), y0 + Number(moved?.[2] ?? 0)]
    if (tag === 'g') {
      shifts.push([x, y])
      rotated.push(false)
    } else if (!/rotate/.test(get('transform') ?? '')) {
      const kind = get('class') ?? ''
      const size = /label|mono|small/.test(kind) ? 11 : /number/.test(kind) ? 12 : 13
      const width = textWidth(text!, size, kind.includes('mono') ? 'mono' : 'sans')
      const anchor = { middle: 0.5, end: 1 }[get('text-anchor') ?? ''] ?? 0
      const left = x + Number(get('x') ?? 0) - anchor * width
      const base = y + Number(get('y') ?? 0)
      found.push({ text: text!, left, right: left + width, top: base - size * 0.8, bottom: base + size * 0.2 })
    }
  }
  return found
}

const svgs = ({ markup }: Markup): string[] => markup.match(/<svg[^>]*class="picture[^]*?<\/svg>/g) ?? []

function overlaps(view: Markup): string[] {
  return svgs(view).flatMap((svg) => {
    const all = boxes(svg)
    return all.flatMap((a, i) => all.slice(0, i).filter((b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1).map((b) => `${a.text} over ${b.text}`))
  })
}

const many = report({
  hypotheses: [
    hypothesis(),
    ...Array.from({ length: 12 }, (_, index) => hypothesis({ name: `a rather long name of hypothesis number ${index}`, extends: index > 0 ? 'claim' : null, difference: index > 0 ? { value: -0.01 * index, low: -0.01 * index - 0.002, high: -0.01 * index + 0.002 } : null, recovered: { value: 1 - index / 10, low: 0.99 - index / 10, high: 1.01 - index / 10 } })),
  ],
})
const one = many.hypotheses[0]!

const interval = (value: number) => ({ value, low: value - 0.01, high: value + 0.01 })
/** The runs of "claim" so far. */
const earlier = [0.9, 0.62, 0.35].map((value, i) => ({ hypothesis: 'claim', time: Date.UTC(2026, 0, 3 - i, 12), seed: i, samples: 1000 * (i + 1), recovered: interval(value) }))
/** The same hypothesis a day before: another feature, one node fewer and one more. */
const before = hypothesis({
  recovered: { value: 0.7, low: 0.66, high: 0.74 }, seed: 4,
  nodes: [node({ feature: 'opens > 2', cost: interval(0.2) }), node({ name: 'gone', cost: interval(0.05) }), hypothesis().nodes[2]!],
})
const compared = { label: 'claim, yesterday', hypothesis: 'claim', report: report({ hypotheses: [before], seed: 4, time: '2025-12-31T00:00:00.000Z' }) }

/** With what can be asked for besides: one band around the constant line, one left of shuffled. */
const besides = report({
  hypotheses: [
    hypothesis({ null: { samples: 4096, values: [0.66, 0.7, 0.73] }, sensitivity: { together: interval(0.9), separate: interval(0.85), shared: interval(0.5) } }),
    hypothesis({ name: 'no better', null: { samples: 500, values: [-0.3, -0.2] }, recovered: interval(-0.25) }),
    hypothesis({ name: 'without' }),
  ],
})

const gallery: [string, (size: { width: number }) => Markup][] = [
  ['header', (size) => header(many, one, size)],
  ['besides', (size) => h('div', {}, header(besides, besides.hypotheses[0]!, size), hypotheses(besides, 'claim', size))],
  ['graph', (size) => graph(one, size)],
  ['hypotheses', (size) => hypotheses(many, 'claim', size)],
  ['history', (size) => hypotheses(report(), 'claim', size, earlier)],
  ['comparison', (size) => comparison(report(), hypothesis(), compared, size)],
  ['losses', (size) => losses(many, one, size)],
  ['samples', (size) => samples(one, {}, size)],
  ['classes', (size) => classes(one, 'depth', size)],
]

test.each(gallery)('%s looks as in the gallery', async (name, view) => {
  await expect(`${view(WIDE).markup.replaceAll('><', '>\n<')}\n`).toMatchFileSnapshot(`gallery/${name}.html`)
})

test.each(gallery.flatMap(([name, view]) => [WIDE, NARROW, { width: 300 }].map((size) => [name, size.width, view] as const)))('no labels of %s overlap at %d pixels', (_, width, view) => {
  expect(overlaps(view({ width }))).toEqual([])
})

test('the tree of a sample as a picture: every draw, what it shares, what differs; nothing overlaps, however deep and long it is', async () => {
  const deep = sampleOf({ draws: { out: 1, 'out/count': 2, 'out/count/deeper': 0, 'out/depth': 1, 'out/depth/~/blocks.0/attn': 3, 'out/~': 3 } })
  const view = drawTreePicture(one, deep, WIDE)
  await expect(`${view.markup.replaceAll('><', '>\n<')}\n`).toMatchFileSnapshot('gallery/tree.html')
  for (const said of ['reference', 'row 0', 'count_test = true', 'exact: the same value', 'unimportant: attn', 'unimportant inputs']) expect(words(view)).toContain(said)
  const long = hypothesis({ texts: { 0: 'a'.repeat(400), 1: 'b'.repeat(400), 2: '', 3: '日'.repeat(300) }, nodes: one.nodes.map((each) => ({ ...each, feature: 'x'.repeat(300) })) })
  for (const width of [900, 400]) expect(overlaps(drawTreePicture(long, deep, { width }))).toEqual([])
  expect(words(drawTreePicture(one, sampleOf({ draws: Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`n${i}`, i])) }), WIDE))).toContain('100 more branches')
})

test.each(gallery)('%s has no inline style and no handler, which the policy of the panel forbids', (_, view) => {
  expect(view(WIDE).markup).not.toMatch(/<[^>]*\s(style|on\w+)=/)
})

test.each(gallery)('%s has a table twin', (_, view) => expect(`${view(WIDE).markup}${nodesTable(one).markup}`).toContain('<table>'))

test('the header has the report\'s numbers', () => {
  const text = words(header(report(), hypothesis(), WIDE))
  // constant: (0.7 - 2.1) / (0.1 - 2.1) = 0.7
  for (const part of ['90.0 % ± 0.3', '70.0 %', 'entropy of label', '10,000 samples', 'seed 3', 'paren.onnx', '100 rows', 'expect "claim" recovered > 85%', '✓ holds']) expect(text).toContain(part)
})

test('the null band and the other ways to draw unimportant inputs stand in words, pictures and tables', () => {
  const head = header(besides, besides.hypotheses[0]!, WIDE)
  for (const part of ['3 hypotheses of the same shape with permuted features recover: 66.0 % … 73.0 %', 'together 90.0 % ± 1.0, separate 85.0 % ± 1.0, shared 50.0 % ± 1.0']) expect(words(head)).toContain(part)
  expect(head.markup).toContain('null from 66.0 % to 73.0 %')
  const all = hypotheses(besides, 'claim', WIDE)
  expect(words(all)).toContain('-30.0 % … -20.0 %')
  expect(all.markup.match(/<rect class="null"/g)).toHaveLength(2)
  // Nothing of it where nobody asked.
  for (const view of [header(report(), hypothesis(), WIDE), hypotheses(report(), 'claim', WIDE)]) expect(view.markup).not.toMatch(/null/)
})

test('a hypothesis without a span says that there is nothing to recover', () => {
  const flat = hypothesis({ model: { mean: 1, se: 0, over: 'data' }, shuffled: { mean: 1, se: 0 }, recovered: { value: null, low: null, high: null } })
  expect(words(header(report(), flat, WIDE))).toContain('nothing to recover')
  expect(hypotheses(report({ hypotheses: [flat] }), 'claim', WIDE).markup).not.toContain('NaN')
})

test('every node is in the graph and in its table, with its cost', () => {
  const all = hypothesis()
  for (const { name, cost } of all.nodes) {
    for (const view of [graph(all, WIDE), nodesTable(all)]) {
      expect(view.markup).toContain(`data-node="${name}"`)
      expect(words(view)).toContain(signedPercent(cost!))
    }
  }
  expect(words(graph(all, WIDE))).toContain('through m1, m2')
  expect(words(graph(all, WIDE))).toContain('unimportant: a0, a1.h1, m0')
})

test('the output stands above what it reads', () => {
  const top = (name: string) => Number(new RegExp(`translate\\([-\\d.]+,([-\\d.]+)\\)"[^>]*data-node="${name}"`).exec(graph(hypothesis(), WIDE).markup)![1])
  expect(top('out')).toBeLessThan(top('count'))
  expect(top('out')).toBeLessThan(top('depth'))
})

test.each([
  [{ value: 0.12, low: 0.11, high: 0.13 }, 5],
  [{ value: 0.05, low: 0.045, high: 0.055 }, 3],
  [{ value: 0.001, low: -0.002, high: 0.004 }, 0],
  [{ value: null, low: null, high: null }, 0],
  [null, 0],
])('cost %j of at most 0.12 has tint %d', (cost, expected) => expect(tint(cost, 0.12)).toBe(expected))

test('a family is one card until it is opened', () => {
  const members = Array.from({ length: 42 }, (_, index) => node({ name: `count[${index}]`, cost: { value: index / 100, low: index / 100, high: index / 100 } }))
  const wide = hypothesis({ nodes: [...members, node({ name: 'out', parents: members.map(({ name }) => name), edges: [] })] })
  const closed = graph(wide, WIDE).markup
  expect(closed.match(/class="cell/g)).toHaveLength(28)
  expect(closed).toContain('data-family="count"')
  expect(words({ markup: closed })).toContain('dearest count[41]: 41.0 %')
  expect(closed).not.toContain('data-node="count[0]"')
  expect(graph(wide, WIDE, { open: new Set(['count']) }).markup.match(/data-node="count\[/g)).toHaveLength(42)
  expect(nodesTable(wide).markup.match(/<button[^>]*data-node="count\[/g)).toHaveLength(42)
})

test('as a tree every path is a card, unless there are too many', () => {
  const ladder = (steps: number) => hypothesis({ nodes: Array.from({ length: steps }, (_, i) => ['a', 'b'].map((side) => node({ name: `${side}${i}`, branches: 2 ** i, parents: i + 1 < steps ? [`a${i + 1}`, `b${i + 1}`] : [] }))).flat() })
  // Two outputs, and two branches below each branch.
  expect(graph(ladder(3), WIDE, { tree: true }).markup.match(/data-node=/g)).toHaveLength(2 + 4 + 8)
  expect(words(graph(ladder(3), WIDE))).toContain('×\u00a04')
  expect(words(graph(ladder(3), WIDE, { tree: true }))).not.toContain('×')
  const large = graph(ladder(11), WIDE, { tree: true })
  expect(words(large)).toContain('As a tree this would have 4,094 branches; up to 2,000 are drawn. This is the graph.')
  expect(large.markup.match(/data-node=/g)).toHaveLength(22)
  expect(words(graph(ladder(100), WIDE, { tree: true }))).toContain('more than a billion branches')
})

test('families that read one another in a circle stay open', () => {
  const nodes = ['a', 'b'].flatMap((family) => [0, 1, 2, 3].map((index) => node({ name: `${family}[${index}]`, parents: index === 3 ? [] : [`${family === 'a' ? 'b' : 'a'}[${index + 1}]`] })))
  const markup = graph(hypothesis({ nodes }), WIDE).markup
  expect(markup).not.toContain('data-family')
  expect(markup.match(/data-node/g)).toHaveLength(8)
})

test('5,000 nodes are laid out in seconds, and more are folded', () => {
  const grid = (count: number) => hypothesis({ nodes: Array.from({ length: count }, (_, index) => node({ name: `n${index}`, parents: index < 70 ? [] : [0, 13, 31].map((step) => `n${(Math.floor(index / 70) - 1) * 70 + ((index + step) % 70)}`) })) })
  const start = performance.now()
  expect(graph(grid(5000), WIDE).markup.match(/data-node=/g)).toHaveLength(5000)
  expect(performance.now() - start).toBeLessThan(30_000)
  // Without a script nobody adds what a page leaves out.
  expect(words(graph(grid(5000), WIDE))).toContain('n4999')
  expect(nodesTable(grid(5000)).markup.match(/<tr/g)).toHaveLength(5001)
  const folded = graph(grid(8000), WIDE).markup
  expect(folded.match(/data-node=/g)).toHaveLength(6000)
  expect(words({ markup: folded })).toContain('2,000 more nodes: in the table')
})

test('the forest plot has every hypothesis with its interval and its paired difference', () => {
  const text = words(hypotheses(many, 'claim', WIDE))
  for (const { name, recovered: interval, difference } of many.hypotheses) {
    expect(text).toContain(name)
    expect(text).toContain(recovered(interval))
    if (difference) expect(text).toContain(signedPercent(difference))
  }
})

test('the strips have one dot per per cent', () => {
  const { markup } = losses(report(), hypothesis(), WIDE)
  for (const name of ['model', 'scrubbed', 'shuffled']) expect(markup.match(new RegExp(`class="quantile ${name}"`, 'g'))).toHaveLength(100)
})

test.each([
  ['within two decades', quantiles(1, 50), false],
  ['over more', [0, ...Array.from({ length: 100 }, (_, index) => 10 ** (-7 + index / 12))], true],
])('losses %s', (_, model, logarithmic) => {
  const all = { model, scrubbed: model, shuffled: model, difference: model }
  expect(words(losses(report(), hypothesis({ losses: all }), WIDE)).includes('logarithmic')).toBe(logarithmic)
})

test('a sample is a tree with what was drawn, decoded, its value, and what differs underlined', () => {
  const { markup } = samples(hypothesis({ sampled: [sampleOf()] }), { sample: 0 }, WIDE)
  expect(markup).toContain('<code>( <span class="changed">)</span> <span class="changed">(</span> )</code><span class="note"> row 1</span>')
  expect(markup).toMatch(/<strong>count<\/strong> <span class="note"><code>count_test<\/code> = <code class="kept">true<\/code>/)
  expect(words({ markup })).toContain('unimportant inputs')
  // Row 2 has the text of the reference, so nothing in it is underlined.
  expect(markup).toContain('<code>( ( ) )</code><span class="note"> row 2</span>')
})

test('classes are listed with size, share, means and examples', () => {
  const text = words(classes(hypothesis(), 'count', WIDE))
  for (const part of ['60 (60.0 %)', '40 (40.0 %)', 'true', 'false', '0.3', '( ( ) )', '0.25']) expect(text).toContain(part)
})

test('features that make the same classes are framed and named', () => {
  const { markup } = classes(hypothesis({ information: { nodes: ['a', 'b', 'c'], values: [[1, 0.99, 0.1], [0.99, 1, null], [0.1, null, 1]] } }), 'count', WIDE)
  expect(markup.match(/class="same"/g)).toHaveLength(2)
  expect(markup).toContain('nearly the same: a and b')
})

test('a report of nothing, and one whose lists are empty, are shown', () => {
  expect(sections(report({ hypotheses: [] }), { hypothesis: '' }, WIDE)).toHaveLength(1)
  const bare = hypothesis({ nodes: [node({ name: 'out', largest: [], sizes: [], cost: null, classes: 1 })], sampled: [], losses: { model: [], scrubbed: [], shuffled: [], difference: [] }, information: { nodes: [], values: [] }, texts: {} })
  const text = sections(report({ hypotheses: [bare] }), { hypothesis: 'claim' }, WIDE).map(({ body }) => render(body())).join('')
  expect(text).not.toMatch(/NaN|undefined|Infinity/)
  expect(text).toContain('cost not computed')
})

test('a class value of any length and script is cut to its column', () => {
  const long = hypothesis({ nodes: [node({ largest: [classOf({ value: '漢字'.repeat(100) }), classOf({ value: 'x'.repeat(500) })] })] })
  expect(overlaps(classes(long, 'count', NARROW))).toEqual([])
})

test.each([
  ['right below', ['base', 'finer<base'], ['finer']],
  ['below others of the same', ['base', 'one<base', 'two<base', 'three<two'], ['one', 'two', 'three']],
  ['below something else', ['base', 'other', 'finer<base'], []],
  ['of one that is not in the report', ['finer<gone'], []],
  ['above what it extends', ['finer<base', 'base'], []],
])('a refinement is indented where it looks like one of what it extends: %s', (_, rows, indented) => {
  const all = rows.map((row) => hypothesis({ name: row.split('<')[0]!, extends: row.split('<')[1] ?? null }))
  expect([...hypotheses(report({ hypotheses: all }), 'base', WIDE).markup.matchAll(/↳ (\w+)/g)].map(([, name]) => name)).toEqual(indented)
})

test.each([
  ['count', ['loss by class of count', 'true', '0.1', '0.3', 'false', '0.2']],
  ['depth', ['loss by class of depth', '3', '4', '5']],
  ['out', ['exact has no classes to split by']],
])('losses are split by the classes of %s when it is selected', (name, parts) => {
  const [split, whole] = [losses(many, one, NARROW, name), losses(many, one, NARROW)]
  for (const part of parts) expect(words(split)).toContain(part)
  expect(words(whole)).not.toContain('by class')
  for (const width of [900, 400, 300]) expect(overlaps(losses(many, one, { width }, name))).toEqual([])
})

const SPREAD = { model: [0, 0.05, 0.08, 0.1, 0.12, 0.2, 0.4], scrubbed: [0, 0.1, 0.2, 0.3, 0.4, 0.9, 1.5] }
const spread = hypothesis({ nodes: [node({ largest: [classOf({ spread: SPREAD }), classOf({ value: 'false', count: 40, spread: SPREAD })] }), hypothesis().nodes[2]!] })

test('where the report tells how the metric spreads in a class, boxes stand on the axis of the strips', () => {
  const view = losses(many, spread, WIDE, 'count', 'false')
  expect(view.markup.match(/class="half (model|scrubbed)"/g)).toHaveLength(4)
  expect(words(view)).toContain('0.0500 · 0.0800 · 0.100 · 0.120 · 0.200')
  expect(view.markup).toMatch(/<g class="row selected" data-class="false" data-of="count">/)
  for (const width of [900, 400, 300]) expect(overlaps(losses(many, spread, { width }, 'count'))).toEqual([])
})

test('classes that are not listed are told together', () => {
  const { markup } = classes(hypothesis({ nodes: [node({ classes: 412, others: { classes: 410, count: 100, model: 0.1, scrubbed: 0.4 } })] }), 'count', WIDE)
  expect(words({ markup }).replaceAll('\n', '')).toContain('… and 410 smaller classes: 100 data (50.0 %), mean 0.1000 → 0.4000.')
  expect(words({ markup })).toContain('60 (30.0 %)')
})

test('samples of one class, and a way back to all', () => {
  const sampled = [sampleOf({ features: { count: 'true' } }), sampleOf({ sample: 8, reference: 3, features: { count: 'false' } })]
  const of = (klass: string) => words(samples(hypothesis({ sampled }), { node: 'count', klass }, WIDE))
  expect([of('true').includes('worst 7'), of('true').includes('worst 8'), of('false').includes('worst 8')]).toEqual([true, false, true])
  expect(of('other')).toContain('None of the samples that the report keeps lies in this class.')
  expect(of('true')).toContain('All samples')
  // A report that does not say which classes samples lie in shows all.
  expect(words(samples(hypothesis({ sampled: [sampleOf()] }), { node: 'count', klass: 'false' }, WIDE))).toContain('worst 7')
})

test('what is unimportant is named where there is room', () => {
  const shown = (unimportant: string[]) => words(graph(hypothesis({ nodes: [node({ name: 'out', unimportant })] }), WIDE))
  expect(shown(['z2', 'z3'])).toContain('unimportant: z2, z3')
  expect(shown(Array.from({ length: 12 }, (_, i) => `component ${i}`))).toContain('12 unimportant inputs')
})

test('the unimportant inputs of a card open to a list that says what of them is read', () => {
  const nodes = [
    node({ name: 'slice', place: 'a1.in[3]' }),
    node({ name: 'some', place: 'a0.h1' }),
    node({ name: 'out', parents: ['slice', 'some'], unimportant: ['a0.h0', 'a0.h1', 'a1.in', ...Array.from({ length: 30 }, (_, i) => `m${i}`)] }),
  ]
  const all = hypothesis({ nodes })
  const [folded, open] = [undefined, new Set(['node out'])].map((listed) => graph(all, WIDE, { listed }))
  expect(folded!.markup).toContain('data-stub="node out" aria-expanded="false"')
  expect(words(folded!)).not.toContain('a0.h0')
  expect(open!.markup).toContain('data-stub="node out" aria-expanded="true"')
  for (const part of ['33 unimportant inputs\nget one random datum\na0.h0\na0.h1\non some paths\na1.in\nall but [3]\nm0', 'm20\n9 more: in the table']) expect(words(open!)).toContain(part)
  expect(words(nodesTable(all))).toContain('33 unimportant inputs, one random datum: a0.h0, a0.h1 (on some paths), a1.in (all but [3]), m0, m1')
  // What is drawn is as large as it was: the picture grows.
  const scale = ({ markup }: Markup) => Number(/ height="([\d.]+)"/.exec(markup)![1]) / Number(/viewBox="0 0 \d+ (\d+)"/.exec(markup)![1])
  expect(scale(open!)).toBeCloseTo(scale(folded!), 2)
  for (const width of [900, 400, 300]) expect(overlaps(graph(all, { width }, { listed: new Set(['node out']) }))).toEqual([])
})

test('earlier runs are ticks on the row of their hypothesis, and a table', () => {
  const { markup } = hypotheses(report(), 'claim', WIDE, earlier)
  expect(markup.match(/class="earlier"/g)).toHaveLength(3)
  for (const part of ['3 runs of "claim" as a table', '2026-01-02 12:00', '62.0 % ± 1.0', '2,000']) expect(words({ markup })).toContain(part)
  expect(hypotheses(report(), 'claim', WIDE).markup).not.toContain('earlier')
})

test.each([
  // Halves 0.03 and 0.04 make 0.05; sides are told apart.
  [{ value: 0.9, low: 0.87, high: 0.93 }, { value: 0.5, low: 0.46, high: 0.54 }, [0.4, 0.35, 0.45]],
  [{ value: 0.9, low: 0.87, high: 0.9 }, { value: 0.5, low: 0.5, high: 0.54 }, [0.4, 0.35, 0.4]],
  [{ value: 0.9, low: null, high: null }, { value: 0.5, low: 0.4, high: 0.6 }, [0.4, 0.3, 0.5]],
  [{ value: null, low: null, high: null }, { value: 0.5, low: 0.4, high: 0.6 }, null],
  [null, { value: 0.5, low: 0.4, high: 0.6 }, null],
] as const)('the difference of %j and %j', (now, then, expected) => {
  const found = difference(now, then)
  if (expected === null) expect(found).toBeNull()
  else for (const [i, key] of (['value', 'low', 'high'] as const).entries()) expect(found![key]).toBeCloseTo(expected[i]!, 12)
})

test('a comparison says which run is which, what each node costs in both, and what else is not the same', () => {
  const text = words(comparison(report(), hypothesis(), compared, WIDE))
  for (const part of ['claim, yesterday', '90.0 % ± 0.3', '70.0 % ± 4.0', '+20.0 % ± 4.0', 'feature: was opens > 2', 'only in this run', 'only in the compared run', 'gone', 'Stop comparing', 'differs']) expect(text).toContain(part)
  expect(words(comparison(report(), hypothesis(), { ...compared, hypothesis: 'nothing' }, WIDE))).toContain('holds no hypothesis')
})

const at = (value: number, error = 0) => ({ value, low: value - error, high: value + error })
const costs = (...all: (ReturnType<typeof at> | null)[]) => all.map((cost, i) => node({ name: 'abcde'[i]!, cost }))

test.each<[string, Partial<HypothesisReport>, string | null]>([
  ['the costliest first', { nodes: costs(at(0.02, 0.01), at(0.05, 0.01)) }, '10.0 % is lost. With its claim off, b gives back 5.0 % or a 2.0 %.'],
  ['what an exact node claims', { nodes: [node({ name: 'out', feature: 'exact', unimportant: ['a', 'b'], cost: at(0.05) })] }, '10.0 % is lost. With its claim off, out (2 unimportant inputs) gives back 5.0 %.'],
  ['one', { nodes: costs(at(0.05, 0.01), at(0.001, 0.01)) }, '10.0 % is lost. With its claim off, a gives back 5.0 %.'],
  ['many', { nodes: costs(at(0.05), at(0.04), at(0.03), at(0.02), at(0.01)) }, '10.0 % is lost. With its claim off, a gives back 5.0 %, b 4.0 %, c 3.0 % (and 2 more give back less).'],
  ['none of them', { nodes: costs(at(0.001, 0.01)) }, '10.0 % is lost; no node gives a part of it back when its claim alone is switched off.'],
  ['nothing is lost', { recovered: at(0.999, 0.002), nodes: costs(at(0.001, 0.01)) }, 'Nothing that these samples can show is lost.'],
  ['an enumeration has no error', { exact: true, recovered: { value: 0.9, low: null, high: null }, nodes: costs({ value: 0.05, low: null!, high: null! }) }, '10.0 % is lost. With its claim off, a gives back 5.0 %.'],
  ['not known yet', { nodes: costs(null) }, null],
  ['not defined', { recovered: { value: null, low: null, high: null } }, null],
])('what is lost, in a sentence: %s', (_, overrides, expected) => {
  const sentence = lost(hypothesis(overrides))
  expect(sentence && words(sentence).replaceAll('\n', '')).toBe(expected)
})

test('a node may have the name of what every object has', () => {
  const one = sampleOf({ draws: { constructor: 0, 'constructor/toString': 1 }, values: {} })
  const shown = words(samples(hypothesis({ sampled: [one] }), { sample: 0 }, WIDE))
  expect(shown).toContain('constructor')
  expect(shown).not.toMatch(/native code/)
})

test('how a smaller error was had, and what float16 changed, stand with the facts', () => {
  const checks = { identity: { samples: 64, largest: 0 }, draws: 1, replacements: 1, cache: { dtype: 'float16' as const, samples: 64, largest: 0.00024, mean: -0.000003 } }
  const { markup } = header(report(), hypothesis({ reduced: { ways: ['latin', 'control'], group: 16, controls: 3, variance: 0.42 }, checks }), WIDE)
  expect(markup).toContain('latin, control: 0.42 of the variance of independent samples')
  expect(markup).toContain('kept as float16: on the first 64 samples that changes the metric by at most 0.024 %')
})
