/**
 * One open document: its text is parsed and bound after every change, in steps between which other requests are answered and
 * a newer text takes over. What is known of the data is added when it comes.
 */
import { parse, type Finding, type Parsed } from '@scrub/grammar'
import { Binder } from '../hypothesis/binder.ts'
import type { BoundFile } from '../hypothesis/bound.ts'
import type { LastResult, Snapshot } from '../language/snapshot.ts'
import { distinct, structuralWarnings } from '../scrub/warnings.ts'
import type { FileStore } from './files.ts'
import { Opener, type Opening } from './given.ts'
import type { DataView, Inspector } from './inspector.ts'

export interface SessionHost {
  readonly files: FileStore
  readonly inspector: Inspector
  /** Confines what a document opens; undefined trusts it. */
  readonly rootOf: (uri: string) => string | undefined
  /** The last evaluation of a hypothesis of this document. */
  readonly result: (uri: string, hypothesis: string, bound: BoundFile | undefined) => LastResult | undefined
  /** The findings of the current version are known, or more of them. */
  readonly changed: (session: Session) => void
  readonly failed: (what: string, error: unknown) => void
}

/** Milliseconds after which a step lets other things happen. */
const STEP = 8
/** Milliseconds that files have to be opened; then features and findings go by the text alone until they are. */
const OPENING = 150

export class Session {
  readonly uri: string
  /** Absolute path. */
  readonly file: string
  private readonly host: SessionHost
  private readonly opener: Opener
  private readonly binder = new Binder()
  private text: string
  private current: number
  private parsed: Parsed | undefined
  /** Of an earlier version, for what has not changed since. */
  private last: Parsed | undefined
  private snapshot: Snapshot | undefined
  private view: DataView | undefined
  private found: readonly Finding[] = []
  /** Those of the text alone, while the files that it names are being opened. */
  private early: readonly Finding[] | undefined
  private waiting: ((snapshot: Snapshot) => void)[] = []
  private patient: (() => void)[] = []
  private aborted = new AbortController()
  private scheduled: NodeJS.Immediate | undefined
  private opening: Opening | undefined
  private closed = false

  constructor(uri: string, file: string, text: string, version: number, host: SessionHost) {
    this.uri = uri
    this.file = file
    this.text = text
    this.current = version
    this.host = host
    this.opener = new Opener(host.files)
    this.schedule()
  }

  get version(): number {
    return this.current
  }

  /** Absolute paths of the files that the text names, as far as it has been read. */
  get paths(): ReadonlySet<string> {
    return this.opening?.paths ?? new Set()
  }

  /** What the document is bound to; undefined until it is. */
  get bound(): BoundFile | undefined {
    return this.snapshot?.bound
  }

  change(text: string, version: number): void {
    this.text = text
    this.current = version
    this.parsed = undefined
    this.reread()
  }

  /** Binds again: files, settings or results have changed. */
  reread(): void {
    if (this.closed) return
    this.aborted.abort()
    this.aborted = new AbortController()
    this.snapshot = undefined
    this.early = undefined
    this.schedule()
  }

  close(): void {
    this.closed = true
    this.aborted.abort()
    clearImmediate(this.scheduled)
    const last = this.textOnly()
    for (const resolve of this.waiting.splice(0)) resolve(last)
    for (const resolve of this.patient.splice(0)) resolve()
  }

  /** The document as it is now, as soon as it is bound; from the text alone where files are long in opening. */
  ready(): Promise<Snapshot> {
    if (this.snapshot) return Promise.resolve(this.snapshot)
    if (this.closed) return Promise.resolve(this.textOnly())
    return new Promise((resolve) => this.waiting.push(resolve))
  }

  /** What the document as it is now is bound to, however long its files are in opening; undefined where it cannot be, or is closed. */
  async whenBound(): Promise<BoundFile | undefined> {
    while (!this.snapshot && !this.closed) await new Promise<void>((resolve) => this.patient.push(resolve))
    return this.bound
  }

  /** The document as it is now, without model and data: for what needs only the text. */
  textOnly(): Snapshot {
    const { file, text, uri } = this
    const known = this.snapshot
    if (known) return known
    return { file, text, parsed: this.tree(), bound: undefined, known: () => undefined, classes: async () => undefined, result: (name) => this.host.result(uri, name, undefined) }
  }

  /** Everything found in the current version so far; undefined until it is bound, or takes long to be. */
  findings(): readonly Finding[] | undefined {
    if (!this.snapshot) return this.early
    return distinct([...this.found, ...(this.view?.findings() ?? [])])
  }

  /** Resolves when all is known of the data, or after so many milliseconds. */
  async settled(patience: number): Promise<void> {
    await this.ready()
    await this.view?.settled(patience)
  }

  private tree(): Parsed {
    if (!this.parsed) {
      this.parsed = parse(this.text, this.last)
      this.last = this.parsed
    }
    return this.parsed
  }

  private schedule(): void {
    // Changes that have arrived together are one.
    this.scheduled ??= setImmediate(() => {
      this.scheduled = undefined
      const { signal } = this.aborted
      this.analyse(signal).catch((error: unknown) => {
        this.host.failed('analysis', error)
        // Features go on with the text.
        if (!signal.aborted) this.finish(undefined, this.tree().findings)
      })
    })
  }

  private async analyse(signal: AbortSignal): Promise<void> {
    const parsed = this.tree()
    const opening = this.opener.open(parsed, this.file, this.host.rootOf(this.uri))
    const slow = setTimeout(() => {
      if (signal.aborted) return
      this.release(this.textOnly())
      // Later on the findings of the last text stay until those of this one are whole.
      if (this.opening) return
      this.early = parsed.findings
      this.host.changed(this)
    }, OPENING)
    let opened: Opening
    try {
      opened = await opening
    } finally {
      clearTimeout(slow)
    }
    this.opening = opened
    if (signal.aborted) return
    if (!opened.given) return this.finish(undefined, [...parsed.findings, ...opened.findings])
    const { given } = opened
    const steps = this.binder.bind(parsed.file, this.text, given)
    let last = performance.now()
    let step = steps.next()
    while (!step.done) {
      if (performance.now() - last > STEP) {
        await new Promise<void>((resolve) => setImmediate(resolve))
        if (signal.aborted) return
        last = performance.now()
      }
      step = steps.next()
    }
    const bound = step.value
    const warnings = bound.hypotheses.flatMap((hypothesis) => structuralWarnings(bound, hypothesis))
    this.finish(bound, [...parsed.findings, ...opened.findings, ...bound.findings, ...warnings], signal)
  }

  private finish(bound: BoundFile | undefined, findings: readonly Finding[], signal?: AbortSignal): void {
    const { file, text, uri } = this
    const view = bound && signal ? this.host.inspector.view(bound, this.host.rootOf(uri), signal, () => !signal.aborted && this.host.changed(this)) : undefined
    this.view = view
    this.found = findings
    this.snapshot = {
      file, text, parsed: this.tree(), bound,
      known: (feature) => view?.known(feature),
      classes: async (feature) => view?.classes(feature),
      result: (name) => this.host.result(uri, name, bound),
    }
    this.release(this.snapshot)
    for (const resolve of this.patient.splice(0)) resolve()
    this.host.changed(this)
  }

  private release(snapshot: Snapshot): void {
    for (const resolve of this.waiting.splice(0)) resolve(snapshot)
  }
}
