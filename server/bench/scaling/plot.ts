/** A plot of characters, logarithmic on both axes. */
import type { At } from './slope.ts'

export interface Series {
  /** One character; later series are drawn over earlier ones. */
  readonly mark: string
  readonly points: readonly At[]
}

const decades = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i)
const power = (exponent: number): string => (exponent >= 0 && exponent < 4 ? String(10 ** exponent) : exponent < 0 && exponent > -4 ? (10 ** exponent).toFixed(-exponent) : `1e${exponent}`)

/** Lines of at most `width` + 8 characters; the axes run from one power of ten to another. Values are above 0. */
export function plot(series: readonly Series[], width = 64, height = 16): string {
  const all = series.flatMap(({ points }) => points)
  const range = (of: (one: At) => number): [number, number] => {
    const logs = all.map((one) => Math.log10(of(one)))
    const [low, high] = [Math.floor(Math.min(...logs) + 1e-9), Math.ceil(Math.max(...logs) - 1e-9)]
    return [low, Math.max(high, low + 1)]
  }
  const [left, right] = range(({ x }) => x)
  const [bottom, top] = range(({ y }) => y)
  const column = (log: number): number => Math.round(((log - left) / (right - left)) * (width - 1))
  const row = (log: number): number => Math.round(((top - log) / (top - bottom)) * (height - 1))
  const cells = Array.from({ length: height }, () => Array<string>(width).fill(' '))
  for (const y of decades(bottom, top)) for (let x = 0; x < width; x += 2) cells[row(y)]![x] = '·'
  for (const { mark, points } of series) for (const { x, y } of points) cells[row(Math.log10(y))]![column(Math.log10(x))] = mark
  const labels = new Map(decades(bottom, top).map((y) => [row(y), power(y)]))
  const lines = cells.map((line, i) => `${(labels.get(i) ?? '').padStart(6)} │${line.join('').trimEnd()}`)
  const axis = Array<string>(width).fill('─')
  let names = ''
  for (const x of decades(left, right)) {
    axis[column(x)] = '┴'
    const name = power(x)
    names = names.padEnd(Math.min(column(x), width - name.length)) + name
  }
  return [...lines, `       └${axis.join('')}`, `        ${names}`].join('\n')
}
