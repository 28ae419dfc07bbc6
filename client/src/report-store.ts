/** Reports that were shown, on disk: what a panel is restored from. */
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Report } from '../../server/src/protocol/report.ts'

export interface StoredRun {
  /** URI of the document. */
  readonly uri: string
  readonly hypothesis: string
  readonly report: Report
}

/** Bytes that all reports together may take. */
const MOST_BYTES = 200 * 2 ** 20

export class ReportStore {
  private readonly folder: string
  private readonly most: number

  constructor(storage: string, most = MOST_BYTES) {
    this.folder = join(storage, 'runs')
    this.most = most
  }

  /** Keeps a run, replaces the one of the same hypothesis, and gives up the oldest ones where there is too much. */
  async keep(run: StoredRun): Promise<void> {
    await mkdir(this.folder, { recursive: true })
    const path = this.pathOf(run.uri, run.hypothesis)
    await writeFile(`${path}.${process.pid}`, JSON.stringify(run))
    await rename(`${path}.${process.pid}`, path)
    let bytes = 0
    for (const file of await this.newestFirst()) {
      bytes += file.size
      if (bytes > this.most && file.path !== path) await rm(file.path, { force: true })
    }
  }

  async get(uri: string, hypothesis: string): Promise<StoredRun | undefined> {
    return read(this.pathOf(uri, hypothesis))
  }

  /** All of them, the newest first. */
  async all(): Promise<StoredRun[]> {
    const found: StoredRun[] = []
    for (const { path } of await this.newestFirst()) {
      const run = await read(path)
      if (run) found.push(run)
    }
    return found
  }

  private pathOf(uri: string, hypothesis: string): string {
    return join(this.folder, `${createHash('sha256').update(`${uri}\0${hypothesis}`).digest('hex').slice(0, 32)}.json`)
  }

  private async newestFirst(): Promise<{ readonly path: string; readonly size: number }[]> {
    const names = await readdir(this.folder).catch(() => [])
    const files = await Promise.all(names.filter((name) => name.endsWith('.json')).map(async (name) => {
      const path = join(this.folder, name)
      const found = await stat(path).catch(() => undefined)
      return found ? [{ path, size: found.size, time: found.mtimeMs }] : []
    }))
    return files.flat().sort((a, b) => b.time - a.time)
  }
}

/** Undefined for a file that is gone or is no run: it is of another version, or was cut off. */
async function read(path: string): Promise<StoredRun | undefined> {
  try {
    const run = JSON.parse(await readFile(path, 'utf8')) as Partial<StoredRun>
    return typeof run.uri === 'string' && typeof run.hypothesis === 'string' && Array.isArray(run.report?.hypotheses) ? (run as StoredRun) : undefined
  } catch {
    return undefined
  }
}
