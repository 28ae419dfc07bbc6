/** Rows to lines: clauses of neighbouring items of one kind, and comments of neighbouring lines, under each other. */
import { lineWidth } from './fill.ts'
import type { Piece } from './spacing.ts'

/** One line before it is put together. */
export interface Row {
  readonly indent: string
  /** The text up to the first aligned clause, then each clause. */
  readonly cells: readonly { readonly text: string; readonly column?: Piece['column'] }[]
  /** Rows of the same kind are aligned with each other; undefined: with none. */
  readonly kind?: 'file' | 'component' | 'let' | 'node' | 'refine' | 'expect' | 'comment' | 'broken'
  comment?: string
  readonly blankBefore?: boolean
}

/** A cell wider than this moves its own line only. */
const widestCell = 48
/** A line longer than this does not move its neighbours' comments. */
const widestCommented = 80
const order = ['value', 'place', 'parents', 'bound'] as const

export function align(rows: readonly Row[]): string[] {
  const bodies: string[] = []
  for (const run of runs(rows, (a, b) => a.kind === b.kind)) bodies.push(...bodiesOf(run))
  const lines: string[] = []
  let i = 0
  for (const run of runs(rows, () => true)) {
    const own = bodies.slice(i, i += run.length)
    const commented = own.filter((body, k) => run[k]!.comment !== undefined && body.length <= widestCommented)
    const column = Math.max(0, ...commented.map((body) => body.length)) + 2
    run.forEach((row, k) => {
      if (row.blankBefore === true) lines.push('')
      const body = own[k]!
      if (row.comment === undefined) lines.push(body)
      else lines.push(body.padEnd(body.length <= widestCommented ? column : body.length + 2) + row.comment)
    })
  }
  return lines
}

/** Rows that stand together: no blank line between, the same indentation, and `alike`. */
function runs(rows: readonly Row[], alike: (a: Row, b: Row) => boolean): Row[][] {
  const found: Row[][] = []
  for (const row of rows) {
    const run = found.at(-1)
    const before = run?.at(-1)
    const joins = before !== undefined && row.blankBefore !== true && row.indent === before.indent && alike(before, row)
    if (joins) run!.push(row)
    else found.push([row])
  }
  return found
}

function bodiesOf(run: readonly Row[]): string[] {
  const plain = run.map((row) => row.indent + row.cells.map(({ text }) => text).join(' '))
  const { kind } = run[0]!
  if (run.length === 1 || kind === undefined || kind === 'comment' || kind === 'broken') return plain
  const heads = kind === 'file' || kind === 'component' ? alignKeywords(run) : run.map((row) => row.cells[0]!.text)
  const grid = run.map((row, i) => [heads[i]!, ...order.map((column) => row.cells.find((cell) => cell.column === column)?.text ?? '')])
  const widths = [0, 1, 2, 3].map((column) => {
    const padded = grid.filter((cells) => cells.slice(column + 1).some((cell) => cell !== '')).map((cells) => cells[column]!.length)
    return Math.max(0, ...padded.filter((length) => length <= widestCell))
  })
  return grid.map((cells, i) => {
    const body = run[i]!.indent + cells.map((cell, column) => padCell(cell, widths[column] ?? 0)).join('').trimEnd()
    return body.length <= lineWidth ? body : plain[i]!
  })
}

function padCell(cell: string, width: number): string {
  if (width === 0 && cell === '') return ''
  return `${cell.padEnd(width)} `
}

/** `model  "a"`, `metric b`: what follows the keywords under each other. */
function alignKeywords(run: readonly Row[]): string[] {
  const heads = run.map((row) => /^(\S+) ?(.*)$/.exec(row.cells[0]!.text)!)
  const longest = Math.max(...heads.map(([, keyword]) => keyword!.length))
  return heads.map(([, keyword, rest]) => `${keyword!.padEnd(longest)} ${rest}`.trimEnd())
}
