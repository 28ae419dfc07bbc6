/** The pieces of the benchmark of growing costs: exponents, plots, pictures, and hypotheses that mean something. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { AXES } from '../../bench/scaling/axes.ts'
import { picture } from '../../bench/scaling/picture.ts'
import { plot } from '../../bench/scaling/plot.ts'
import type { Row } from '../../bench/scaling/scaling.ts'
import { lastDecade, slope } from '../../bench/scaling/slope.ts'
import { analyse } from '../../src/scrub/analyse.ts'

const law = (xs: readonly number[], y: (x: number) => number) => xs.map((x) => ({ x, y: y(x) }))

test('the exponent of a power law', () => {
  expect(slope(law([1, 3, 10, 700], (x) => 5 * x ** 1.5))).toBeCloseTo(1.5)
  expect(slope(law([1, 10, 100], () => 7))).toBeCloseTo(0)
  // By hand: logarithms 0, 1, 2 of x, and 0, 0, 3 of y.
  expect(slope([{ x: 1, y: 1 }, { x: 10, y: 1 }, { x: 100, y: 1000 }])).toBeCloseTo(1.5)
})

test('the last decade holds its lower end, and two points at least', () => {
  const last = (...values: number[]) => lastDecade(values, (value) => value)
  expect(last(10, 32, 100, 320, 1000)).toEqual([100, 320, 1000])
  expect(last(1, 50, 1000)).toEqual([50, 1000])
  expect(last(3, 9, 27, 81)).toEqual([9, 27, 81])
})

test('a plot is a diagonal where y is x', () => {
  expect(plot([{ mark: 'o', points: law([1, 10, 100], (x) => x) }], 11, 5)).toBe(
    [
      '   100 │· · · · · o',
      '       │',
      '    10 │· · ·o· · ·',
      '       │',
      '     1 │o · · · · ·',
      '       └┴────┴────┴',
      '        1    10 100',
    ].join('\n'),
  )
})

test('a picture names every axis, marks every point and stays small', () => {
  const row = (value: number): Row => ({ value, cold: 0.5 + value / 1e4, warm: 0.01, plain: value / 1e5, before: 100, most: 200, branches: 1, phases: { cold: {}, warm: {} } })
  const rows = [100, 1000, 10_000, 100_000].map(row)
  const svg = picture(AXES.map(({ title }) => ({ title, rows })))
  for (const { title } of AXES) expect(svg).toContain(`>${title}</text>`)
  // Cold, warm and memory; the plain pass is a dashed line.
  expect([...svg.matchAll(/<circle/g)]).toHaveLength(AXES.length * rows.length * 3)
  expect(svg).not.toMatch(/NaN|undefined/)
  expect(svg.length).toBeLessThan(60_000)
})

test.each(AXES)('$name: a hypothesis without errors', async ({ make, values }) => {
  const folder = mkdtempSync(join(tmpdir(), 'scrub-scaling-'))
  try {
    for (const value of values.slice(0, 2)) {
      const { load } = make(value, folder)
      const path = join(load.folder, load.file)
      const { errors, bound } = await analyse(path, readFileSync(path, 'utf8'))
      expect(errors).toEqual([])
      expect(bound?.hypotheses.find(({ name }) => name === load.hypothesis)?.ok).toBe(true)
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
