/** .jsonl files: one JSON object per line, keys are columns. */
import { basename } from 'node:path'
import { DataError } from './columns.ts'
import { Exact, JsonColumn, Misfit, type JsonValue } from './json-column.ts'
import { Budget, checkColumnCount, loadedSource, unreadable, type Source } from './source.ts'
import { stringRoom } from './strings.ts'
import { readLines } from './text.ts'

type Row = Readonly<Record<string, JsonValue>>

/**
 * Reads the whole file. Columns, their types and shapes are those of the first row; integers become floats where a
 * row has a point or an exponent. Blank lines are passed over, of a key written twice the last counts.
 * Throws DataError with line and column for a row that does not agree.
 */
export async function openJsonl(path: string, memory: number): Promise<Source> {
  const columns = new Map<string, JsonColumn>()
  let number = 0
  let rows = 0
  for await (const lines of readLines(path)) {
    for (const line of lines) {
      number++
      if (/^\s*$/.test(line)) continue
      const row = parseRow(path, line, number)
      if (rows++ === 0) startColumns(path, row, number, memory, columns)
      addRow(path, row, number, columns)
    }
  }
  if (rows === 0) throw new DataError('empty-data', `${basename(path)} has no rows; write one JSON object per line.`)
  const done = [...columns.values()].map((column) => column.finish())
  return loadedSource(rows, done)
}

/** Numbers that JSON.parse alone would not tell from integers, or would round. */
const INEXACT = /\d[.eE]|\d{16}/

function parseRow(path: string, line: string, number: number): Row {
  let value: JsonValue
  try {
    value = JSON.parse(line, INEXACT.test(line) ? keepSource : undefined) as JsonValue
  } catch {
    const hint = /\b(NaN|Infinity)\b/.test(line) ? 'JSON has no NaN or Infinity' : 'write one object per line'
    throw unreadable(path, `line ${number} is not JSON; ${hint}.`)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Exact) {
    throw unreadable(path, `line ${number} is not a JSON object; write {"column": value, …}.`)
  }
  return value as Row
}

function keepSource(this: unknown, _key: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== 'number') return value
  const source = context?.source ?? String(value)
  return INEXACT.test(source) ? new Exact(source) : value
}

function startColumns(path: string, row: Row, number: number, memory: number, columns: Map<string, JsonColumn>): void {
  const [budget, room] = [new Budget(path, memory), stringRoom(memory)]
  checkColumnCount(path, Object.keys(row).length)
  for (const [name, value] of Object.entries(row)) {
    columns.set(name, inColumn(path, name, number, () => new JsonColumn(name, value, budget, room)))
  }
  if (columns.size === 0) throw unreadable(path, `line ${number} is an object without keys; each key is a column.`)
}

function addRow(path: string, row: Row, number: number, columns: ReadonlyMap<string, JsonColumn>): void {
  let found = 0
  for (const [name, column] of columns) {
    if (!Object.hasOwn(row, name)) throw unreadable(path, `line ${number} lacks \`${name}\`; give every line the keys of the first.`)
    inColumn(path, name, number, () => column.add(row[name]!))
    found++
  }
  if (Object.keys(row).length === found) return
  const extra = Object.keys(row).find((name) => !columns.has(name))
  throw unreadable(path, `line ${number} has \`${extra}\`, which the first row lacks; give every line the same keys.`)
}

function inColumn<Result>(path: string, name: string, number: number, step: () => Result): Result {
  try {
    return step()
  } catch (error) {
    if (error instanceof Misfit) throw unreadable(path, `line ${number}: \`${name}\` ${error.message}`)
    throw error
  }
}
