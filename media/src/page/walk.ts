/** Where the arrow keys lead in the graph: up and down along edges, left and right within a layer. */

/** The card reached from `card`, or undefined where the way ends. */
export function neighbour(svg: SVGSVGElement, card: Element, key: string): SVGGElement | undefined {
  const cards = [...svg.querySelectorAll<SVGGElement>('.card[role="button"]')]
  const middle = (element: Element): [number, number] => {
    const box = element.getBoundingClientRect()
    return [box.left + box.width / 2, box.top + box.height / 2]
  }
  const [x, y] = middle(card)
  const closest = (found: readonly SVGGElement[], far: (at: [number, number]) => number) => found.toSorted((a, b) => far(middle(a)) - far(middle(b)))[0]
  if (key === 'ArrowUp' || key === 'ArrowDown') {
    const [from, to] = key === 'ArrowUp' ? (['parent', 'child'] as const) : (['child', 'parent'] as const)
    const id = cardId(card)
    const ids = new Set([...svg.querySelectorAll<SVGPathElement>('path.link')].filter((link) => link.dataset[from] === id).map((link) => link.dataset[to]))
    return closest(cards.filter((one) => ids.has(cardId(one))), ([ax]) => Math.abs(ax - x))
  }
  const side = key === 'ArrowLeft' ? -1 : 1
  return closest(cards.filter((one) => one !== card && (middle(one)[0] - x) * side > 1 && Math.abs(middle(one)[1] - y) < card.getBoundingClientRect().height / 2), ([ax]) => Math.abs(ax - x))
}

export const cardId = (card: Element): string => {
  const { node, family } = (card as SVGElement).dataset
  return node !== undefined ? `node ${node}` : `family ${family}`
}
