/** Where cards stand and where the arrow keys lead from them. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cardsOf, type Cards } from '../src/graph/cards.ts'
import { layered, layersOf } from '../src/graph/layered.ts'
import { layout } from '../src/graph/layout.ts'
import { besideModel } from '../src/graph/model-layer.ts'
import { drawModel } from '../src/views/model-layer.ts'
import { GAP, settled, type Placed, type Point, type SizeOf } from '../src/graph/placed.ts'
import { branchesOf, treeColumns, treeOf } from '../src/graph/tree.ts'
import { spread } from '../src/graph/spread.ts'
import { neighbour } from '../src/page/walk.ts'
import { hypothesis, node } from './report.ts'

/** Cards of nodes written as `out: a b`, those that are read only left out. */
const cardsFrom = (...lines: string[]): Cards => cardsOf(hypothesis({ nodes: lines.map((line) => line.split(/[: ]+/).filter(Boolean)).map(([name, ...parents]) => node({ name: name!, parents })) }))

/** Any graph without circles: each node reads some of those after it. */
const graphs = (most: number) =>
  fc.array(fc.array(fc.nat(most - 1), { maxLength: 3 }), { minLength: 1, maxLength: most }).map((reads) =>
    reads.map((those, index) => `n${index}: ${[...new Set(those)].filter((other) => other > index && other < reads.length).map((other) => `n${other}`).join(' ')}`.trim()))

const sizeOf: SizeOf = (id) => [60 + (id.length % 3) * 40, id.endsWith('1') ? 80 : 40]

const quickly = (cards: Cards): Placed => settled(cards, sizeOf, layered(cards, sizeOf, layersOf(cards)))
const carefully = (cards: Cards): Placed => settled(cards, sizeOf, layout(cards, sizeOf))

function overlapping({ at }: Placed): string[] {
  const all = [...at]
  return all.flatMap(([a, [ax, ay]], i) => all.slice(0, i).filter(([b, [bx, by]]) => Math.abs(ax - bx) < (sizeOf(a)[0] + sizeOf(b)[0]) / 2 && Math.abs(ay - by) < (sizeOf(a)[1] + sizeOf(b)[1]) / 2).map(([b]) => `${a} over ${b}`))
}

test.each([
  ['one stands where it wants to', [[10, 50, 1]], [50]],
  ['those with room stand where they want to', [[10, 0, 1], [10, 100, 1]], [0, 100]],
  ['two that want the same place share it', [[10, 50, 1], [10, 50, 1]], [42.5, 57.5]],
  ['the heavier one is moved less', [[10, 50, 9], [10, 50, 1]], [48.5, 63.5]],
  ['those that want to pass one another meet in the middle', [[10, 90, 1], [10, 10, 1], [10, 50, 1]], [35, 50, 65]],
] as const)('%s', (_, wishes, expected) => {
  const found = spread(wishes.map(([width, at, weight]) => ({ width, at, weight })), 5)
  for (const [index, one] of expected.entries()) expect(found[index]).toBeCloseTo(one, 9)
})

test.each([['quickly', quickly], ['carefully', carefully]] as const)('cards that are laid out %s do not overlap, and stand below what reads them', (_, place) => {
  fc.assert(fc.property(graphs(25), (lines) => {
    const cards = cardsFrom(...lines)
    const placed = place(cards)
    expect(overlapping(placed)).toEqual([])
    for (const [index, { child, parent }] of cards.links.entries()) {
      const path = placed.paths[index]!
      expect(path[0]![0]).toBeCloseTo(placed.at.get(child)![0], 6)
      expect(path[0]![1]).toBeCloseTo(placed.at.get(child)![1] + sizeOf(child)[1] / 2, 6)
      expect(path.at(-1)![0]).toBeCloseTo(placed.at.get(parent)![0], 6)
      expect(path.at(-1)![1]).toBeCloseTo(placed.at.get(parent)![1] - sizeOf(parent)[1] / 2, 6)
      for (const [step, [, y]] of path.slice(1).entries()) expect(y).toBeGreaterThanOrEqual(path[step]![1] - 1e-6)
    }
    for (const [id, [x, y]] of placed.at) {
      expect(x - sizeOf(id)[0] / 2).toBeGreaterThan(-1e-6)
      expect(x + sizeOf(id)[0] / 2).toBeLessThan(placed.width + 1e-6)
      expect(y + sizeOf(id)[1] / 2).toBeLessThan(placed.height + 1e-6)
    }
  }))
})

test('a large graph with links past many layers is laid out, and its links go straight', () => {
  const chain = Array.from({ length: 1000 }, (_, index) => `n${index}: n${index + 1} ${index % 2 === 0 ? 'n1000' : ''}`.trim())
  const { paths } = quickly(cardsFrom(...chain, 'n1000'))
  expect(Math.max(...paths.map((path) => path.length))).toBe(2)
})

test('a card that grows moves only what is below it', () => {
  const cards = cardsFrom('out: a b', 'a: c', 'b: c', 'c')
  const of = (height: number) => {
    const size: SizeOf = (id) => [100, id === 'node a' ? height : 40]
    return settled(cards, size, layout(cards, size)).at
  }
  const [before, after] = [of(40), of(90)]
  const top = (at: Placed['at'], id: string, height: number) => at.get(id)![1] - height / 2
  for (const [id, high] of [['node out', 40], ['node a', 90], ['node b', 40]] as const) expect(top(after, id, high)).toBe(top(before, id, 40))
  expect(top(after, 'node c', 40)).toBe(top(before, 'node c', 40) + 50)
})

/** The layout after an edit, and how far it moved the cards that were there before: they keep their distances where there is room. */
function edited(before: string[], after: string[]) {
  const [first, then] = [cardsFrom(...before), cardsFrom(...after)]
  const columns = layout(first, sizeOf)
  const again = layout(then, sizeOf, { of: first, columns })
  const common = first.cards.map(({ id }) => id).filter((id) => again.x.has(id))
  return {
    columns, again, common,
    moved: [...new Set(common.map((id) => Math.round((again.x.get(id)! - columns.x.get(id)!) * 1e6) / 1e6))],
    layers: common.filter((id) => again.layers.get(id) !== columns.layers.get(id)),
    placed: settled(then, sizeOf, again),
  }
}

/** A graph of so many cards that it is laid out quickly. */
const LARGE = Array.from({ length: 130 }, (_, index) => `n${index}: ${[3, 5].map((step) => index * 2 + step).filter((other) => other < 130).map((other) => `n${other}`).join(' ')}`.trim())
const SMALL = ['out: a b c', 'a: d e', 'b: e f', 'c: f x', 'd: z', 'e: z', 'f: z', 'z']

test.each([['small', SMALL], ['large', LARGE]])('the same nodes and edges stand where they stood, in any order of the file: %s', (_, lines) => {
  const { columns, again } = edited(lines, lines)
  expect(again).toEqual(columns)
  const { moved, layers } = edited(lines, lines.toReversed())
  expect([moved, layers]).toEqual([[0], []])
})

test.each([
  ['one that is added where there is room', 0, SMALL, [...SMALL.slice(0, -1), 'z: new', 'new']],
  ['one that goes', 0, SMALL, SMALL.filter((line) => !line.startsWith('f')).map((line) => line.replace(' f', ''))],
  ['one that is added to many', 0, LARGE, LARGE.map((line) => (line === 'n64' ? 'n64: new' : line)).concat('new')],
  ['one that stands alone', 0, SMALL, [...SMALL, 'alone']],
  // Past each of three layers there must be room for a link.
  ['an edge that passes between others', 6, SMALL, SMALL.map((line) => (line === 'out: a b c' ? 'out: a b c z' : line))],
  // It stands among `d`, `e` and `f`, and is 100 wide.
  ['an input that comes between others', 100 + GAP[0], SMALL, SMALL.map((line) => (line === 'a: d e' ? 'a: d e y' : line))],
] as const)('%s moves no other card by more than %d', (_, most, before, after) => {
  const { moved, layers, placed } = edited([...before], [...after])
  expect(Math.max(...moved.map(Math.abs))).toBeLessThanOrEqual(most)
  expect(layers).toEqual([])
  expect(overlapping(placed)).toEqual([])
})

test('one that comes between others pushes them apart as little as it must, on both sides', () => {
  // It wants to stand below `out`, where `b` is.
  const { columns, again } = edited(['out: a b c', 'a', 'b', 'c'], ['out: a b c new', 'a', 'b', 'c', 'new'])
  const inOrder = ['a', 'b', 'c'].map((name) => `node ${name}`).sort((one, other) => columns.x.get(one)! - columns.x.get(other)!)
  expect(inOrder.toSorted((one, other) => again.x.get(one)! - again.x.get(other)!)).toEqual(inOrder)
  for (const id of inOrder) expect(Math.abs(again.x.get(id)! - columns.x.get(id)!)).toBeLessThanOrEqual(sizeOf('node new')[0] + GAP[0])
})

test('whatever is added, cards of a layer keep their order and nothing overlaps', () => {
  fc.assert(fc.property(graphs(20), fc.nat(19), fc.nat(19), (lines, reader, read) => {
    const [above, below] = [Math.min(reader, read) % lines.length, Math.max(reader, read) % lines.length]
    const after = lines.map((line, index) => (index === above ? `${line}${line.includes(':') ? '' : ':'} new` : line)).concat(above < below ? `new: n${below}` : 'new')
    const { columns, again, common, placed } = edited(lines, after)
    expect(overlapping(placed)).toEqual([])
    for (const a of common) {
      for (const b of common) {
        if (columns.layers.get(a) !== columns.layers.get(b) || again.layers.get(a) !== again.layers.get(b)) continue
        if (columns.x.get(a)! < columns.x.get(b)!) expect(again.x.get(a)).toBeLessThan(again.x.get(b)!)
      }
    }
  }))
})

test('another hypothesis is laid out afresh', () => {
  const { again } = edited(['out: a', 'a', 'b'], SMALL)
  expect(again).toEqual(layout(cardsFrom(...SMALL), sizeOf))
})

test.each([
  [['out: a b', 'a', 'b'], ['out', 'out a', 'out b']],
  [['out: a b', 'a: c', 'b: c', 'c: x'], ['out', 'out a', 'out a c', 'out a c x', 'out b', 'out b c', 'out b c x']],
  [['one: a', 'two: a', 'a'], ['one', 'one a', 'two', 'two a']],
])('the tree of %j has the branches %j', (lines, expected) => {
  const graph = cardsFrom(...lines)
  const { cards, links } = treeOf(graph)
  expect(cards.map(({ id }) => id.replaceAll(/(node|input) /g, '').replaceAll('\n', ' ')).sort()).toEqual(expected.toSorted())
  expect(links.map(({ child, parent }) => parent.startsWith(`${child}\n`))).not.toContain(false)
  expect(links).toHaveLength(cards.length - cards.filter(({ id }) => !id.includes('\n')).length)
  expect(branchesOf(graph)).toBe(expected.length)
})

test('branches are counted without making them', () => {
  // Every second node multiplies by two.
  const lines = Array.from({ length: 60 }, (_, index) => [`n${index}: a${index} b${index}`, `a${index}: n${index + 1}`, `b${index}: n${index + 1}`]).flat()
  expect(branchesOf(cardsFrom(...lines, 'n60'))).toBe(3 * (2 ** 60 - 1) + 2 ** 60)
})

test('in a tree every card stands in the middle above its branches', () => {
  fc.assert(fc.property(graphs(8), (lines) => {
    const cards = treeOf(cardsFrom(...lines))
    const placed = settled(cards, sizeOf, treeColumns(cards, sizeOf))
    expect(overlapping(placed)).toEqual([])
    for (const { id } of cards.cards) {
      const below = cards.links.filter(({ child }) => child === id).map(({ parent }) => placed.at.get(parent)![0])
      if (below.length > 0) expect(placed.at.get(id)![0]).toBeCloseTo((Math.min(...below) + Math.max(...below)) / 2, 6)
    }
  }))
})

test.each([
  ['out', 'ArrowDown', 'node b'],
  ['b', 'ArrowUp', 'node out'],
  ['b', 'ArrowLeft', 'node a'],
  ['b', 'ArrowRight', 'node c'],
  ['a', 'ArrowLeft', undefined],
  ['a', 'ArrowUp', 'node out'],
  ['out', 'ArrowUp', undefined],
  // To an input, which has nothing to select, no key leads.
  ['a', 'ArrowDown', undefined],
])('from %s %s leads to %s', (name, key, expected) => {
  const at = new Map<string, Point>([['node out', [100, 0]], ['node a', [0, 100]], ['node b', [110, 100]], ['node c', [200, 100]], ['input tokens', [0, 200]]])
  expect(neighbour(cardsFrom('out: a b c', 'a: tokens', 'b', 'c'), at, `node ${name}`, key)).toBe(expected)
})

test('beside the model: cells in layers from the output down, joints from cells to the edges of their cards, nothing on top of anything', () => {
  const components = [['embed', 0], ['a0.h0', 1], ['a0.h1', 1], ['m0', 2], ['a1.h0', 3], ['a1.h1', 3], ['m1', 4]].map(([name, layer]) => ({ name: String(name), tensor: `t.${name}`, layer: Number(layer) }))
  const nodes = [
    node({ name: 'out', tensor: 'logits', parents: ['a', 'b'], edges: [{ parent: 'a', through: ['m1'] }, { parent: 'b', through: [] }] }),
    node({ name: 'a', tensor: 't.a1.h0', parents: ['b'] }), node({ name: 'b', tensor: 't.a0.h1' }),
  ]
  const cards = cardsOf(hypothesis({ nodes }))
  const sizeOf: SizeOf = () => [100, 60]
  const alone = settled(cards, sizeOf, layout(cards, sizeOf))
  const { placed, model } = besideModel(components, nodes, cards, sizeOf, alone)
  expect(model.cells.map(({ name, nodes, passed }) => `${name} ${nodes.join()} ${passed}`)).toEqual(['m1  true', 'a1.h0 a false', 'a1.h1  false', 'm0  false', 'a0.h0  false', 'a0.h1 b false', 'embed  false'])
  const layers = model.cells.map(({ at: [, y] }) => y)
  expect(layers).toEqual(layers.toSorted((x, y) => x - y))
  const right = Math.max(...model.cells.map(({ at: [x], width }) => x + width / 2))
  for (const { id } of cards.cards) {
    expect(placed.at.get(id)![0] - 50).toBeGreaterThan(right)
    expect([0, 1].map((axis) => placed.at.get(id)![axis]! - alone.at.get(id)![axis]!)).toEqual([model.width + 56, (model.height - alone.height) / 2])
  }
  expect(model.joints).toHaveLength(2)
  for (const { from, to, side } of model.joints) {
    expect(model.cells.some(({ at: [x, y], width }) => x + width / 2 === from[0] && y === from[1])).toBe(true)
    const edge = { top: [-38, -30], bottom: [-38, 30], left: [-50, 0] }[side]
    expect([...placed.at.values()].map(([x, y]) => [x + edge[0]!, y + edge[1]!])).toContainEqual(to)
  }
})

test('a component at which very many nodes stand names some of them, and more joints than can be told apart are left out', () => {
  const layer = (nodes: number, joints: number): string => drawModel({
    cells: [{ name: 'a0.h0', at: [20, 20], width: 40, passed: false, nodes: Array.from({ length: nodes }, (_, i) => `n${i}`) }],
    joints: Array.from({ length: joints }, (_, i) => ({ from: [40, 20] as const, to: [90, i] as const, side: 'left' as const })), stream: 4, width: 60, height: 40,
  }).markup
  expect(layer(2, 2)).toMatch(/class="joint"[^]*where n0, n1 stand</)
  expect(layer(1000, 1000)).toMatch(/n11 and 988 more stand</)
  expect(layer(1000, 1000)).not.toContain('class="joint"')
})
