/** The data that a sample was drawn with, as a tree: what the list and the picture of it are made from. */
import { schemeTableau10 } from 'd3-scale-chromatic'
import type { SampleReport } from '../../../server/src/protocol/report.ts'
import { h, type Markup } from '../markup.ts'

/** Branches drawn; a treeified hypothesis may have thousands. */
const MOST_BRANCHES = 200

export interface Branch {
  readonly path: string
  /** Of the datum that was drawn. */
  readonly row: number
  readonly below: Branch[]
}

/** The paths as a tree; `left` counts those beyond what is drawn. */
export function branches({ draws }: SampleReport): { roots: Branch[]; left: number } {
  const paths = Object.keys(draws)
  const byPath = new Map<string, Branch>()
  const roots: Branch[] = []
  for (const path of paths.toSorted((a, b) => a.split('/').length - b.split('/').length).slice(0, MOST_BRANCHES)) {
    const branch = { path, row: draws[path]!, below: [] }
    byPath.set(path, branch)
    // `out/~/TENSOR` hangs from `out`, and tensors have slashes in their names.
    const above = ancestors(path).find((one) => byPath.has(one))
    ;(above === undefined ? roots : byPath.get(above)!.below).push(branch)
  }
  return { roots, left: Math.max(0, paths.length - MOST_BRANCHES) }
}

const ancestors = (path: string): string[] => {
  const parts = path.split('/')
  return parts.slice(1).map((_, index) => parts.slice(0, parts.length - 1 - index).join('/'))
}

/** What a branch is called. */
export function said({ path }: Branch): { name: string; title: string; unimportant: boolean } {
  const name = path.slice(path.lastIndexOf('/') + 1)
  const unimportant = path.split('/').includes('~')
  return { name, unimportant, title: !unimportant ? name : name === '~' ? 'unimportant inputs' : `unimportant: ${name}` }
}

const SHAPES = ['M0,-5L5,5L-5,5Z', 'M-4.5,-4.5H4.5V4.5H-4.5Z', 'M0,-6L6,0L0,6L-6,0Z', 'M-5,0A5,5 0 1,0 5,0A5,5 0 1,0 -5,0Z', 'M-2,-6H2V-2H6V2H2V6H-2V2H-6V-2H-2Z']

/** A mark for every datum that stands in more than one place; the reference has the first. */
export function marksOf({ reference, draws }: SampleReport): Map<number, number> {
  const often = new Map<number, number>()
  for (const row of [reference, ...Object.values(draws)]) often.set(row, (often.get(row) ?? 0) + 1)
  return new Map([...often.keys()].filter((row) => row === reference || often.get(row)! > 1).map((row, index) => [row, index]))
}

/** A mark as a colour and a shape, around the origin. */
export const swatch = (index: number): Markup => h('path', { d: SHAPES[index % SHAPES.length]!, fill: schemeTableau10[index % 10], class: 'swatch-shape' })
