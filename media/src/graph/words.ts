/** What a search for a card looks into, in small letters. */
import type { NodeReport } from '../../../server/src/protocol/report.ts'
import type { Card } from './cards.ts'

export const wordsOfNode = ({ name, feature, place }: NodeReport): string => `${name}\n${feature}\n${place}`.toLowerCase()

export function wordsOf(card: Card): string {
  switch (card.kind) {
    case 'node': return wordsOfNode(card.node)
    case 'family': return [card.family, ...card.members.map(wordsOfNode)].join('\n')
    case 'input': return card.name.toLowerCase()
    case 'rest': return card.nodes.map(wordsOfNode).join('\n')
  }
}
