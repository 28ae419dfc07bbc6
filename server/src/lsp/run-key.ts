/** What a result depends on: of equal keys the results are equal, so that one is shown instead of computed again. */
import { createHash } from 'node:crypto'
import type { BoundFile, BoundHypothesis } from '../hypothesis/bound.ts'
import { VERSION } from '../version.ts'
import type { Stamp } from './files.ts'
import type { Settings } from './settings.ts'

const hashes = new WeakMap<BoundHypothesis, string>()

/** SHA-256 of everything that the evaluation of a hypothesis reads of the file. */
export function hashOf(hypothesis: BoundHypothesis): string {
  let hash = hashes.get(hypothesis)
  if (hash === undefined) hashes.set(hypothesis, (hash = createHash('sha256').update(hypothesis.canonical).digest('hex')))
  return hash
}

/** Those that the expectations about a hypothesis compare it with. */
export const comparedWith = (bound: BoundFile, name: string): string[] =>
  bound.expectations.flatMap(({ hypothesis, bound: than }) => (hypothesis === name && than.kind === 'hypothesis' ? [than.name] : []))

/**
 * The hypothesis and those that it is compared with: by its expectations (undefined where one of these has errors), and the one
 * that it extends, from which its difference is told.
 */
export function subjectsOf(bound: BoundFile, name: string): BoundHypothesis[] | undefined {
  const base = bound.hypotheses.find((one) => one.name === bound.hypotheses.find((own) => own.name === name)?.extends[0])
  const found = [...new Set([name, ...comparedWith(bound, name)])].map((one) => bound.hypotheses.find((hypothesis) => hypothesis.name === one))
  if (!found.every((one) => one?.ok)) return undefined
  return [...new Set([...(found as BoundHypothesis[]), ...(base?.ok ? [base] : [])])]
}

/** What is asked for besides. */
export type Besides = Pick<Settings, 'device' | 'nulls' | 'sensitivity'>

/** Undefined where the hypothesis cannot be evaluated. `stamps` are those of the files that the document names. */
export function runKey(bound: BoundFile, name: string, stamps: readonly Stamp[], { device, nulls, sensitivity }: Besides): string | undefined {
  const subjects = subjectsOf(bound, name)
  if (!subjects) return undefined
  const expected = bound.expectations.filter(({ hypothesis }) => hypothesis === name).map(({ text }) => text.replace(/\s+/g, ' '))
  const files = stamps.map(({ path, state }) => `${path}\0${state}`).sort()
  return createHash('sha256').update(JSON.stringify([VERSION, subjects.map(hashOf), expected, files, device, nulls, sensitivity])).digest('hex').slice(0, 32)
}
