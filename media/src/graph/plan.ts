/** What is drawn of a hypothesis and where, before any markup. */
import type { ComponentReport } from '../../../server/src/protocol/report.ts'
import type { Size } from '../figure.ts'
import { largestCost } from '../scales.ts'
import { cardSize, type Drawing, type Outline } from './card.ts'
import { cardsOf, type Cards } from './cards.ts'
import { layout } from './layout.ts'
import { besideModel, type ModelLayer } from './model-layer.ts'
import { settled, type Columns, type Placed, type SizeOf } from './placed.ts'
import { branchesOf, treeColumns, treeOf } from './tree.ts'
import { placesOf } from './unimportant.ts'

/** Branches of a tree that is drawn. */
export const MOST_BRANCHES = 2000

/** What the reader chose to see of a graph. */
export interface View {
  /** Families that are shown member by member. */
  readonly open?: ReadonlySet<string>
  /** Costs that are not known will be. */
  readonly queued?: boolean
  /** Ids of the cards whose unimportant inputs are listed. */
  readonly listed?: ReadonlySet<string>
  /** Every path its own branch. */
  readonly tree?: boolean
  /** The model's components, where they are drawn too. */
  readonly components?: readonly ComponentReport[]
}

export interface Plan {
  /** Branches of the tree that was asked for, also where they are too many to be drawn and the graph is. */
  readonly branches?: number
  readonly of: Cards
  readonly columns: Columns
  readonly placed: Placed
  readonly model?: ModelLayer
  /** How much higher it is than it would be with all lists folded. */
  readonly listed: number
  readonly drawing: Drawing
}

/** Beyond this the cards say only name and cost: nobody reads more of so many, and the page stays quick. */
const MOST_DETAILED = 300

/** What is the same as in the plan `before` stays where it is, unless the cards are others. */
export function planned(hypothesis: Outline, { width }: Size, { open, queued = false, listed = new Set(), tree: asked = false, components = [] }: View, before?: Plan): Plan {
  const graph = cardsOf(hypothesis, open)
  const branches = asked ? branchesOf(graph) : undefined
  const tree = branches !== undefined && branches <= MOST_BRANCHES
  const of = tree ? treeOf(graph) : graph
  const style = of.cards.length > MOST_DETAILED ? 'brief' : width < 640 ? 'narrow' : 'wide'
  const byId = new Map(of.cards.map((card) => [card.id, card]))
  const sizes = (lists: ReadonlySet<string>): SizeOf => (id) => cardSize(byId.get(id)!, { style, listed: lists })
  const earlier = before && before.drawing.hypothesis.name === hypothesis.name && before.drawing.style === style && !before.drawing.tree ? before : undefined
  const columns = tree ? treeColumns(of, sizes(listed)) : layout(of, sizes(listed), earlier)
  const alone = settled(of, sizes(listed), columns)
  const { placed, model } = components.length > 0 ? besideModel(components, hypothesis.nodes, of, sizes(listed), alone) : { placed: alone, model: undefined }
  return {
    ...(branches === undefined ? {} : { branches }),
    of,
    columns,
    placed,
    ...(model ? { model } : {}),
    listed: listed.size === 0 ? 0 : alone.height - settled(of, sizes(new Set()), columns).height,
    drawing: { hypothesis, queued, style, tree, listed, largest: largestCost(hypothesis.nodes), places: placesOf(hypothesis) },
  }
}
