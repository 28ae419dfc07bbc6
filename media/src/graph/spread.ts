/** Puts things beside one another, each as near to where it wants to be as the others let it. */

export interface Wish {
  readonly width: number
  /** Where its middle wants to be. */
  readonly at: number
  /** How much that counts against the others' wishes. */
  readonly weight: number
}

/** Middles from left to right in the order given, at least `gap` apart, with the least weighted sum of squared distances from the wishes. */
export function spread(wishes: readonly Wish[], gap: number): number[] {
  // Without the room that each takes, the middles need only rise: neighbours that want to pass one another share the mean of their wishes.
  const room: number[] = []
  const blocks: { at: number; weight: number; size: number }[] = []
  for (const [index, { width, at, weight }] of wishes.entries()) {
    room.push(index === 0 ? 0 : room[index - 1]! + (wishes[index - 1]!.width + width) / 2 + gap)
    let block = { at: at - room[index]!, weight, size: 1 }
    for (let left = blocks.at(-1); left !== undefined && left.at > block.at; left = blocks.at(-1)) {
      const together = left.weight + block.weight
      block = { at: (left.at * left.weight + block.at * block.weight) / together, weight: together, size: left.size + block.size }
      blocks.pop()
    }
    blocks.push(block)
  }
  return blocks.flatMap(({ at, size }) => Array<number>(size).fill(at)).map((at, index) => at + room[index]!)
}
