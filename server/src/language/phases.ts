/** What a run does, for people. */
const PHASES: Readonly<Record<string, string>> = {
  start: 'starting',
  features: 'features of the data',
  cache: 'activations',
  baseline: 'model and shuffled',
  run: 'samples',
  costs: 'costs of nodes',
  null: 'permuted hypotheses',
  sensitivity: 'unimportant inputs drawn otherwise',
  stopping: 'stopping',
}

/** `phase` is one that a runner tells of. */
export const phaseName = (phase: string): string => PHASES[phase] ?? phase
