/** Code lenses: what the file was checked against, and above each hypothesis two slots: evaluate it, and its last result. */
import type { Finding, Span } from '@scrub/grammar'
import { basename } from 'node:path'
import { nameOf } from '../hypothesis/collect.ts'
import { statementsOf } from '../hypothesis/items.ts'
import { count, mean, plural, recovered } from './numbers.ts'
import type { LastResult, Snapshot } from './snapshot.ts'

export interface Lens {
  readonly span: Span
  readonly title: string
  readonly command: { readonly name: string; readonly arguments: Readonly<Record<string, string>> }
}

export interface Running {
  /** Milliseconds since the epoch. */
  readonly started: number
  /** The hypothesis that is evaluated before this one, which waits. */
  readonly behind?: string
}

/**
 * One lens for the file and two for every hypothesis, whatever is wrong: their number never changes while a line is typed.
 * `now` in milliseconds since the epoch.
 */
export function lenses(snapshot: Snapshot, findings: readonly Finding[], running: (hypothesis: string) => Running | undefined, now: number): Lens[] {
  const { hypotheses } = statementsOf(snapshot.parsed.file)
  return [fileLens(snapshot, findings), ...hypotheses.flatMap((item): Lens[] => {
    const span = item.keyword
    const name = item.name && nameOf(item.name)
    if (!name) {
      return [
        { span, title: '✕ Name this hypothesis to evaluate it', command: { name: 'scrub.showProblems', arguments: {} } },
        { span, title: 'No results yet', command: { name: 'scrub.showResults', arguments: {} } },
      ]
    }
    const state = running(name)
    const result = snapshot.result(name)
    return [
      { span, ...(state ? stopping(name, state) : starting(snapshot, findings, item.span, name, result)) },
      { span, title: result ? resultTitle(result, now) : 'No results yet', command: { name: 'scrub.showResults', arguments: { hypothesis: name } } },
    ]
  })]
}

function fileLens(snapshot: Snapshot, findings: readonly Finding[]): Lens {
  const path = snapshot.bound?.graph.path
  return { span: { start: 0, end: 0 }, title: against(snapshot, findings), command: path === undefined ? { name: 'scrub.showProblems', arguments: {} } : { name: 'scrub.revealModel', arguments: { path } } }
}

/** What a file was checked against, or why it was not. */
export function against({ bound }: Snapshot, findings: readonly Finding[]): string {
  if (!bound) {
    const unreadable = findings.find(({ code }) => code === 'model-unreadable' || code === 'data-unreadable' || code === 'outside-root' || code === 'fixed-batch' || code === 'empty-data')
    return unreadable ? `✕ Not validated: ${unreadable.code.startsWith('data') || unreadable.code === 'empty-data' ? 'the data' : 'the model'} cannot be read` : '✕ Not validated: a model and data are needed'
  }
  return `Validated against ${basename(bound.graph.path)} · ${plural((bound.transformer?.view.original ?? bound.graph).ops.length, 'operator')} · ${count(bound.schema.rows)} data`
}

function starting({ bound }: Snapshot, findings: readonly Finding[], { start, end }: Span, name: string, result: LastResult | undefined): Pick<Lens, 'title' | 'command'> {
  const errors = findings.filter(({ severity, span }) => severity === 'error' && span.start < end && span.end > start).length
  if (errors === 0 && bound?.hypotheses.find((one) => one.name === name)?.ok) return { title: ['▷ Evaluate', ...estimate(result)].join(' · '), command: { name: 'scrub.evaluate', arguments: { hypothesis: name } } }
  const title = errors > 0 ? `✕ Fix ${plural(errors, 'error')} to evaluate` : '✕ Fix the errors of this file to evaluate'
  return { title, command: { name: 'scrub.showProblems', arguments: { hypothesis: name } } }
}

/** What the last run took is what the next one will take, about; nothing is said of what is quick. */
function estimate(result: LastResult | undefined): string[] {
  if (!result || result.live || result.report.partial) return []
  const seconds = Math.round(result.report.seconds + result.report.costSeconds)
  if (seconds < 2) return []
  return [`${result.device} · about ${seconds < 100 ? `${seconds} s` : `${Math.round(seconds / 60)} min`}`]
}

function stopping(name: string, { started, behind }: Running): Pick<Lens, 'title' | 'command'> {
  const at = new Date(started)
  const two = (value: number): string => String(value).padStart(2, '0')
  return { title: behind === undefined ? `■ Stop · started ${two(at.getHours())}:${two(at.getMinutes())}` : `■ Cancel · queued behind "${behind}"`, command: { name: 'scrub.cancel', arguments: { hypothesis: name } } }
}

function resultTitle({ report, stale, live, time }: LastResult, now: number): string {
  const value = report.recovered.value === null ? 'nothing to recover' : `${recovered(report.recovered)} recovered`
  const failed = report.expectations.filter(({ holds }) => !holds).length
  if (live) return `Live: ${value} · ${plural(report.samples, 'sample')}`
  const parts = [`${stale ? 'Results (older text)' : 'Results'}: ${value}`, report.partial ? 'stopped early' : '', failed > 0 ? `✗ ${plural(failed, 'expectation')}` : '', ago(now - time)]
  return parts.filter(Boolean).join(' · ')
}

/** The last result of a hypothesis in a few words. */
export function resultText(hypothesis: string, result: LastResult, now: number): string {
  const { report, metric } = result
  const means = `${metric}: model ${mean(report.model)}, scrubbed ${mean(report.scrubbed)}, shuffled ${mean(report.shuffled)}`
  return `${hypothesis}. ${resultTitle(result, now)}. ${means}.${report.expectations.map(({ text, holds }) => ` ${holds ? '✓' : '✗'} ${text.replace(/\s+/g, ' ')}`).join('')}`
}

function ago(milliseconds: number): string {
  const minutes = Math.floor(milliseconds / 60_000)
  if (minutes < 1) return 'just now'
  if (minutes < 60) return `${minutes} min ago`
  const hours = Math.floor(minutes / 60)
  return hours < 24 ? `${hours} h ago` : `${plural(Math.floor(hours / 24), 'day')} ago`
}
