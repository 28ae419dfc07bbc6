/** The axis on which everything that shows the metric of samples stands. */
import { extent } from 'd3-array'
import { format } from 'd3-format'
import { scaleLinear, scaleSymlog, type ScaleContinuousNumeric } from 'd3-scale'
import type { Losses } from '../../../server/src/protocol/report.ts'
import { h, type Child } from '../markup.ts'
import { textWidth } from '../text.ts'

export const STRIPS = ['model', 'scrubbed', 'shuffled'] as const

/** Values spread over more than two decades, so that a linear axis would hide most of them. */
export function isWide(all: Losses): boolean {
  const sizes = STRIPS.flatMap((name) => all[name].map(Math.abs)).filter((size) => size > 0).sort((a, b) => a - b)
  return sizes.length > 0 && sizes.at(-1)! > 100 * sizes[Math.floor(sizes.length / 4)]!
}

export type Scale = ScaleContinuousNumeric<number, number>

/** One scale for everything that shows the metric. */
export function metricScale(all: Losses, left: number, right: number): Scale {
  const values = STRIPS.flatMap((name) => all[name])
  const [low = 0, high = 1] = extent(values)
  const domain = [Math.min(0, low), high > low ? high : low + 1]
  if (!isWide(all)) return scaleLinear(domain, [left, right]).nice()
  // Linear below the size that a quarter of the values stay under, logarithmic beyond.
  const sizes = values.map(Math.abs).filter((size) => size > 0).sort((a, b) => a - b)
  return scaleSymlog(domain, [left, right]).constant(sizes[Math.floor(sizes.length / 4)]!)
}

/** Ticks whose labels do not overlap. */
export function axis(x: Scale, bottom: number, w: number, wide: boolean): Child {
  let last = -Infinity
  return (wide ? decades(x.domain()) : x.ticks(Math.max(3, Math.floor(w / 110)))).map((tick) => {
    const text = tickText(tick)
    const half = textWidth(text, 11) / 2
    const at = Math.min(w - half, x(tick))
    if (at - half < last + 8) return null
    last = at + half
    return [h('line', { class: 'grid', x1: x(tick), x2: x(tick), y1: 4, y2: bottom }), h('text', { class: 'label muted', x: at, y: bottom + 14, 'text-anchor': 'middle' }, text)]
  })
}

/** Zero and the powers of ten on both sides of it; labels that would overlap are left out. */
function decades([low = 0, high = 1]: number[]): number[] {
  const powers = Array.from({ length: 25 }, (_, index) => 10 ** (index - 16))
  return [...powers.map((power) => -power).reverse(), 0, ...powers].filter((tick) => tick >= low && tick <= high)
}

const [plain, small] = [format('~g'), format('~e')]
const tickText = (tick: number): string => (tick !== 0 && Math.abs(tick) < 1e-3 ? small : plain)(tick).replace('\u2212', '-')
