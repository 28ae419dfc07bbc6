/** Commands that lenses and clients call: evaluate a hypothesis, stop it. */
import { MessageType, type CancellationToken, type WorkDoneProgressReporter } from 'vscode-languageserver/node'
import { availableParallelism } from 'node:os'
import { boundOf, type Parts } from './parts.ts'
import type { Finished } from './runs.ts'

export const COMMANDS = ['scrub.evaluate', 'scrub.cancel'] as const

interface Target {
  readonly uri: string
  readonly hypothesis: string
}

/** What `scrub.evaluate` answers; the report as in docs/report.md. */
export type Evaluated =
  | { readonly status: 'done' | 'partial'; readonly report: unknown }
  | { readonly status: 'cancelled' }
  | { readonly status: 'failed'; readonly message: string }

export function registerCommands({ connection, client, workspace, guard }: Parts): void {
  connection.onExecuteCommand(guard('executeCommand', async (params: { command: string; arguments?: unknown[]; workDoneToken?: string | number }, token): Promise<unknown> => {
    const target = targetOf(params.arguments?.[0])
    if (!target) return failed(`\`${params.command}\` takes { "uri": …, "hypothesis": … }.`)
    if (params.command === 'scrub.cancel') {
      workspace.runs.cancel(target.uri, target.hypothesis)
      return null
    }
    if (params.command !== 'scrub.evaluate') return failed(`There is no command \`${params.command}\`.`)
    const cancelled = new AbortController()
    token.onCancellationRequested(() => cancelled.abort())
    const progress = client.progress ? await connection.window.createWorkDoneProgress().catch(() => undefined) : undefined
    progress?.begin(`Scrub: ${target.hypothesis}`, 0, '', true)
    if (progress && 'token' in progress) (progress as { token: CancellationToken }).token.onCancellationRequested(() => cancelled.abort())
    try {
      const finished = await evaluate(target, progress, cancelled.signal)
      if (finished.kind === 'failed' && !cancelled.signal.aborted) void connection.sendNotification('window/showMessage', { type: MessageType.Error, message: finished.message })
      return answerOf(finished)
    } finally {
      progress?.done()
    }
  }, null as unknown) as never)

  async function evaluate(target: Target, progress: WorkDoneProgressReporter | undefined, cancelled: AbortSignal): Promise<Finished> {
    const opened = await boundOf(workspace, target.uri)
    if (!opened) return { kind: 'failed', message: `${target.uri} is not open.` }
    if (!workspace.settings.trusted) return { kind: 'failed', message: 'Nothing is run in a workspace that is not trusted; trust it first.' }
    const { bound, file, text } = opened.snapshot
    const hypothesis = bound?.hypotheses.find(({ name }) => name === target.hypothesis)
    if (!bound) return { kind: 'failed', message: 'The model or the data cannot be opened; see the problems of this file.' }
    if (!hypothesis) return { kind: 'failed', message: `There is no hypothesis "${target.hypothesis}" in this file.` }
    if (!hypothesis.ok) return { kind: 'failed', message: `"${target.hypothesis}" has errors; fix them first.` }
    const root = workspace.rootOf(target.uri)
    // The editor stays alive beside a run.
    const threads = workspace.settings.threads ?? Math.max(1, availableParallelism() - 2)
    return workspace.runs.evaluate(target.uri, target.hypothesis, bound, {
      file, text, hypotheses: [target.hypothesis], device: 'auto', costs: true, threads, ...(root === undefined ? {} : { root }),
    }, (phase, share) => progress?.report(Math.round(share * 100), phase), cancelled)
  }
}

function targetOf(argument: unknown): Target | undefined {
  const { uri, hypothesis } = (argument ?? {}) as { uri?: unknown; hypothesis?: unknown }
  return typeof uri === 'string' && typeof hypothesis === 'string' ? { uri, hypothesis } : undefined
}

function answerOf(finished: Finished): Evaluated {
  switch (finished.kind) {
    case 'result': return { status: finished.partial ? 'partial' : 'done', report: finished.result.report }
    case 'cancelled': return { status: 'cancelled' }
    case 'failed': return failed(finished.message)
  }
}

const failed = (message: string): Evaluated => ({ status: 'failed', message })
