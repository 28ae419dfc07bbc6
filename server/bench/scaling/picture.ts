/** All axes as small pictures side by side, as SVG: seconds above, megabytes below, both logarithmic, on the same scales everywhere. */
import { format } from 'd3-format'
import { scaleLog } from 'd3-scale'
import { line } from 'd3-shape'
import type { Row } from './scaling.ts'
import { lastDecade, slope, type At } from './slope.ts'

export interface Panel {
  readonly title: string
  readonly rows: readonly Row[]
}

const COLUMNS = 4
const CELL = { width: 252, height: 306 }
const MARGIN = { left: 40, right: 18, top: 58 }
const SECONDS = { height: 150, domain: [0.001, 1000] } as const
const MEMORY = { top: SECONDS.height + 16, height: 36, domain: [100, 1000] } as const
const HEAD = 64
const INK = '#24292f'
const QUIET = '#6e7781'
const COLOURS = { cold: '#0b5fc0', warm: '#c2410c', plain: '#8c959f', memory: '#4d7c0f' } as const

const si = format('~s')
/** 0.001, 0.1, 10; 10k. */
const tick = (value: number): string => (value < 1000 ? String(value) : si(value))
const near = (value: number): string => value.toFixed(1)
const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')

/** The exponent over the last decade, in words of a caption. */
const power = (rows: readonly Row[], of: (row: Row) => number): string => near(slope(lastDecade(rows, (row) => row.value).map((row) => ({ x: row.value, y: of(row) }))))

function powersOf10([from, to]: readonly [number, number]): number[] {
  const [first, last] = [Math.ceil(Math.log10(from) - 1e-9), Math.floor(Math.log10(to) + 1e-9)]
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => Number(`1e${first + i}`))
}

function panel({ title, rows }: Panel, index: number): string {
  const inner = CELL.width - MARGIN.left - MARGIN.right
  const x = scaleLog([rows[0]!.value, rows.at(-1)!.value], [0, inner])
  const seconds = scaleLog(SECONDS.domain, [SECONDS.height, 0])
  const megabytes = scaleLog(MEMORY.domain, [MEMORY.top + MEMORY.height, MEMORY.top])
  const parts: string[] = []
  const rule = (y: number, label: string): void => void parts.push(`<path d="M0 ${y.toFixed(1)}H${inner}" stroke="#eaeef2"/><text x="-6" y="${(y + 3.5).toFixed(1)}" text-anchor="end" fill="${QUIET}">${label}</text>`)
  for (const value of powersOf10(SECONDS.domain)) rule(seconds(value), tick(value))
  for (const value of powersOf10(MEMORY.domain)) rule(megabytes(value), tick(value))
  const foot = MEMORY.top + MEMORY.height
  // Every second power where they would touch.
  const powers = powersOf10([rows[0]!.value, rows.at(-1)!.value])
  powers.forEach((value, i) => {
    const at = x(value).toFixed(1)
    parts.push(`<path d="M${at} 0V${SECONDS.height}M${at} ${MEMORY.top}V${foot}" stroke="#eaeef2"/>`)
    if (powers.length < 6 || i % 2 === 0) parts.push(`<text x="${at}" y="${foot + 14}" text-anchor="middle" fill="${QUIET}">${si(value)}</text>`)
  })
  const drawn = (colour: string, y: (value: number) => number, of: (row: Row) => number, dashed = false): void => {
    const points: At[] = rows.filter((row) => of(row) >= SECONDS.domain[0]).map((row) => ({ x: x(row.value), y: y(of(row)) }))
    const path = line<At>((one) => one.x, (one) => one.y).digits(1)(points)
    if (path) parts.push(`<path d="${path}" fill="none" stroke="${colour}" stroke-width="${dashed ? 1.2 : 2}"${dashed ? ' stroke-dasharray="4 3"' : ''}/>`)
    if (!dashed) parts.push(...points.map((one) => `<circle cx="${one.x.toFixed(1)}" cy="${one.y.toFixed(1)}" r="2.4" fill="${colour}"/>`))
  }
  drawn(COLOURS.plain, seconds, (row) => row.plain, true)
  drawn(COLOURS.cold, seconds, (row) => row.cold)
  drawn(COLOURS.warm, seconds, (row) => row.warm)
  drawn(COLOURS.memory, megabytes, (row) => row.most)
  const [left, top] = [(index % COLUMNS) * CELL.width + MARGIN.left, HEAD + Math.floor(index / COLUMNS) * CELL.height + MARGIN.top]
  return `<g transform="translate(${left} ${top})">
<text y="-26" font-size="14" font-weight="600" fill="${INK}">${escape(title)}</text>
<text y="-10" fill="${QUIET}">last decade: cold n<tspan dy="-4" font-size="9">${power(rows, (row) => row.cold)}</tspan><tspan dy="4">, warm n</tspan><tspan dy="-4" font-size="9">${power(rows, (row) => row.warm)}</tspan></text>
${parts.join('\n')}
</g>`
}

export function picture(panels: readonly Panel[]): string {
  const width = COLUMNS * CELL.width + 8
  const height = HEAD + Math.ceil(panels.length / COLUMNS) * CELL.height + 4
  const key = [['cold', 'cold run, s'], ['warm', 'warm run, s'], ['plain', 'one plain pass of the model over as many rows, s'], ['memory', 'most memory, MB']] as const
  let at = MARGIN.left
  const legend = key.map(([name, words]) => {
    const item = `<path d="M${at} 46h22" stroke="${COLOURS[name]}" stroke-width="${name === 'plain' ? 1.2 : 2}"${name === 'plain' ? ' stroke-dasharray="4 3"' : ''}/><text x="${at + 28}" y="50" fill="${INK}">${words}</text>`
    at += 28 + words.length * 6.1 + 26
    return item
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="What a scrub costs as one quantity grows" font-family="system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif" font-size="11">
<title>What a scrub costs as one quantity grows</title>
<rect width="100%" height="100%" rx="6" fill="#ffffff"/>
<text x="${MARGIN.left}" y="26" font-size="16" font-weight="600" fill="${INK}">What a scrub costs as one quantity grows</text>
${legend.join('\n')}
${panels.map(panel).join('\n')}
</svg>
`
}
