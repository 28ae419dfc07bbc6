/** The graph on the page: which element is which card, what is selected and found, and what can be read. It touches only what changes. */
import { briefWords, cardSize, spoken } from '../graph/card.ts'
import { familyOf, type Card } from '../graph/cards.ts'
import type { Plan } from '../graph/plan.ts'
import type { Point } from '../graph/placed.ts'
import { wordsOf, wordsOfNode } from '../graph/words.ts'
import { h, render } from '../markup.ts'
import { MARGIN, way } from '../views/graph.ts'
import { neighbour, walkable } from './walk.ts'
import { zoomable, type Zoomed } from './zoom.ts'

/** Smaller than this the words on a card cannot be read. */
const LEGIBLE = 0.4

export interface Stage {
  readonly plan: Plan
  readonly zoomed: Zoomed
  /** Marks the cards of a node, or those of its family. */
  select(node: string | undefined): void
  /** Fades all cards but those whose names, features or places hold the words; gives the first node among them. */
  find(words: string): string | undefined
  /** Brings the selected card, or the first that was found, into view. */
  show(what: 'selected' | 'found'): void
  /** Moves the focus from a card or its stub where an arrow key leads. */
  walk(from: Element, key: string): void
  /** Writes the words on all cards of a copy, which is read at any size. */
  whole(copy: SVGSVGElement): void
}

/** `before` stood there until now. */
export function stage(svg: SVGSVGElement, plan: Plan, before: Stage | undefined): Stage {
  const { of: { cards, links }, placed: { at, paths }, drawing } = plan
  const group = svg.querySelector('.cards')!
  const elements = new Map(cards.map(({ id }, index) => [id, group.children[index] as SVGGElement]))
  const ids = new Map([...elements].map(([id, element]) => [element as Element, id]))
  const stubs = new Map([...svg.querySelectorAll<SVGGElement>('.stub')].map((stub) => [stub.dataset['stub']!, stub]))
  const cardOf = new Map(cards.map((card) => [card.id, card]))
  const overlay = (name: string, beside: (path: Element) => void): SVGPathElement => {
    const path = document.createElementNS('http://www.w3.org/2000/svg', 'path')
    path.setAttribute('class', name)
    beside(path)
    return path
  }
  const near = overlay('link near', (path) => group.before(path))
  const veil = overlay('veil', (path) => group.after(path))
  const frame = overlay('frame', (path) => group.after(path))

  /** Several where the node has several branches. */
  let selected: ReadonlySet<string> = new Set()
  /** The first that was found. */
  let first: string | undefined
  /** The card that the Tab key reaches, and after it its stub. */
  let reached: string | undefined
  const reach = (id: string | undefined): void => {
    for (const [one, index] of [[reached, '-1'], [id, '0']] as const) {
      if (one === undefined) continue
      elements.get(one)!.setAttribute('tabindex', index)
      stubs.get(one)?.setAttribute('tabindex', index)
    }
    reached = id
  }

  /** The words on brief cards, by card. */
  const written = new Map<string, Element>()
  const words = svg.querySelector('.words')
  const write = (into: Element, card: Card): void => {
    if (card.kind === 'node') into.insertAdjacentHTML('beforeend', render(briefWords(card.node, at.get(card.id)!)))
  }
  /** Words only where they can be read: letters are what makes a large picture slow. */
  function rewrite({ scale, seen: [[left, top], [right, bottom]] }: Zoomed): void {
    const legible = scale >= LEGIBLE
    svg.classList.toggle('far', !legible)
    if (!words) return
    const readable = new Set<string>()
    if (legible) {
      for (const card of cards) {
        const [[x, y], [width, height]] = [middle(card.id), cardSize(card, drawing)]
        if (card.kind === 'node' && x + width / 2 > left && x - width / 2 < right && y + height / 2 > top && y - height / 2 < bottom) readable.add(card.id)
      }
    }
    for (const [id, element] of written) {
      if (readable.delete(id)) continue
      element.remove()
      written.delete(id)
    }
    for (const id of readable) {
      write(words, cardOf.get(id)!)
      written.set(id, words.lastElementChild!)
    }
  }

  const middle = (id: string): Point => [at.get(id)![0] + MARGIN, at.get(id)![1] + MARGIN]
  const show = (id: string | undefined): void => {
    if (id !== undefined) zoomed.to(middle(id), cardSize(cardOf.get(id)!, drawing)[0])
  }

  // What is too small to be read is named under the pointer.
  svg.addEventListener('pointerover', ({ target }) => {
    const element = (target as Element).closest('.brief')
    const card = element && cardOf.get(ids.get(element)!)
    if (card?.kind === 'node' && !element!.hasChildNodes()) element!.insertAdjacentHTML('beforeend', render(h('title', {}, spoken(card.node))))
  })

  // Where the focus is, there the Tab key comes back to.
  svg.addEventListener('focusin', ({ target }) => reach((target as SVGElement).dataset['stub'] ?? ids.get(target as Element) ?? reached))

  const zoomed = zoomable(svg, before && alike(before.plan, plan) ? { zoomed: before.zoomed, shift: shifted(before, plan) } : undefined, rewrite)
  reach(cards.find(walkable)?.id)

  let texts: string[] | undefined
  return {
    plan,
    zoomed,
    select(node) {
      const family = node === undefined ? undefined : familyOf(node)
      const own = node === undefined ? [] : cards.filter((card) => card.kind === 'node' && card.node.name === node)
      const now = new Set((own.length > 0 ? own : cards.filter((card) => card.kind === 'family' && card.family === family)).map(({ id }) => id))
      if (now.size === selected.size && [...now].every((id) => selected.has(id))) return
      for (const id of selected) if (!now.has(id)) elements.get(id)!.setAttribute('aria-pressed', 'false')
      for (const id of now) if (!selected.has(id)) elements.get(id)!.setAttribute('aria-pressed', 'true')
      if (now.size > 0 && !now.has(reached ?? '')) reach([...now][0])
      selected = now
      near.setAttribute('d', links.map(({ child, parent }, index) => (now.has(child) || now.has(parent) ? way(paths[index]!) : '')).join(''))
    },
    find(words) {
      const wanted = words.trim().toLowerCase()
      texts ??= cards.map(wordsOf)
      const found = wanted === '' ? [] : cards.filter((_, index) => texts![index]!.includes(wanted))
      const boxes = found.map((card) => box(at.get(card.id)!, cardSize(card, drawing))).join('')
      veil.setAttribute('d', wanted === '' ? '' : `M${-MARGIN},${-MARGIN}h${plan.placed.width + 2 * MARGIN}v${plan.placed.height + 2 * MARGIN}H${-MARGIN}Z${boxes}`)
      frame.setAttribute('d', boxes)
      first = found[0]?.id
      return found.map((card) => (card.kind === 'node' ? card.node.name : card.kind === 'family' ? card.members.find((member) => wordsOfNode(member).includes(wanted))?.name : undefined)).find((name) => name !== undefined)
    },
    show: (what) => show(what === 'found' ? first : selected.has(reached ?? '') ? reached : undefined),
    walk(from, key) {
      const stub = (from as SVGElement).dataset['stub']
      // From the stub up to its card.
      const id = stub !== undefined && key === 'ArrowUp' ? stub : neighbour(plan.of, at, stub ?? ids.get(from)!, key)
      if (id === undefined) return
      reach(id)
      show(id)
      elements.get(id)!.focus({ preventScroll: true })
    },
    whole(copy) {
      copy.classList.remove('far')
      const all = copy.querySelector('.words')
      all?.replaceChildren()
      if (all) for (const card of cards) write(all, card)
    },
  }
}

/** Whether a reader who looks at one of them and then at the other stays where they are. */
const alike = (a: Plan, b: Plan): boolean => a.drawing.hypothesis.name === b.drawing.hypothesis.name && a.drawing.tree === b.drawing.tree

/** By how much the card in the middle of what is seen stands elsewhere in another plan. */
function shifted({ plan: { placed }, zoomed: { seen: [[left, top], [right, bottom]] } }: Stage, { placed: { at } }: Plan): Point {
  const [x, y] = [(left + right) / 2 - MARGIN, (top + bottom) / 2 - MARGIN]
  const far = ([ax, ay]: Point) => Math.hypot(ax - x, ay - y)
  const common = [...placed.at].filter(([id]) => at.has(id))
  if (common.length === 0) return [0, 0]
  const [id, [ax, ay]] = common.reduce((best, one) => (far(one[1]) < far(best[1]) ? one : best))
  return [at.get(id)![0] - ax, at.get(id)![1] - ay]
}

const box = ([x, y]: Point, [width, height]: Point): string => `M${x - width / 2},${y - height / 2}h${width}v${height}h${-width}z`
