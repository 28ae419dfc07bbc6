/** What the parts of the compiler share: the dag, findings so far, and compiled families. */
import type { Finding, Span } from '@scrub/grammar'
import type { Dag } from '../onnx/dag.ts'
import { sentence } from './sentence.ts'
import type { ExprContext, Static } from './types.ts'
import { NeedsUnrolling, Problem, type MapAxis } from './value.ts'

/** Inlined families inside each other. */
const DEPTH_LIMIT = 64
/** Expressions compiled for one, over all families and members inlined. */
const WORK_LIMIT = 2_000_000

/** Stops the whole expression: going on would not end. */
export class Abort extends Error {
  readonly problem: Problem
  constructor(problem: Problem) {
    super(problem.message)
    this.problem = problem
  }
}

const unknownIndex = (): Problem => new Problem('type-mismatch', 'an index in this expression must be known without the data')

/** What was found on one attempt; dropped when the attempt is given up. */
interface Attempt {
  readonly findings: Finding[]
  readonly uses: (() => void)[]
  readonly memo: Map<unknown, Map<string, unknown>>
}

const newAttempt = (): Attempt => ({ findings: [], uses: [], memo: new Map() })

export class Compiler {
  readonly context: ExprContext
  readonly dag: Dag
  private attempts: Attempt[] = [newAttempt()]
  private nextMap = 0
  private depth = 0
  private work = 0

  constructor(context: ExprContext) {
    this.context = context
    this.dag = context.dag
  }

  /** Run `body` and hand over its findings and uses. Whatever it throws as a Problem becomes a finding at `span`. */
  top<T>(span: Span, body: () => T): T | undefined {
    let result: T | undefined
    try {
      result = body()
    } catch (error) {
      const problem = error instanceof Abort ? error.problem : error instanceof Problem ? error : error instanceof NeedsUnrolling ? unknownIndex() : undefined
      if (problem) this.report(problem, span)
      else if (error instanceof RangeError) this.report(new Problem('too-deep', 'this expression is nested too deeply; give parts of it names with let'), span)
      else throw error
    }
    const { findings, uses } = this.attempts[0]!
    const seen = new Set<string>()
    for (const finding of findings) {
      const key = `${finding.code} ${finding.span.start} ${finding.span.end} ${finding.message}`
      if (!seen.has(key)) this.context.report(finding)
      seen.add(key)
    }
    for (const use of uses) use()
    return findings.some((finding) => finding.severity === 'error') ? undefined : result
  }

  report(problem: { readonly code: string; readonly message: string; readonly span?: Span | undefined }, span: Span, severity: Finding['severity'] = 'error'): void {
    this.now.findings.push({ code: problem.code, severity, message: sentence(problem.message), span: problem.span ?? span })
  }

  /** Remember that a member of a node family was used. */
  used(onUse: (member: readonly Static[]) => void, member: readonly Static[]): void {
    this.now.uses.push(() => onUse(member))
  }

  /**
   * Run `body`; if members of node families are used in it, the members must be told apart. For what stands under a
   * condition on an index: a member that no index chooses is not used.
   */
  withoutUses<T>(body: () => T): T {
    const before = this.now.uses.length
    const result = body()
    if (this.now.uses.length > before) throw new NeedsUnrolling()
    return result
  }

  /** Run `vectorised`; where an index must be known, forget what it found and run `unrolled`. */
  attempt<T>(vectorised: () => T, unrolled: () => T): T {
    this.attempts.push(newAttempt())
    try {
      const result = vectorised()
      const done = this.attempts.pop()!
      this.now.findings.push(...done.findings)
      this.now.uses.push(...done.uses)
      for (const [owner, entries] of done.memo) for (const [key, made] of entries) this.remember(owner, key, made)
      return result
    } catch (error) {
      this.attempts.pop()
      if (!(error instanceof NeedsUnrolling)) throw error
    }
    return unrolled()
  }

  /** Compile once per owner and key within this expression. */
  memo<T>(owner: unknown, key: string, make: () => T): T {
    for (const { memo } of this.attempts) {
      const entries = memo.get(owner)
      if (entries?.has(key)) return entries.get(key) as T
    }
    const made = make()
    this.remember(owner, key, made)
    return made
  }

  /** Inline one level further. `mapped`: an index stands for many values, so the recursion may end once it is known. */
  inline<T>(mapped: boolean, name: string, span: Span, body: () => T): T {
    if (this.depth >= DEPTH_LIMIT) {
      if (mapped) throw new NeedsUnrolling()
      throw new Abort(new Problem('too-deep', `\`${name}\` uses itself more than ${DEPTH_LIMIT} times over; give its definition an end, or use cumulative_sum`, span))
    }
    this.depth++
    try {
      return body()
    } finally {
      this.depth--
    }
  }

  newMap(length: number): MapAxis {
    return { id: this.nextMap++, length }
  }

  /** Counts every expression compiled, members included. */
  step(span: Span): void {
    if (++this.work > WORK_LIMIT) throw new Abort(new Problem('too-large', 'this expression is too large once its families and comprehensions are written out', span))
  }

  private get now(): Attempt {
    return this.attempts[this.attempts.length - 1]!
  }

  private remember(owner: unknown, key: string, made: unknown): void {
    const entries = this.now.memo.get(owner) ?? new Map<string, unknown>()
    this.now.memo.set(owner, entries.set(key, made))
  }
}
