/** A table without borders that fits the terminal: what does not fit beside is continued below, under the same first column. */
import Table from 'cli-table3'
import type { Output } from './environment.ts'
import { cut, width } from './text.ts'

export interface Column {
  readonly head: string
  readonly cells: readonly string[]
  readonly align: 'left' | 'right'
  /** Cut to what is left of the line, and left out where that is next to nothing. */
  readonly optional?: boolean
  /** Applied to its cells when they are printed. */
  readonly style?: (text: string) => string
}

const GAP = 2
/** An optional column narrower than this says nothing. */
const LEAST_OPTIONAL = 12

/** Rendered lines, each ending in a line break. `indent` spaces stand before all of them. */
export function table(columns: readonly Column[], output: Output, indent = 0): string {
  let room = output.columns - indent
  const [first, ...others] = columns as [Column, ...Column[]]
  const key = limited(first, Math.max(12, Math.floor(room * 0.4)))
  let blocks = inBlocks(key, others, room)
  // Continued below anyway: as narrow as as many blocks allow, so that no column stands there alone.
  while (blocks.length > 1) {
    const narrower = inBlocks(key, others, --room)
    if (narrower.length > blocks.length || room < 2 * LEAST_OPTIONAL) break
    blocks = narrower
  }
  return blocks.map((block) => render(block, output, ' '.repeat(indent))).join('\n')
}

/** Whether the columns have room beside one another. */
export const fits = (columns: readonly Column[], output: Output): boolean => inBlocks(columns[0]!, columns.slice(1), output.columns).length === 1

/** Columns beside one another as long as they fit, then again from the first one. */
function inBlocks(key: Column, others: readonly Column[], room: number): Column[][] {
  const blocks: Column[][] = [[key]]
  for (const column of others) {
    const block = blocks[blocks.length - 1]!
    const left = room - block.reduce((sum, other) => sum + natural(other) + GAP, 0)
    if (natural(column) <= left) block.push(column)
    else if (column.optional) {
      if (left >= LEAST_OPTIONAL) block.push(limited(column, left))
    } else if (block.length === 1) block.push(limited(column, Math.max(left, LEAST_OPTIONAL)))
    else blocks.push([key, column])
  }
  return blocks
}

const natural = (column: Column): number => Math.max(width(column.head), ...column.cells.map(width))

const limited = (column: Column, columns: number): Column => ({ ...column, cells: column.cells.map((cell) => cut(cell, columns)) })

const noBorder = Object.fromEntries(
  ['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right', 'left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid', 'middle'].map((part) => [part, '']),
)

function render(columns: readonly Column[], output: Output, margin: string): string {
  const made = new Table({
    chars: noBorder,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': GAP },
    head: columns.map((column) => output.colours.dim(column.head)),
    colAligns: columns.map((column) => column.align),
  })
  for (let row = 0; row < columns[0]!.cells.length; row++) made.push(columns.map(({ cells, style }) => (style ? style(cells[row]!) : cells[row]!)))
  return made.toString().split('\n').map((line) => `${margin}${line}`.trimEnd() + '\n').join('')
}

/** Numbers padded so that their decimal points, and the errors after them, stand below one another. Those with an exponent stand at the right. */
export function alignedNumbers(cells: readonly string[]): string[] {
  const parts = cells.map((cell) => {
    const [, whole = '', fraction = '', error = ''] = /^([^.± ]*)(.*?)((?: ±| \+\d).*)?$/.exec(cell)!
    return cell.includes('e') ? undefined : ([whole, fraction, error] as const)
  })
  const widest = (part: 0 | 1 | 2) => Math.max(0, ...parts.map((one) => (one ? width(one[part]) : 0)))
  const [whole, fraction, error] = [widest(0), widest(1), widest(2)]
  const total = Math.max(whole + fraction + error, ...cells.map(width))
  return parts.map((one, row) => (one ? one[0].padStart(whole) + one[1].padEnd(fraction) + one[2].padEnd(error) : cells[row]!).padStart(total))
}
