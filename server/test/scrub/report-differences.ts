/** Where two reports of one run differ, but for times and rounding. */

/** What tells of the work and not of the hypothesis. */
const WORK = new Set(['time', 'seconds', 'costSeconds', 'sharedSeconds'])

/** Paths at which the two differ by more than rounding. */
export function differences(a: unknown, b: unknown, path = ''): string[] {
  if (typeof a === 'number' && typeof b === 'number') return Math.abs(a - b) <= 2e-6 * Math.max(1, Math.abs(a)) ? [] : [`${path}: ${a} and ${b}`]
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return Object.is(a, b) ? [] : [`${path}: ${JSON.stringify(a)} and ${JSON.stringify(b)}`]
  if (path.endsWith('.checks.identity')) return []
  const [x, y] = [a as Record<string, unknown>, b as Record<string, unknown>]
  return [...new Set([...Object.keys(x), ...Object.keys(y)])].filter((key) => !WORK.has(key)).flatMap((key) => differences(x[key], y[key], `${path}.${key}`))
}
