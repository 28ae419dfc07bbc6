/** What is known of the data of all documents: asked of the runner once, kept by content, looked up while typing. */
import type { Finding } from '@scrub/grammar'
import type { BoundFile } from '../hypothesis/bound.ts'
import type { Fact, FeatureFacts } from '../protocol/inspect.ts'
import { ServiceFailure, type RunnerService } from '../runner/service.ts'
import { featureInspection, featureKey, inspectionOf, questionsOf, rowsKey, type Feature, type InspectRequest } from '../scrub/inspection.ts'
import { dataWarnings, partsFindings, type Known } from '../scrub/warnings.ts'

/** Facts of a kind that are kept of one selection of rows besides those that the text at hand needs. */
const MOST_FACTS = 1000
/** Milliseconds that one version may have data looked at for it; the next one goes on from there. */
const BUDGET = 30_000
/** Features that are asked for together in about the time of one. */
const FEW = 8
/** Milliseconds that a hover waits for classes. */
const PATIENCE = 2000

/** What is known of the data for one version of a document. */
export interface DataView {
  readonly known: (feature: Feature) => FeatureFacts | undefined
  /** Undefined where it cannot be had in time. */
  readonly classes: (feature: Feature) => Promise<FeatureFacts | undefined>
  /** The warnings that follow from what is known so far. */
  readonly findings: () => readonly Finding[]
  /** Resolves when all is known, or after so many milliseconds. */
  readonly settled: (patience: number) => Promise<void>
}

/** By kind, then by key. */
type Facts = Record<Fact['kind'], Map<string, Fact>>

const noFacts = (): Facts => ({ feature: new Map(), broken: new Map(), determined: new Map(), alike: new Map(), constant: new Map(), transformer: new Map(), rewrites: new Map() })

export class Inspector {
  private readonly runner: RunnerService
  private readonly trusted: () => boolean
  private readonly log: (text: string) => void
  /** By schema object (a data file in one state), then by what selects and shows rows. */
  private readonly facts = new WeakMap<object, Map<string, Facts>>()

  constructor(runner: RunnerService, trusted: () => boolean, log: (text: string) => void) {
    this.runner = runner
    this.trusted = trusted
    this.log = log
  }

  /** Begins to find out what this version needs; `update` is called when more is known. */
  view(bound: BoundFile, root: string | undefined, signal: AbortSignal, update: () => void): DataView {
    const facts = this.factsOf(bound)
    const known: Known = (kind, key) => facts[kind].get(key) as never
    let revision = 0
    let findings: { readonly revision: number; readonly list: readonly Finding[] } | undefined
    const take = (fact: Fact): void => {
      facts[fact.kind].set(fact.key, fact)
      revision++
    }
    const ask = async (request: InspectRequest): Promise<void> => {
      if (!this.trusted()) return
      await this.runner.inspect(request, (fact) => {
        take(fact)
        update()
      }, AbortSignal.any([signal, AbortSignal.timeout(BUDGET)]))
    }
    const sound = bound.hypotheses.filter((one) => one.nodes.length > 0)
    const answered = (kind: Fact['kind'], key: string): boolean => facts[kind].has(key) || (kind === 'feature' && facts.broken.has(key))
    const request = inspectionOf(bound, sound, root, answered)
    const all = request ? this.persistent(() => ask(request), () => {
      // What brought the runner down twice is not asked again of the same data.
      for (const { key } of request.features) if (!answered('feature', key)) take({ kind: 'broken', key, message: 'it brought the process down that computes features, twice' })
      update()
    }) : Promise.resolve()
    const patient = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds).unref())
    const look = (feature: Feature): FeatureFacts | undefined => known('feature', featureKey(feature))?.facts
    return {
      known: look,
      classes: async (feature) => {
        const found = look(feature)
        if (found) return found
        const key = featureKey(feature)
        const small = request !== undefined && request.features.length <= FEW && request.features.some((one) => one.key === key)
        // By itself where it would have to wait for the other questions of a large file.
        const own = small ? until(() => look(feature) !== undefined, all) : ask(featureInspection(bound, feature, root)).catch(() => {})
        await Promise.race([own, patient(PATIENCE)])
        return look(feature)
      },
      findings: () => {
        if (findings?.revision !== revision) findings = { revision, list: [...partsFindings(bound, known), ...bound.hypotheses.flatMap((hypothesis) => dataWarnings(hypothesis, known))] }
        return findings.list
      },
      settled: (patience) => Promise.race([all, patient(patience)]),
    }
  }

  /** Asks again once where the runner died; it may have been somebody else's fault. */
  private async persistent(ask: () => Promise<void>, fatal: () => void): Promise<void> {
    for (let tries = 0; ; tries++) {
      try {
        return await ask()
      } catch (error) {
        const failure = error instanceof ServiceFailure ? error.failure : undefined
        if (failure === 'cancelled') return
        this.log(`The data could not be looked at: ${error instanceof Error ? error.message : String(error)}`)
        if (failure !== 'crashed') return
        if (tries > 0) return fatal()
      }
    }
  }

  private factsOf(bound: BoundFile): Facts {
    let byRows = this.facts.get(bound.schema)
    if (!byRows) this.facts.set(bound.schema, (byRows = new Map()))
    // Places are constant or not in one state of the model.
    const key = `${rowsKey(bound)} ${numberOf(bound.graph)}`
    let facts = byRows.get(key)
    if (!facts) {
      byRows.set(key, (facts = noFacts()))
      for (const old of [...byRows.keys()].slice(0, -MOST_SELECTIONS)) byRows.delete(old)
    }
    forgetOld(facts, bound)
    return facts
  }
}

/** Selections of rows of one data file whose facts are kept: while a filter is edited there are many. */
const MOST_SELECTIONS = 4

/** Facts about earlier texts are given up when there are many, the oldest first. */
function forgetOld(facts: Facts, bound: BoundFile): void {
  if (Object.values(facts).every(({ size }) => size <= MOST_FACTS)) return
  const needed = new Set(bound.hypotheses.flatMap((hypothesis) => {
    const { features, determined, alike, constants } = questionsOf(hypothesis)
    return [...features, ...determined, alike, ...constants]
  }))
  for (const known of Object.values(facts)) {
    let spare = known.size - 0.8 * MOST_FACTS
    for (const key of known.keys()) {
      if (spare <= 0) break
      if (needed.has(key)) continue
      known.delete(key)
      spare--
    }
  }
}

const numbers = new WeakMap<object, number>()
let objects = 0

function numberOf(object: object): number {
  let number = numbers.get(object)
  if (number === undefined) numbers.set(object, (number = objects++))
  return number
}

/** Resolves when the condition holds, at the latest with `end`. */
async function until(condition: () => boolean, end: Promise<void>): Promise<void> {
  let over = false
  void end.finally(() => (over = true))
  while (!over && !condition()) await new Promise<void>((resolve) => setTimeout(resolve, 2))
}
