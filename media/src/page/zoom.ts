/** Zoom and pan of the graph: buttons, drag, and the wheel with Ctrl (without it the page scrolls). */
import { select } from 'd3-selection'
import { zoom, zoomIdentity, type ZoomTransform } from 'd3-zoom'

export interface Zoomed {
  by(factor: number): void
  fit(): void
  /** Brings an element of the picture into its middle, large enough to be read. */
  to(element: SVGGraphicsElement): void
  readonly transform: ZoomTransform
}

export function zoomable(svg: SVGSVGElement, before: ZoomTransform | undefined): Zoomed {
  const inner = svg.querySelector<SVGGElement>('.zoomed')!
  const { width, height } = svg.viewBox.baseVal
  const picture = select<SVGSVGElement, unknown>(svg)
  const state = { transform: zoomIdentity }
  const behaviour = zoom<SVGSVGElement, unknown>()
    .extent([[0, 0], [width, height]])
    .scaleExtent([0.5, Math.max(4, width / 200)])
    .filter((event: MouseEvent) => (event.type === 'wheel' ? event.ctrlKey || event.metaKey : !event.button && event.type !== 'dblclick'))
    .on('zoom', ({ transform }: { transform: ZoomTransform }) => {
      state.transform = transform
      inner.setAttribute('transform', transform.toString())
    })
  picture.call(behaviour)
  if (before) picture.call(behaviour.transform, before)
  return {
    by: (factor) => picture.call(behaviour.scaleBy, factor),
    fit: () => picture.call(behaviour.transform, zoomIdentity),
    to: (element) => {
      const box = element.getBoundingClientRect()
      const frame = svg.getBoundingClientRect()
      const inside = box.left >= frame.left && box.right <= frame.right && box.top >= frame.top && box.bottom <= frame.bottom
      if (inside && box.width >= 100) return
      const [x, y] = state.transform.invert([((box.left + box.width / 2 - frame.left) / frame.width) * width, ((box.top + box.height / 2 - frame.top) / frame.height) * height])
      // A card is read at about its own size.
      picture.call(behaviour.scaleTo, Math.max(state.transform.k, width / frame.width))
      picture.call(behaviour.translateTo, x, y)
    },
    get transform() {
      return state.transform
    },
  }
}
