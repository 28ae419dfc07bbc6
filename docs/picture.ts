/** Draws README's picture from a real run: `node docs/picture.ts` writes docs/picture.svg. */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const COLUMNS = 104
const COLUMN = 8.4
const LINE = 19
const MARGIN = 18

const commands = [
  ['run', 'paren.scrub', '-H', 'claim 1', 'split', 'count only', 'horizon only', 'everything random'],
  ['run', 'paren.scrub', '-H', 'claim 1'],
]
const folder = fileURLToPath(new URL('../test-fixtures/paren', import.meta.url))
const main = fileURLToPath(new URL('../server/bin/scrub.mjs', import.meta.url))

/** What the escape sequences of the command line mean, on a dark ground. */
const styles: Record<string, Partial<Style>> = {
  1: { bold: true }, 2: { dim: true }, 22: { bold: false, dim: false },
  31: { colour: '#ff8080' }, 32: { colour: '#7ddc8f' }, 33: { colour: '#f0c674' }, 36: { colour: '#7fd3e6' }, 39: { colour: undefined },
}

interface Style {
  bold: boolean
  dim: boolean
  colour: string | undefined
}

const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')

/** One line of the terminal: a text element per run of equal style, each as wide as its columns whatever the font. */
function line(text: string, y: number): string {
  let style: Style = { bold: false, dim: false, colour: undefined }
  let column = 0
  let out = ''
  for (const part of text.split(/(\u001b\[\d+m)/)) {
    const code = /^\u001b\[(\d+)m$/.exec(part)?.[1]
    if (code !== undefined) style = { ...style, ...styles[code] }
    else {
      // Runs of spaces are skipped rather than drawn.
      for (const { 0: word, index } of part.matchAll(/\S+( \S+)*/g)) {
        const weight = style.bold ? ' font-weight="bold"' : ''
        const fill = style.colour ?? (style.dim ? '#9aa4b2' : '#e6e9ee')
        out += `<text x="${(MARGIN + (column + index) * COLUMN).toFixed(1)}" y="${y}" fill="${fill}"${weight} textLength="${(word.length * COLUMN).toFixed(1)}">${escape(word)}</text>`
      }
      column += part.length
    }
  }
  return out
}

/** The command as typed, and what it prints. */
function session(command: readonly string[]): string[] {
  const { stdout, status } = spawnSync(process.execPath, [main, ...command], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, FORCE_COLOR: '1', NO_COLOR: '', COLUMNS: String(COLUMNS) },
  })
  if (status !== 0) throw new Error(`scrub ended with ${status}`)
  const typed = command.map((word) => (word.includes(' ') ? JSON.stringify(word) : word)).join(' ')
  return [`\u001b[36m$ scrub ${typed}\u001b[39m`, '', ...stdout.trimEnd().split('\n')]
}

const lines = commands.flatMap((command, i) => [...(i > 0 ? ['', ''] : []), ...session(command)])
const width = 2 * MARGIN + COLUMNS * COLUMN
const height = 2 * MARGIN + lines.length * LINE
writeFileSync(
  new URL('picture.svg', import.meta.url),
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14">
<title>A table printed by scrub run</title>
<rect width="100%" height="100%" rx="8" fill="#1d222b"/>
${lines.map((text, i) => line(text, MARGIN + (i + 0.75) * LINE)).join('\n')}
</svg>
`,
)
