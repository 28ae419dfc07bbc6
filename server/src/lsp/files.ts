/**
 * The models, datasets, arrays and vocabularies that documents name: each opened once, by the runner, for all documents, and
 * again when it has changed on disk.
 */
import { stat } from 'node:fs/promises'
import type { KnownSchema, Refusal } from '../scrub/opening.ts'
import type { ModelGraph } from '../model/graph.ts'
import type { Tensor } from '../onnx/types.ts'
import type { Opened, OpenRequest } from '../runner/open.ts'

/** A file that was opened or refused, with the state in which it was read. */
interface Entry {
  readonly path: string
  readonly stamp: string
  readonly opened: Promise<Opened>
}

export type Open = (request: OpenRequest) => Promise<Opened>

export class FileStore {
  private readonly entries = new Map<string, Entry>()
  private readonly open: Open

  constructor(open: Open) {
    this.open = open
  }

  async model(path: string, root: string | undefined, rowShapes: ReadonlyMap<string, readonly number[]> | undefined): Promise<ModelGraph | Refusal> {
    const shapes = rowShapes && JSON.stringify([...rowShapes])
    const opened = await this.get({ kind: 'model', path, root, rowShapes }, `${shapes}`)
    return opened.kind === 'model' ? opened.graph : refused(opened)
  }

  async data(path: string, root: string | undefined): Promise<KnownSchema | Refusal> {
    const opened = await this.get({ kind: 'data', path, root })
    return opened.kind === 'data' ? opened.schema : refused(opened)
  }

  async array(path: string, root: string | undefined): Promise<Tensor | Refusal> {
    const opened = await this.get({ kind: 'array', path, root })
    return opened.kind === 'array' ? opened.tensor : refused(opened)
  }

  async vocab(path: string, root: string | undefined): Promise<readonly string[] | Refusal> {
    const opened = await this.get({ kind: 'vocab', path, root })
    return opened.kind === 'vocab' ? opened.words : refused(opened)
  }

  /** Forgets all files but these. */
  keep(paths: ReadonlySet<string>): void {
    for (const [key, { path }] of this.entries) if (!paths.has(path)) this.entries.delete(key)
  }

  /** The files that are held, with the states in which they were read. */
  stamps(): Map<string, string> {
    return new Map([...this.entries.values()].map(({ path, stamp }) => [path, stamp]))
  }

  private async get(request: OpenRequest, more = ''): Promise<Opened> {
    const file = `${request.kind} ${request.path}\0${request.root}\0`
    const key = `${file}${more}`
    const stamp = await stampOf(request.path)
    let entry = this.entries.get(key)
    if (entry?.stamp !== stamp) {
      const opened = this.open(request)
      this.entries.set(key, (entry = { path: request.path, stamp, opened }))
      this.keepFew(file)
      // What failed because of the runner, not of the file, is tried again when it is next needed.
      opened.catch(() => {
        if (this.entries.get(key)?.opened === opened) this.entries.delete(key)
      })
    }
    return entry.opened
  }

  private keepFew(file: string): void {
    const readings = [...this.entries.keys()].filter((key) => key.startsWith(file))
    for (const key of readings.slice(0, -MOST_READINGS)) this.entries.delete(key)
  }
}

/** Readings of one model for data of different shapes. */
const MOST_READINGS = 4

/** Changes when the file does. */
export async function stampOf(path: string): Promise<string> {
  try {
    const { mtimeMs, ctimeMs, size, ino } = await stat(path)
    return `${mtimeMs} ${ctimeMs} ${size} ${ino}`
  } catch (error) {
    return `none ${(error as NodeJS.ErrnoException).code}`
  }
}

function refused(opened: Opened): Refusal {
  if (opened.kind === 'refused') return opened
  throw new Error(`asked for another kind of file than ${opened.kind}`)
}
