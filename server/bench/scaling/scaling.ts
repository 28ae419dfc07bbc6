/**
 * How costs grow: along each axis a table with exponents and a plot, every point measured in a process of its own; then all
 * axes as a picture, out/bench-scaling.svg, with the numbers in out/bench-scaling.json.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { AXES, type Axis } from './axes.ts'
import { picture } from './picture.ts'
import { plot } from './plot.ts'
import type { Measured } from './point.ts'
import { lastDecade, slope } from './slope.ts'

export interface Row extends Measured {
  readonly value: number
}

const program = fileURLToPath(new URL('point.ts', import.meta.url))
const out = fileURLToPath(new URL('../../../out/', import.meta.url))

/** What is measured along an axis, with the digits that are shown. */
const COLUMNS: readonly [head: string, of: (row: Row) => number, digits: number][] = [
  ['cold s', (row) => row.cold, 3],
  ['warm s', (row) => row.warm, 4],
  ['plain s', (row) => row.plain, 4],
  ['cold / plain', (row) => row.cold / row.plain, 2],
  ['warm / plain', (row) => row.warm / row.plain, 3],
  ['MB', (row) => row.most, 0],
  ['MB added', added, 0],
]

/** Megabytes that came on top of what the process had before the first run. */
function added(row: Row): number {
  return Math.max(1, row.most - row.before)
}

function measured({ make }: Axis, value: number): Row {
  const folder = mkdtempSync(join(tmpdir(), 'scrub-bench-'))
  try {
    const point = make(value, folder)
    return { value: point.value, ...(JSON.parse(execFileSync(process.execPath, [program, JSON.stringify(point.load)], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })) as Measured) }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const cells = (first: string, others: readonly string[]): string => [first.padStart(14), ...others.map((cell) => cell.padStart(12))].join('  ')

/** Prints each row when it is known. */
function along(axis: Axis): Row[] {
  console.log(`\n${axis.title}: ${axis.what}`)
  console.log(cells(axis.quantity, COLUMNS.map(([head]) => head)))
  const rows: Row[] = []
  for (const value of axis.values) {
    const row = measured(axis, value)
    rows.push(row)
    console.log(cells(row.value.toLocaleString('en'), COLUMNS.map(([, of, digits]) => of(row).toFixed(digits))))
  }
  const exponents = (of: readonly Row[]): string[] => COLUMNS.map(([, column]) => slope(of.map((row) => ({ x: row.value, y: column(row) }))).toFixed(2))
  console.log(cells('exponent', exponents(rows)))
  console.log(cells('last decade', exponents(lastDecade(rows, (row) => row.value))))
  const series = (of: (row: Row) => number) => rows.map((row) => ({ x: row.value, y: of(row) }))
  console.log(`\nseconds: c cold, w warm, p plain\n${plot([{ mark: 'p', points: series((row) => row.plain) }, { mark: 'c', points: series((row) => row.cold) }, { mark: 'w', points: series((row) => row.warm) }])}`)
  return rows
}

/** The axes of these names, or all. */
export function scaling(names?: readonly string[]): void {
  const chosen = AXES.filter(({ name }) => !names || names.includes(name))
  console.log('How costs grow. Seconds, the least of some; plain: one pass of ONNX Runtime over as many rows as samples; exponents of the best power law.')
  const start = performance.now()
  const panels = chosen.map((axis) => ({ name: axis.name, title: axis.title, quantity: axis.quantity, what: axis.what, rows: along(axis) }))
  mkdirSync(out, { recursive: true })
  writeFileSync(join(out, 'bench-scaling.svg'), picture(panels))
  writeFileSync(join(out, 'bench-scaling.json'), `${JSON.stringify(panels, null, 1)}\n`)
  console.log(`\nDrawn in out/bench-scaling.svg, numbers in out/bench-scaling.json; ${Math.round((performance.now() - start) / 1000)} s.`)
}
