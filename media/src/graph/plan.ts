/** What is drawn of a hypothesis and where, before any markup. */
import type { Size } from '../figure.ts'
import { largestCost } from '../scales.ts'
import { cardSize, type Drawing, type Outline } from './card.ts'
import { cardsOf, type Cards } from './cards.ts'
import { layout } from './layout.ts'
import type { Placed } from './placed.ts'

/** What the reader chose to see of a graph. */
export interface View {
  /** Families that are shown member by member. */
  readonly open?: ReadonlySet<string>
  /** Costs that are not known will be. */
  readonly queued?: boolean
}

export interface Plan {
  readonly of: Cards
  readonly placed: Placed
  readonly drawing: Drawing
}

/** Beyond this the cards say only name and cost: nobody reads more of so many, and the page stays quick. */
const MOST_DETAILED = 300

export function planned(hypothesis: Outline, { width }: Size, { open, queued = false }: View): Plan {
  const of = cardsOf(hypothesis, open)
  const style = of.cards.length > MOST_DETAILED ? 'brief' : width < 640 ? 'narrow' : 'wide'
  const byId = new Map(of.cards.map((card) => [card.id, card]))
  return { of, placed: layout(of, (id) => cardSize(byId.get(id)!, style)), drawing: { hypothesis, queued, style, largest: largestCost(hypothesis.nodes) } }
}
