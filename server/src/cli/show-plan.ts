/** The plan of a run as tables. */
import type { Plan } from '../protocol/plan.ts'
import { count, plural, significant } from '../language/numbers.ts'
import type { Output } from './environment.ts'
import { table } from './table.ts'
import { harmless, wrap } from './text.ts'

export const showPlans = (plans: readonly Plan[], output: Output): string => plans.map((plan) => showPlan(plan, output)).join('\n')

/** Nodes that are named with their branches. */
const MOST_GROUPS = 12

function showPlan(plan: Plan, output: Output): string {
  const { groups, cached } = plan
  const bytes = cached.reduce((sum, one) => sum + one.bytes, 0)
  const several = groups.filter(({ branches }) => branches > 1)
  const facts = [
    plural(plan.samples, 'sample'),
    plural(plan.branches, 'branch', 'branches'),
    ...(plan.pool === null ? [] : [`pools of ${count(plan.pool)}`]),
    ...(several.length === 0 ? [] : [`stacked: ${several.slice(0, MOST_GROUPS).map(({ node, branches }) => `${harmless(node)} × ${count(branches)}`).join(', ')}${several.length > MOST_GROUPS ? `, and ${several.length - MOST_GROUPS} more nodes` : ''}`]),
    `${plural(plan.operators, 'operator')} compiled`,
  ]
  const share = (operations: number): string => `${significant(operations / plan.operationsOfModel, 2)} of a plain pass`
  const cost = [
    `${plural(plan.rows, 'row')} through the model, at ${share(plan.operationsPerRow)} each`,
    plan.operationsPerSample === null ? 'what a sample takes depends on the pools' : `then ${plural(plan.samples, 'sample')} at ${share(plan.operationsPerSample)} each`,
    `${megabytes(bytes)} cached`,
    ...(plan.disk ? [diskText(plan.disk)] : []),
  ]
  const lines = (parts: readonly string[]): string => wrap(parts, output.columns, ' · ').map((line) => `${output.colours.dim(line)}\n`).join('')
  const rows = folded(cached)
  const columns = [
    { head: 'cached', align: 'left' as const, cells: rows.map(({ what }) => harmless(what)) },
    { head: 'value of one datum', align: 'left' as const, cells: rows.map(({ shape }) => shape) },
    { head: 'rows', align: 'right' as const, cells: rows.map((one) => count(one.rows)) },
    { head: 'size', align: 'right' as const, cells: rows.map((one) => megabytes(one.bytes)) },
    { head: 'read by', align: 'right' as const, cells: rows.map(({ readers }) => plural(readers, 'branch', 'branches')) },
  ]
  return `${output.colours.bold(harmless(plan.hypothesis))}\n${lines(facts)}${cached.length > 0 ? table(columns, output, 2) : ''}${lines(cost)}`
}

/** Where they go that do not fit into the memory. */
function diskText({ bytes, problem }: NonNullable<Plan['disk']>): string {
  if (bytes > 0) return `all data do not fit into half of --memory: up to ${megabytes(bytes)} go to a temporary file`
  return `all data do not fit into half of --memory: computed again part by part${problem === undefined ? '' : `, because ${harmless(problem)}`}`
}

/** Slices of one tensor that are alike are one line: `a2.in[0] … a2.in[41], 42 slices`. */
function folded(cached: Plan['cached']): Plan['cached'] {
  const groups = new Map<string, Plan['cached'][number][]>()
  for (const one of cached) {
    const key = `${one.what.replace(/\[[^\]]*\]$/, '[]')} ${one.shape}`
    groups.set(key, [...(groups.get(key) ?? []), one])
  }
  const position = ({ what }: Plan['cached'][number]): number => Number(/\[\D*(\d+)/.exec(what)?.[1] ?? 0)
  return [...groups.values()].map((some) => {
    const alike = some.toSorted((a, b) => position(a) - position(b))
    const [first, last] = [alike[0]!, alike.at(-1)!]
    if (alike.length === 1) return first
    const sum = (of: (one: Plan['cached'][number]) => number): number => alike.reduce((all, one) => all + of(one), 0)
    return { ...first, what: first.what === last.what ? `${first.what}, ${alike.length} times` : `${first.what} … ${last.what}, ${alike.length} slices`, rows: sum(({ rows }) => rows), bytes: sum(({ bytes }) => bytes), readers: sum(({ readers }) => readers) }
  })
}

const megabytes = (bytes: number): string => (bytes < 1e5 ? `${significant(bytes / 1e3, 2)} kB` : `${significant(bytes / 1e6, 3)} MB`)
