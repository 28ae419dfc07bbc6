/** Runs that were made, on disk: what a panel is restored from, what is not computed twice, and the history of a hypothesis. */
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Interval, Report } from '../../server/src/protocol/report.ts'

/** A run in a few words. */
export interface RunHead {
  /** URI of the document. */
  readonly uri: string
  readonly hypothesis: string
  /** Of equal keys the results are equal. */
  readonly key: string
  /** Milliseconds since 1970. */
  readonly time: number
  readonly partial: boolean
  readonly seed: number
  readonly samples: number
  readonly recovered: Interval
}

export interface StoredRun extends RunHead {
  readonly report: Report
}

/** Bytes that all runs together may take. */
const MOST_BYTES = 200 * 2 ** 20
const HEAD = '.head.json'

export class ReportStore {
  private readonly folder: string
  private readonly most: number

  constructor(storage: string, most = MOST_BYTES) {
    this.folder = join(storage, 'runs')
    this.most = most
  }

  /** Keeps a run, in the place of one with the same key, and gives up the oldest ones where there is too much. */
  async keep(run: StoredRun): Promise<void> {
    await mkdir(this.folder, { recursive: true })
    const path = this.pathOf(run)
    const { report, ...head } = run
    await replace(`${path}.json`, JSON.stringify({ report }))
    // Written last: a run without it is none.
    await replace(`${path}${HEAD}`, JSON.stringify(head))
    await this.giveUp(path)
  }

  /** The runs of a document, or all of them, the newest first. */
  async heads(uri?: string): Promise<RunHead[]> {
    const names = await readdir(this.folder).catch(() => [])
    const start = uri === undefined ? '' : digest(uri)
    const found = await Promise.all(names.filter((name) => name.endsWith(HEAD) && name.startsWith(start)).map((name) => json(join(this.folder, name))))
    return found.filter(isHead).sort((a, b) => b.time - a.time)
  }

  /** The runs of one hypothesis, the newest first. */
  async history(uri: string, hypothesis: string): Promise<RunHead[]> {
    return (await this.heads(uri)).filter((head) => head.hypothesis === hypothesis)
  }

  /** The run with this key, or the last one that is there. */
  async get(uri: string, hypothesis: string, key?: string): Promise<StoredRun | undefined> {
    for (const head of await this.history(uri, hypothesis)) {
      if (key !== undefined && head.key !== key) continue
      const run = await this.read(head)
      if (run) return run
    }
    return undefined
  }

  /** Undefined where the file is gone or broken. */
  async read(head: RunHead): Promise<StoredRun | undefined> {
    const found = (await json(this.fileOf(head))) as { report?: Partial<Report> } | undefined
    return Array.isArray(found?.report?.hypotheses) ? { ...head, report: found.report as Report } : undefined
  }

  /** The file of a run, JSON of an object with the report as `report`; it stays until newer ones need its room. */
  fileOf(head: RunHead): string {
    return `${this.pathOf(head)}.json`
  }

  private pathOf({ uri, hypothesis, key }: RunHead): string {
    return join(this.folder, `${digest(uri)}-${digest(hypothesis)}-${digest(key)}`)
  }

  private async giveUp(newest: string): Promise<void> {
    const names = await readdir(this.folder)
    const files = await Promise.all(names.filter((name) => name.endsWith('.json') && !name.endsWith(HEAD)).map(async (name) => {
      const path = join(this.folder, name.slice(0, -'.json'.length))
      const { size, mtimeMs } = await stat(`${path}.json`).catch(() => ({ size: 0, mtimeMs: 0 }))
      return { path, size, time: mtimeMs }
    }))
    let bytes = 0
    for (const { path, size } of files.sort((a, b) => Number(b.path === newest) - Number(a.path === newest) || b.time - a.time)) {
      bytes += size
      if (bytes > this.most && path !== newest) await Promise.all([rm(`${path}${HEAD}`, { force: true }), rm(`${path}.json`, { force: true })])
    }
  }
}

const digest = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 24)

let written = 0

/** Whole or not at all, whoever else writes. */
async function replace(path: string, text: string): Promise<void> {
  const fresh = `${path}.${process.pid}.${written++}`
  await writeFile(fresh, text)
  await rename(fresh, path)
}

async function json(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'))
  } catch {
    return undefined
  }
}

function isHead(found: unknown): found is RunHead {
  const { uri, hypothesis, key, time, recovered } = (found ?? {}) as Partial<RunHead>
  return typeof uri === 'string' && typeof hypothesis === 'string' && typeof key === 'string' && typeof time === 'number' && typeof recovered === 'object'
}
