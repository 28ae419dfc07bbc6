/** What draws cost by themselves: 50 nodes below an output, and the reference data. */
import { anyClass, exactClasses, grouped } from '../src/scrub/classes.ts'
import { Draws, type Urn } from '../src/scrub/draws.ts'
import type { Tree, TreeNode } from '../src/scrub/tree.ts'

const SAMPLES = 100_000
const NODES = 50
const ROWS = 12_000
const REPEAT = 7

function urn(): Urn {
  // Of a bound node, drawing reads the name alone.
  const order = Array.from({ length: NODES }, (_, i) => ({ node: { name: `n${i}`, parents: [] }, paths: [`n${i}`], blocks: [{ child: '', first: 0, length: 1 }], branches: 1, leaf: true }) as unknown as TreeNode)
  const tree: Tree = { order, byName: new Map(order.map((one) => [one.node.name, one])), branches: NODES }
  const classes = order.map(({ node: { name } }, i) => [name, i === 0 ? exactClasses(ROWS) : i === 1 ? anyClass(ROWS) : grouped(Int32Array.from({ length: ROWS }, (_, x) => (x * 7919) % i), i)] as const)
  return { tree, classes: new Map(classes), rows: ROWS, seed: 0, unimportant: 'together' }
}

/** Prints the median of seven. */
export function drawsLine(): void {
  const given = urn()
  const times = Array.from({ length: REPEAT }, () => {
    const start = performance.now()
    const draws = new Draws(given, 0, SAMPLES)
    draws.reference()
    for (const { node } of given.tree.order) draws.node(node.name)
    return (performance.now() - start) / 1000
  })
  const seconds = times.sort((a, b) => a - b)[REPEAT >> 1]!
  console.log(`draws: ${SAMPLES.toLocaleString('en')} x ${NODES + 1} in ${seconds.toFixed(3)} s, ${((seconds * 1e9) / SAMPLES / (NODES + 1)).toFixed(1)} ns each`)
}
