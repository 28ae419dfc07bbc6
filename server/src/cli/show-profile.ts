/** Where the time of a run went: seconds by phase, one column per hypothesis, and one for what they share. */
import type { Profile } from '../protocol/runner.ts'
import type { Output } from './environment.ts'
import { table } from './table.ts'

export function showProfile(profile: Record<string, Profile>, output: Output): string {
  const phases = [...new Set(Object.values(profile).flatMap(Object.keys))]
  if (phases.length === 0) return ''
  const seconds = (of: Profile) => phases.map((phase) => of[phase]?.toFixed(3) ?? '')
  return table(
    [
      { head: 'seconds', align: 'left', cells: phases },
      ...Object.entries(profile).map(([name, of]) => ({ head: name || 'shared', align: 'right' as const, cells: seconds(of) })),
    ],
    output,
  )
}
