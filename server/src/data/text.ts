/** UTF-8 text of a file, in chunks or in lines. */
import { createReadStream } from 'node:fs'
import { showBytes, unreadable } from './source.ts'

const CHUNK = 1 << 18
/** Longer lines are refused: JSON takes many times its length in memory. */
const MAX_LINE = 1 << 24

/** The file's text without a byte order mark. Throws DataError when it is not UTF-8. */
export async function* readText(path: string): AsyncIterable<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const decode = (bytes?: Uint8Array): string => {
    try {
      return decoder.decode(bytes, { stream: bytes !== undefined })
    } catch {
      throw unreadable(path, 'is not UTF-8 text; save it as UTF-8.')
    }
  }
  for await (const bytes of createReadStream(path, { highWaterMark: CHUNK })) yield decode(bytes as Uint8Array)
  yield decode()
}

/** Lists of lines without their ends (\n or \r\n). Throws DataError for a line of more than 16 Mi characters. */
export async function* readLines(path: string): AsyncIterable<string[]> {
  let rest: string[] = []
  for await (const text of readText(path)) {
    const lines = text.split('\n')
    rest.push(lines[0]!)
    if (rest.length * CHUNK > MAX_LINE) throw unreadable(path, `has a line longer than ${showBytes(MAX_LINE)}; write one datum per line.`)
    if (lines.length === 1) continue
    lines[0] = rest.join('')
    rest = [lines.pop()!]
    yield lines.map(withoutReturn)
  }
  yield [withoutReturn(rest.join(''))]
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line
}
