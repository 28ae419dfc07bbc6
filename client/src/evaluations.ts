/** Runs beside the text: commands, the panel that shows one of them, progress and failures. */
import { CancellationTokenSource, commands, env, Uri, window, workspace, type Disposable, type LogOutputChannel, type WebviewPanel } from 'vscode'
import type { LanguageClient } from 'vscode-languageclient/node'
import type { Kept, PageToHost } from '../../media/src/messages.ts'
import { recovered } from '../../server/src/language/numbers.ts'
import { HEALTH, HYPOTHESES, KEY, KNOWN, RUN, type Health, type HypothesisPlace, type RunKey, type RunUpdate } from '../../server/src/protocol/editor.ts'
import { actionsOf } from './failures.ts'
import { Follow, hypothesisAtCursor } from './follow.ts'
import type { Panel } from './panel.ts'
import { Progress } from './progress.ts'
import { Projection } from './projection.ts'
import type { ReportStore, RunHead } from './report-store.ts'
import { pythonOf } from './python.ts'
import { Runs, type Answer, type How, type Outcome, type Shown, type Target } from './runs.ts'

/** Milliseconds after a change until the server is asked whether results are of an older text. */
const SETTLED = 300
/** Milliseconds after which the end of a run that nobody sees is told. */
const WORTH_TELLING = 30_000

type Next = (command: string, args: unknown[]) => unknown
type Tell = (target: Target, outcome: Outcome) => void
type Failed = Extract<Outcome, { readonly kind: 'failed' }>

export class Evaluations implements Disposable {
  readonly runs: Runs
  /** Told of every run that ends. */
  ended: (target: Target, outcome: Outcome) => void = () => {}
  /** Told of every hypothesis whose results are of an older text now. */
  aged: (target: Target) => void = () => {}
  /** Told of the hypotheses that are evaluated or wait to be. */
  going: (hypotheses: readonly string[]) => void = () => {}
  private readonly store: ReportStore
  private readonly panel: Panel
  private readonly progress: Progress
  private readonly follow: Follow
  private readonly projection: Projection
  private client: LanguageClient | undefined
  private readonly changing = new Map<string, NodeJS.Timeout>()
  /** How often in a row a run with a key ended the runner. */
  private readonly crashes = new Map<string, number>()
  /** It is being said that the workspace is not trusted. */
  private refusing = false
  private readonly listeners: Disposable[]

  constructor(store: ReportStore, panel: Panel, log: LogOutputChannel) {
    this.store = store
    this.panel = panel
    const failed = (what: string, error: unknown): void => log.error(`${what}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
    this.runs = new Runs(store, {
      evaluate: async (target, batch, stopped) => {
        const source = new CancellationTokenSource()
        stopped.addEventListener('abort', () => source.cancel(), { once: true })
        if (stopped.aborted) source.cancel()
        const asked = { command: 'scrub.evaluate', arguments: [{ ...target, ...(batch === undefined ? {} : { batch }) }] }
        return ((await this.client?.sendRequest('workspace/executeCommand', asked, source.token)) ?? null) as Answer | null
      },
      key: async (target) => (await this.client?.sendRequest<RunKey | null>(KEY, target).catch(() => undefined))?.key,
      known: (run) => void this.client?.sendNotification(KNOWN, run),
      changed: (target, shown) => this.changed(target, shown),
      failed,
    })
    this.progress = new Progress(() => panel.visible, (target) => this.runs.stop(target))
    this.projection = new Projection({
      shown: (target) => this.runs.shown(target),
      history: async ({ uri, hypothesis }) => store.history(uri, hypothesis),
      read: async (head) => store.read(head),
      names: async (uri) => this.names(uri),
      send: (message) => (message.type === 'report' ? panel.show(message) : panel.send(message)),
    })
    this.follow = new Follow((target, node) => {
      if (panel.visible && this.projection.isOf(target)) panel.send({ type: 'select', node })
    })
    panel.heard = (message) => void this.heard(message).catch((error: unknown) => failed('panel', error))
    this.listeners = [
      this.progress, this.follow, this.projection,
      workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        if (document.languageId === 'scrub' && contentChanges.length > 0) this.settle(document.uri.toString())
      }),
      workspace.onDidOpenTextDocument((document) => {
        if (document.languageId === 'scrub') void this.remember(document.uri.toString())
      }),
    ]
  }

  /** What the client says and hears. */
  use(client: LanguageClient): void {
    this.client = client
    client.onNotification(RUN, (update: RunUpdate) => {
      if (update.state === 'costs') this.projection.collect(update, update.costs)
      this.runs.take(update)
    })
  }

  /** The server was started: it is told what is known of the documents that are open. */
  started(): void {
    for (const { languageId, uri } of workspace.textDocuments) if (languageId === 'scrub') void this.remember(uri.toString())
  }

  /** Commands of the server, as lenses and the palette call them. */
  async command(command: string, args: unknown[], next: Next): Promise<unknown> {
    const given = args[0] as (Partial<Target> & How) | undefined
    if (command === 'scrub.revealModel' || (command === 'scrub.showProblems' && given?.uri)) return next(command, args)
    const target = given?.uri && given.hypothesis !== undefined ? { uri: given.uri, hypothesis: given.hypothesis } : await this.target()
    if (!target) return void window.showInformationMessage('Place the cursor in a hypothesis first.')
    if (command === 'scrub.showResults') return this.showResults(target)
    if (command === 'scrub.cancel') return this.runs.stop(target)
    if (command !== 'scrub.evaluate') return next(command, [target])
    return this.evaluate(target, given)
  }

  async evaluate(target: Target, how: How = {}, tell?: Tell): Promise<Outcome> {
    if (!workspace.isTrusted) return this.refused(target)
    this.projection.look(target)
    if (workspace.getConfiguration('scrub').get('results.openPanel') !== 'never') this.panel.open()
    return this.run(target, how, tell)
  }

  /** All hypotheses of a document, one after the other; the panel shows the first. */
  async evaluateAll(): Promise<void> {
    const uri = window.activeTextEditor?.document.languageId === 'scrub' ? window.activeTextEditor.document.uri.toString() : this.projection.target?.uri
    const names = uri === undefined ? [] : await this.names(uri)
    if (uri === undefined || names.length === 0) return void window.showInformationMessage('Open a .scrub file with a hypothesis first.')
    const broken: { target: Target; outcome: Failed }[] = []
    const tell = (target: Target, outcome: Outcome): void => {
      if (outcome.kind === 'failed' && outcome.failure === 'not-ready') broken.push({ target, outcome })
      else void this.tell(target, outcome)
    }
    await Promise.all(names.map((hypothesis, i) => (i === 0 ? this.evaluate({ uri, hypothesis }, {}, tell) : this.run({ uri, hypothesis }, {}, tell))))
    // Those that are not ready are told of at once, however many they are.
    const [one, ...more] = broken
    if (one) void this.tell(one.target, more.length === 0 ? one.outcome : { ...one.outcome, message: `${broken.length} of ${names.length} hypotheses were not evaluated: ${broken.map(({ target }) => `"${target.hypothesis}"`).join(', ')}. ${one.outcome.message}` })
  }

  /** Evaluates without bringing it to the panel. */
  async run(target: Target, how: How, tell: Tell = (of, outcome) => void this.tell(of, outcome)): Promise<Outcome> {
    if (!workspace.isTrusted) return this.refused(target)
    // Whoever asks for it while it runs waits for the same end, which is told once.
    const first = !this.runs.running(target)
    const outcome = await this.runs.evaluate(target, how)
    if (first) {
      this.ended(target, outcome)
      tell(target, outcome)
    }
    return outcome
  }

  /** Shows the last report again. */
  async openLast(): Promise<void> {
    const target = this.projection.target ?? (await hypothesisAtCursor()) ?? (await this.store.heads())[0]
    if (!target) return void window.showInformationMessage('There are no results yet: evaluate a hypothesis first.')
    await this.showResults(target)
  }

  /** Shows a node in the graph: what a link in a hover does. */
  async showNode({ uri, hypothesis, node }: Target & { readonly node: string }): Promise<void> {
    await this.showResults({ uri, hypothesis })
    this.panel.send({ type: 'select', node })
  }

  /** Fills a panel that VS Code kept over a reload with what it showed, or else with the last run. */
  async restore(panel: WebviewPanel, { uri, hypothesis }: Partial<Kept>): Promise<void> {
    this.panel.adopt(panel)
    // Also one that was being evaluated when the window went, of which there is no result yet.
    const kept = uri !== undefined && hypothesis !== undefined && hypothesis !== '' ? { uri, hypothesis } : undefined
    const target = this.projection.target ?? kept ?? (await this.store.heads())[0]
    if (target) await this.showResults(target, false)
    else this.panel.show({ type: 'report', report: null, state: 'empty' })
  }

  /** Lets the reader choose a run to set beside the one that is shown. */
  async compare(): Promise<void> {
    const target = this.projection.target ?? (await this.target())
    const shown = target && (await this.runs.open(target)).report
    if (!target || !shown) return void window.showInformationMessage('There are no results yet: evaluate a hypothesis first.')
    const heads = (await this.store.heads(target.uri)).filter(({ hypothesis, key }) => hypothesis !== target.hypothesis || key !== this.runs.key(target))
    heads.sort((a, b) => Number(b.hypothesis === target.hypothesis) - Number(a.hypothesis === target.hypothesis) || b.time - a.time)
    if (heads.length === 0) return void window.showInformationMessage(`There is no other run of this file to compare "${target.hypothesis}" with: change something and evaluate again.`)
    const chosen = await window.showQuickPick(heads.map((head) => ({ label: head.hypothesis, description: recovered(head.recovered), detail: `${new Date(head.time).toLocaleString()} · ${head.samples} samples · seed ${head.seed}${head.partial ? ' · stopped early' : ''}`, head })), { title: `Compare "${target.hypothesis}" with run…`, matchOnDetail: true })
    if (!chosen) return
    this.projection.look(target)
    this.panel.open()
    await this.projection.compare(chosen.head)
  }

  /** Copies the lines that read what is shown of a hypothesis into a notebook. */
  async copyPython(asked?: Target): Promise<void> {
    const target = asked ?? (await this.target())
    const key = target && this.runs.key(target)
    const all = target ? await this.store.history(target.uri, target.hypothesis) : []
    const head = all.find((one) => one.key === key) ?? all[0]
    if (!head) return void window.showInformationMessage('There are no results yet: evaluate a hypothesis first.')
    await env.clipboard.writeText(pythonOf(this.store.fileOf(head), head.hypothesis))
    void window.showInformationMessage(`Copied the lines of Python that read the results of "${head.hypothesis}".`)
  }

  /** Undefined where the server does not answer, or does not know the document. */
  async health(uri: string): Promise<Health | undefined> {
    return (await this.client?.sendRequest<Health | null>(HEALTH, { uri }).catch(() => undefined)) ?? undefined
  }

  /** The hypotheses of a document as it is now, open or not; undefined where the server does not answer. */
  async hypotheses(uri: string): Promise<HypothesisPlace[] | undefined> {
    const open = workspace.textDocuments.find((one) => one.uri.toString() === uri)
    try {
      const text = open?.getText() ?? new TextDecoder().decode(await workspace.fs.readFile(Uri.parse(uri)))
      return (await this.client?.sendRequest<HypothesisPlace[] | null>(HYPOTHESES, { uri, text })) ?? undefined
    } catch {
      return undefined
    }
  }

  dispose(): void {
    for (const timer of this.changing.values()) clearTimeout(timer)
    for (const listener of this.listeners) listener.dispose()
  }

  private async names(uri: string): Promise<string[]> {
    return ((await this.hypotheses(uri)) ?? []).map(({ name }) => name)
  }

  private async target(): Promise<Target | undefined> {
    return (await hypothesisAtCursor()) ?? this.projection.target
  }

  private async showResults(target: Target, open = true): Promise<void> {
    this.projection.look(target)
    if (open) this.panel.open()
    await this.runs.open(target)
    await this.projection.draw()
    // The others of the file stand beside it.
    await Promise.all((await this.names(target.uri)).map((hypothesis) => this.runs.open({ uri: target.uri, hypothesis })))
    if (this.projection.isOf(target)) await this.projection.draw()
  }

  /** The server learns what is on disk, so that lenses show it. */
  private async remember(uri: string): Promise<void> {
    const newest = new Map<string, RunHead>()
    for (const head of await this.store.heads(uri)) if (!newest.has(head.hypothesis)) newest.set(head.hypothesis, head)
    for (const head of newest.values()) {
      const run = await this.store.read(head)
      if (run) void this.client?.sendNotification(KNOWN, { uri, hypothesis: head.hypothesis, key: head.key, time: head.time, report: run.report })
    }
    for (const target of this.runs.of(uri)) await this.runs.age(target)
  }

  private changed(target: Target, shown: Shown): void {
    if (shown.state === 'running') {
      this.progress.begin(target)
      if (shown.progress) this.progress.step(target, shown.progress)
    } else this.progress.end(target)
    this.going(this.runs.going().map(({ hypothesis }) => hypothesis))
    if (shown.state === 'stale') this.aged(target)
    this.projection.changed(target)
  }

  private settle(uri: string): void {
    clearTimeout(this.changing.get(uri))
    this.changing.set(uri, setTimeout(() => {
      this.changing.delete(uri)
      for (const target of this.runs.of(uri)) void this.runs.age(target)
    }, SETTLED))
  }

  private async heard(message: PageToHost): Promise<void> {
    const current = this.projection.target
    if (!current) return
    const target = 'hypothesis' in message ? { uri: current.uri, hypothesis: message.hypothesis } : current
    if (message.type === 'select') await this.follow.select(target, message.node)
    else if (message.type === 'hypothesis') await this.showResults({ uri: current.uri, hypothesis: message.name })
    // Where something is shown already, what is asked for is another run of it.
    else if (message.type === 'evaluate') await this.evaluate(target, { again: this.runs.shown(target).state === 'cached' })
    else if (message.type === 'stop') this.runs.stop(target)
    else if (message.type === 'python') await this.copyPython(target)
    else if (message.type === 'compare') await this.projection.compare(undefined)
    // A page that was hidden missed what was told meanwhile.
    else if (message.type === 'ready' && this.runs.running(current)) await this.projection.draw()
  }

  private async refused(target: Target): Promise<Outcome> {
    const failure = { failure: 'untrusted', message: 'Nothing is evaluated in a workspace that is not trusted: trust it first.' } as const
    const outcome = { kind: 'failed', key: undefined, ...failure } as const
    // Once, however many hypotheses are asked for.
    if (!this.refusing) {
      this.refusing = true
      void this.tell(target, outcome).finally(() => (this.refusing = false))
    }
    return outcome
  }

  private async tell(target: Target, outcome: Outcome): Promise<void> {
    const again = (how: How) => this.evaluate(target, how)
    if (outcome.kind === 'failed') {
      const crashes = outcome.failure === 'crashed' && outcome.key !== undefined ? (this.crashes.get(outcome.key) ?? 0) + 1 : 0
      if (outcome.key !== undefined) this.crashes.set(outcome.key, crashes)
      const actions = actionsOf(outcome, crashes)
      const chosen = await window.showErrorMessage(outcome.message, ...actions.map(({ title }) => title))
      const action = actions.find(({ title }) => title === chosen)
      if (action?.retry) await again(action.retry)
      else if (action?.command) await commands.executeCommand(action.command, target)
      return
    }
    if (outcome.kind === 'done' && !outcome.cached && outcome.milliseconds > WORTH_TELLING && !(this.panel.visible && window.state.focused)) {
      const found = outcome.report.hypotheses.find(({ name }) => name === target.hypothesis)
      const chosen = await window.showInformationMessage(`${target.hypothesis}: ${found ? recovered(found.recovered) : ''} recovered (${Math.round(outcome.milliseconds / 1000)} s)`, 'Show')
      if (chosen === 'Show') await this.showResults(target)
    }
  }
}
