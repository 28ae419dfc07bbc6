/** The Test Explorer: every hypothesis with an `expect` is a test, which passes where all that is expected of it holds. */
import { basename } from 'node:path/posix'
import { Location, Range, TestMessage, TestRunProfileKind, TestRunRequest, tests, Uri, workspace, type CancellationToken, type Disposable, type LogOutputChannel, type TestItem, type TestRun } from 'vscode'
import type { HypothesisPlace, TextRange } from '../../server/src/protocol/editor.ts'
import type { Evaluations } from './evaluations.ts'
import type { Outcome, Target } from './runs.ts'
import { failures } from './verdict.ts'

/** Files that are looked at; more are found when they are opened. */
const MOST_FILES = 500
/** Milliseconds after a change until the tests of a file are looked for again. */
const SETTLED = 300

export class Tests implements Disposable {
  private readonly evaluations: Evaluations
  private readonly log: LogOutputChannel
  private readonly controller = tests.createTestController('scrub', 'Scrub')
  private readonly expectations = new WeakMap<TestItem, HypothesisPlace['expectations']>()
  private readonly timers = new Map<string, NodeJS.Timeout>()
  private readonly listeners: Disposable[]
  /** Hypotheses that a run of the Test Explorer evaluates: it tells their end itself. */
  private readonly mine = new Set<TestItem>()

  constructor(evaluations: Evaluations, log: LogOutputChannel) {
    this.evaluations = evaluations
    this.log = log
    const { controller } = this
    controller.resolveHandler = async (item) => {
      if (item) return
      for (const uri of await workspace.findFiles('**/*.scrub', '**/node_modules/**', MOST_FILES)) await this.look(uri)
    }
    controller.refreshHandler = () => controller.resolveHandler!(undefined)
    controller.createRunProfile('Evaluate', TestRunProfileKind.Run, (request, token) => this.run(request, token), true)
    evaluations.ended = (target, outcome) => this.ended(target, outcome)
    evaluations.aged = (target) => {
      const item = this.item(target)
      if (item) controller.invalidateTestResults(item)
    }
    const files = workspace.createFileSystemWatcher('**/*.scrub', false, true, false)
    this.listeners = [
      controller, files,
      files.onDidCreate((uri) => void this.look(uri)),
      files.onDidDelete((uri) => controller.items.delete(uri.toString())),
      workspace.onDidOpenTextDocument(({ languageId, uri }) => languageId === 'scrub' && void this.look(uri)),
      workspace.onDidChangeTextDocument(({ document: { languageId, uri } }) => {
        if (languageId !== 'scrub') return
        const name = uri.toString()
        clearTimeout(this.timers.get(name))
        this.timers.set(name, setTimeout(() => void this.look(uri), SETTLED))
      }),
    ]
  }

  /** The server answers: what is open is looked at. */
  started(): void {
    for (const { languageId, uri } of workspace.textDocuments) if (languageId === 'scrub') void this.look(uri)
  }

  dispose(): void {
    for (const timer of this.timers.values()) clearTimeout(timer)
    for (const listener of this.listeners) listener.dispose()
  }

  /** Makes the items of a file those of its text as it is now. */
  private async look(uri: Uri): Promise<void> {
    await this.update(uri).catch((error: unknown) => this.log.error(`tests of ${uri.fsPath}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`))
  }

  private async update(uri: Uri): Promise<void> {
    const name = uri.toString()
    const found = await this.evaluations.hypotheses(name)
    // A server that is away knows of no hypothesis, which says nothing about the file.
    if (!found) return
    const places = found.filter(({ expectations }) => expectations.length > 0)
    if (places.length === 0) return this.controller.items.delete(name)
    const file = this.controller.items.get(name) ?? this.controller.createTestItem(name, workspace.getWorkspaceFolder(uri) ? workspace.asRelativePath(uri) : basename(uri.path), uri)
    this.controller.items.add(file)
    const items = places.map((place) => {
      const item = file.children.get(place.name) ?? this.controller.createTestItem(place.name, place.name, uri)
      item.range = rangeOf({ start: place.range.start, end: place.range.start })
      item.description = place.expectations.map(({ text: one }) => one.replace(/\s+/g, ' ').replace(/^expect ("[^"]*"|\S+) (recovered )?/, '')).join(', ')
      this.expectations.set(item, place.expectations)
      return item
    })
    file.children.replace(items)
  }

  private item({ uri, hypothesis }: Target): TestItem | undefined {
    return this.controller.items.get(uri)?.children.get(hypothesis)
  }

  private async run(request: TestRunRequest, token: CancellationToken): Promise<void> {
    const run = this.controller.createTestRun(request)
    const excluded = new Set(request.exclude ?? [])
    const asked = request.include ?? [...this.controller.items].map(([, item]) => item)
    const items = [...new Set(asked.flatMap(leaves))].filter((item) => !excluded.has(item) && !(item.parent && excluded.has(item.parent)))
    const waiting = new Set(items)
    token.onCancellationRequested(() => {
      // At once: what is said after the end of the run is lost.
      for (const item of waiting) {
        run.skipped(item)
        this.evaluations.runs.stop(targetOf(item))
      }
      waiting.clear()
      run.end()
    })
    for (const item of items) run.enqueued(item)
    for (const item of items) {
      if (token.isCancellationRequested) break
      this.mine.add(item)
      run.started(item)
      const started = performance.now()
      try {
        // The server evaluates what is open.
        await workspace.openTextDocument(item.uri!)
        const outcome = await this.evaluations.run(targetOf(item), {})
        if (waiting.has(item)) this.judge(run, item, outcome, performance.now() - started)
      } catch (error) {
        if (waiting.has(item)) run.errored(item, new TestMessage(String(error)), performance.now() - started)
      } finally {
        this.mine.delete(item)
        waiting.delete(item)
      }
    }
    if (!token.isCancellationRequested) run.end()
  }

  /** An evaluation from elsewhere is a run of the test too. */
  private ended(target: Target, outcome: Outcome): void {
    const item = this.item(target)
    if (!item || this.mine.has(item) || outcome.kind === 'cancelled') return
    const run = this.controller.createTestRun(new TestRunRequest([item]), target.hypothesis, false)
    run.started(item)
    this.judge(run, item, outcome, outcome.kind === 'failed' ? 0 : outcome.milliseconds)
    run.end()
  }

  private judge(run: TestRun, item: TestItem, outcome: Outcome, milliseconds: number): void {
    if (outcome.kind === 'cancelled') return run.skipped(item)
    if (outcome.kind === 'failed') return run.errored(item, messageAt(outcome.message, item, undefined), milliseconds)
    if (outcome.kind === 'partial') return run.errored(item, messageAt('Stopped before all samples were drawn: nothing is decided.', item, undefined), milliseconds)
    if (outcome.cached) run.appendOutput(`${item.label}: from an earlier run of the same hypothesis, model, data and options.\r\n`, undefined, item)
    const failed = failures(outcome.report, targetOf(item).hypothesis)
    if (failed.length === 0) return run.passed(item, milliseconds)
    run.failed(item, failed.map(({ text, message }) => messageAt(message, item, this.expectations.get(item)?.find((one) => one.text === text)?.range)), milliseconds)
  }
}

/** Items of hypotheses: itself, or those of a file. */
const leaves = (item: TestItem): TestItem[] => (item.parent ? [item] : [...item.children].map(([, child]) => child))

/** Of the item of a hypothesis, whose name is its id in the item of its file. */
const targetOf = ({ id, parent }: TestItem): Target => ({ uri: parent!.id, hypothesis: id })

function messageAt(text: string, item: TestItem, range: TextRange | undefined): TestMessage {
  const message = new TestMessage(text)
  const at = range ? rangeOf(range) : item.range
  if (item.uri && at) message.location = new Location(item.uri, at)
  return message
}

const rangeOf = ({ start, end }: TextRange): Range => new Range(start.line, start.character, end.line, end.character)
