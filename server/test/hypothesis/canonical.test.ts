/** What a hypothesis' hash covers: layout does not change it, meaning does. */
import { expect, test } from 'vitest'
import { bound, findings, given } from './check.ts'
import { model } from './models.ts'

const graph = model(['x: int64[N, 3]'], ['a: float32[N, 3] = x', 'b: float32[N, 3] = a', 'y: float32[N] = b', 'z: float32[N] = a'], ['y', 'z'])
const from = given(graph, ['x: int64[3]', 'label: int64'])

const base = `model "m" data "d" limit 50 option seed 3
let big = x[0] > 1
metric m = y * label
graph { component b = b }
hypothesis h { node p = big at b from q node q = any at a[1] node out = p at y }`

const canonical = (text: string): string => {
  expect(findings(text, from)).toEqual([])
  return bound(text, from).hypotheses.find((h) => h.name === 'h')!.canonical
}

test.each([
  ['layout and comments', base.replaceAll(' ', '  ').replace('graph', '# why\ngraph')],
  ['parentheses', base.replace('x[0] > 1', '((x[0]) > 1)')],
  ['the name of a let', base.replaceAll('big', 'large')],
  ['a let written out', base.replace('p = big', 'p = x[0] > 1')],
  ['the order of nodes', base.replace('node p = big at b from q node q = any at a[1]', 'node q = any at a[1] node p = big at b from q')],
  ['a member written as a slice from the end', base.replace('a[1]', 'a[-2]')],
  ['another hypothesis and an expectation', `${base} hypothesis other { node out = x[1] at y } expect h recovered > 5%`],
  ['a let that nothing uses', `let w = x[2] + 7 ${base}`],
  ['the name of the metric', base.replace('metric m', 'metric loss')],
  ['a point', base.replace('component b = b', 'component b = b point c = a')],
  ['the option given in the hypothesis', base.replace('option seed 3', '').replace('sis h {', 'sis h { option seed 3')],
])('unchanged by %s', (_, text) => expect(canonical(text)).toBe(canonical(base)))

test.each([
  ['a feature', base.replace('> 1', '> 2')],
  ['a place', base.replace('a[1]', 'a[2]')],
  ['a parent', base.replace(' from q', '')],
  ['what an edge runs through', base.replace('from q', 'from q through any')],
  ['the name of a node, which draws depend on', base.replaceAll('q', 'r')],
  ['a component', base.replace('component b = b', 'component b = b component c = z')],
  ['the metric', base.replace('y * label', 'y + label')],
  ['its sense', base.replace('metric m', 'score m')],
  ['the limit', base.replace('50', '51')],
  ['a filter', base.replace('limit', 'filter label > 0 limit')],
  ['the inputs', base.replace('limit', 'as { x = x + 1 } limit')],
  ['an option', base.replace('seed 3', 'seed 4')],
])('changed by %s', (_, text) => expect(canonical(text)).not.toBe(canonical(base)))
