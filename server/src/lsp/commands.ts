/** Commands that lenses and clients call: evaluate a hypothesis, stop it, show what is known of it. */
import { MessageType, ShowDocumentRequest, ShowMessageNotification, type CancellationToken, type ExecuteCommandParams, type Range, type WorkDoneProgressReporter } from 'vscode-languageserver/node'
import { nameOf } from '../hypothesis/collect.ts'
import { statementsOf } from '../hypothesis/items.ts'
import type { HypothesisReport, Report } from '../protocol/report.ts'
import type { RunFailure } from '../protocol/editor.ts'
import { resultText } from '../language/lenses.ts'
import { phaseName } from '../language/phases.ts'
import { rangeOf } from './convert.ts'
import { modelListing } from './model-outline.ts'
import { boundOf, type Parts } from './parts.ts'
import { comparedWith, subjectsOf } from './run-key.ts'
import type { Finished } from './runs.ts'

export const COMMANDS = ['scrub.evaluate', 'scrub.cancel', 'scrub.showResults', 'scrub.showProblems', 'scrub.revealModel'] as const

interface Target {
  readonly uri: string
  readonly hypothesis: string | undefined
  /** Samples of a batch, instead of the setting. */
  readonly batch?: number
}

/** What `scrub.evaluate` answers; the report as in docs/report.md. */
export type Evaluated =
  /** `whole` is the report of the run, `report` the hypothesis in it. */
  | { readonly status: 'done' | 'partial'; readonly report: HypothesisReport; readonly whole: Report; readonly key: string }
  | { readonly status: 'cancelled' }
  | ({ readonly status: 'failed' } & RunFailure)

const top: Range = { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } }

export function registerCommands({ connection, client, workspace, guard }: Parts): void {
  const say = (message: string, type: MessageType = MessageType.Info) => void connection.sendNotification(ShowMessageNotification.type, { type, message })
  /** In the editor where it can show a document, otherwise as a message. */
  const show = async (uri: string, selection: Range, sentence: string): Promise<void> => {
    const shown = client.showsDocuments && (await connection.sendRequest(ShowDocumentRequest.type, { uri, selection, takeFocus: true })).success
    if (!shown) say(sentence)
  }

  /** Evaluations from their request on: one that still waits for its files can be cancelled too. */
  const preparing = new Set<{ readonly uri: string; readonly hypothesis: string | undefined; readonly stop: () => void }>()

  const commands: Record<(typeof COMMANDS)[number], (target: Target, token: CancellationToken) => Promise<unknown>> = {
    'scrub.evaluate': (target, token) => evaluate(target, token),
    'scrub.cancel': async ({ uri, hypothesis }) => {
      for (const one of preparing) if (one.uri === uri && (hypothesis === undefined || one.hypothesis === hypothesis)) one.stop()
      workspace.runs.cancel(uri, hypothesis)
      return null
    },
    'scrub.showResults': async ({ uri, hypothesis }) => {
      const opened = await boundOf(workspace, uri)
      const result = hypothesis === undefined ? undefined : opened?.snapshot.result(hypothesis)
      say(result ? resultText(hypothesis!, result, Date.now()) : 'There are no results yet: evaluate the hypothesis first.')
      return result?.report ?? null
    },
    'scrub.showProblems': async ({ uri, hypothesis }) => {
      const opened = await boundOf(workspace, uri)
      if (!opened) return null
      const { document, session, snapshot } = opened
      const item = statementsOf(snapshot.parsed.file).hypotheses.find(({ name }) => name && nameOf(name) === hypothesis)
      const errors = (session.findings() ?? []).filter(({ severity }) => severity === 'error')
      const first = errors.find(({ span }) => item && span.start < item.span.end && span.end > item.span.start) ?? errors[0]
      if (first) await show(uri, rangeOf(document, first.span), `Line ${document.positionAt(first.span.start).line + 1}: ${first.message}`)
      return null
    },
    'scrub.revealModel': async ({ uri }) => {
      const opened = await boundOf(workspace, uri)
      const { bound } = opened?.snapshot ?? {}
      if (bound) {
        const listing = await modelListing(bound)
        await show(listing, top, `The tensors of the model are listed in ${listing}.`)
      }
      return null
    },
  }

  connection.onExecuteCommand(guard('executeCommand', async ({ command, arguments: given }: ExecuteCommandParams, token): Promise<unknown> => {
    const run = commands[command as keyof typeof commands]
    const target = targetOf(given?.[0])
    if (!run) return answerOf(notReady(`There is no command \`${command}\`.`))
    if (!target) return answerOf(notReady(`\`${command}\` takes { "uri": …, "hypothesis": … }.`))
    return run(target, token)
  }, null, true))

  async function evaluate(target: Target, token: CancellationToken): Promise<Evaluated> {
    const cancelled = new AbortController()
    if (token.isCancellationRequested) return { status: 'cancelled' }
    token.onCancellationRequested(() => cancelled.abort())
    const asked = { uri: target.uri, hypothesis: target.hypothesis, stop: () => cancelled.abort() }
    preparing.add(asked)
    const progress = client.progress && !client.showsRuns ? await connection.window.createWorkDoneProgress().catch(() => undefined) : undefined
    progress?.begin(`Scrub: ${target.hypothesis}`, 0, '', true)
    if (progress && 'token' in progress) (progress as { token: CancellationToken }).token.onCancellationRequested(() => cancelled.abort())
    try {
      const finished = await run(target, progress, cancelled.signal)
      if (finished.kind === 'failed' && !cancelled.signal.aborted && !client.showsRuns) say(finished.message, MessageType.Error)
      return answerOf(finished)
    } finally {
      preparing.delete(asked)
      progress?.done()
    }
  }

  async function run({ uri, hypothesis: name, batch }: Target, progress: WorkDoneProgressReporter | undefined, cancelled: AbortSignal): Promise<Finished> {
    const opened = await boundOf(workspace, uri)
    if (!opened) return notReady(`${uri} is not open.`)
    if (!workspace.settings.trusted) return { kind: 'failed', failure: 'untrusted', message: 'Nothing is run in a workspace that is not trusted; trust it first.' }
    const { bound, text } = opened.snapshot
    const hypothesis = bound?.hypotheses.find((one) => one.name === name)
    if (!bound) return notReady('The model or the data cannot be opened; see the problems of this file.')
    if (!hypothesis) return notReady(`There is no hypothesis "${name ?? ''}" in this file.`)
    if (!hypothesis.ok) return notReady(`"${hypothesis.name}" has errors; fix them first.`)
    const key = workspace.keyOf(uri, hypothesis.name, bound)
    const subjects = subjectsOf(bound, hypothesis.name)
    if (key === undefined || !subjects) return notReady(`A hypothesis that "${hypothesis.name}" is compared with has errors; fix them first.`)
    const request = { ...workspace.requestOf(uri)!, text, hypotheses: subjects.map((one) => one.name), costs: true, costsOf: [hypothesis.name], watched: client.showsRuns, nulls: workspace.settings.nulls, sensitivity: workspace.settings.sensitivity, ...(batch === undefined ? {} : { batch }) }
    return workspace.runs.evaluate({ uri, hypothesis: hypothesis.name, key, request, needed: comparedWith(bound, hypothesis.name) }, (phase, share) => progress?.report(Math.round(share * 100), phaseName(phase)), cancelled)
  }
}

function targetOf(argument: unknown): Target | undefined {
  const { uri, hypothesis, batch } = (argument ?? {}) as { uri?: unknown; hypothesis?: unknown; batch?: unknown }
  if (typeof uri !== 'string') return undefined
  return { uri, hypothesis: typeof hypothesis === 'string' ? hypothesis : undefined, ...(typeof batch === 'number' && Number.isInteger(batch) && batch > 0 ? { batch } : {}) }
}

function answerOf(finished: Finished): Evaluated {
  switch (finished.kind) {
    case 'result': return { status: finished.partial ? 'partial' : 'done', report: finished.result.report, whole: finished.whole, key: finished.key }
    case 'cancelled': return { status: 'cancelled' }
    case 'failed': return { status: 'failed', failure: finished.failure, message: finished.message }
  }
}

const notReady = (message: string) => ({ kind: 'failed', failure: 'not-ready', message }) as const
