/** Zoom and pan of the graph: buttons, drag, and the wheel with Ctrl (without it the page scrolls). */
import { select } from 'd3-selection'
import { zoom, zoomIdentity, type ZoomTransform } from 'd3-zoom'
import type { Point } from '../graph/placed.ts'

export interface Zoomed {
  by(factor: number): void
  fit(): void
  /** Brings a card with this middle and width into the middle of the picture, large enough to be read. */
  to(middle: Point, width: number): void
  readonly transform: ZoomTransform
  /** Pixels on the screen of what is one long in the picture. */
  readonly scale: number
  /** Upper left and lower right corner of what is seen, in the picture. */
  readonly seen: readonly [Point, Point]
}

/** How a reader looked at a picture, and by how much what they looked at stands elsewhere in the next one. */
export interface Before {
  readonly zoomed: Zoomed
  readonly shift: Point
}

/** `moved` hears of every change, also of the first. */
export function zoomable(svg: SVGSVGElement, before: Before | undefined, moved: (zoomed: Zoomed) => void): Zoomed {
  const inner = svg.querySelector<SVGGElement>('.zoomed')!
  const { width, height } = svg.viewBox.baseVal
  const picture = select<SVGSVGElement, unknown>(svg)
  /** Pixels on the screen of what is one long in the picture as it is fitted. */
  const fitted = svg.getScreenCTM()?.a || 1
  // The frame may be wider or taller than the picture, which is then in its middle.
  const [x0, y0] = [svg.clientWidth / fitted / 2, svg.clientHeight / fitted / 2]
  let transform = zoomIdentity
  const behaviour = zoom<SVGSVGElement, unknown>()
    .extent([[0, 0], [width, height]])
    .scaleExtent([0.5, Math.max(4, 4 / fitted)])
    .filter((event: MouseEvent) => (event.type === 'wheel' ? event.ctrlKey || event.metaKey : !event.button && event.type !== 'dblclick'))
    .on('zoom', (event: { transform: ZoomTransform }) => {
      transform = event.transform
      inner.setAttribute('transform', transform.toString())
      moved(zoomed)
    })
  const around = ([x, y]: Point, scale: number): ZoomTransform => zoomIdentity.translate(width / 2, height / 2).scale(scale).translate(-x, -y)
  /** What was in the middle is there again, as large as it was. */
  const resumed = ({ zoomed: { seen: [[left, top], [right, bottom]], scale }, shift: [dx, dy] }: Before): ZoomTransform => around([(left + right) / 2 + dx, (top + bottom) / 2 + dy], scale / fitted)
  const zoomed: Zoomed = {
    by: (factor) => picture.call(behaviour.scaleBy, factor),
    fit: () => picture.call(behaviour.transform, zoomIdentity),
    to: ([x, y], wide) => {
      const [[left, top], [right, bottom]] = zoomed.seen
      if (x > left && x < right && y > top && y < bottom && wide * zoomed.scale >= 100) return
      // A card is read at about its own size.
      picture.call(behaviour.transform, around([x, y], Math.max(transform.k, 1 / fitted)))
    },
    get transform() {
      return transform
    },
    get scale() {
      return transform.k * fitted
    },
    get seen() {
      return [transform.invert([width / 2 - x0, height / 2 - y0]), transform.invert([width / 2 + x0, height / 2 + y0])] as const
    },
  }
  picture.call(behaviour)
  picture.call(behaviour.transform, before && !whole(before.zoomed.transform) ? resumed(before) : zoomIdentity)
  return zoomed
}

/** Neither zoomed nor moved. */
const whole = ({ k, x, y }: ZoomTransform): boolean => k === 1 && x === 0 && y === 0
