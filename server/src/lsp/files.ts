/**
 * The models, datasets, arrays and vocabularies that documents name: each opened once, by the runner, for all documents, and
 * again when it has changed on disk.
 */
import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { FirstFile } from '../scrub/first-file.ts'
import type { KnownSchema, Refusal } from '../scrub/opening.ts'
import type { ModelGraph } from '../model/graph.ts'
import type { Tensor } from '../onnx/types.ts'
import type { Opened, OpenRequest } from '../runner/open.ts'

/** A file and others that it was judged by (weights of a model, or where they should be), in the state in which they were read. */
export interface Stamp {
  readonly path: string
  readonly beside: readonly string[]
  readonly state: string
}

/** A file that was opened or refused. */
interface Entry {
  stamp: Stamp
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

  /** A first file about a model; never kept. */
  async first(model: string, data: string, file: string, root: string | undefined): Promise<FirstFile | Refusal> {
    const opened = await this.open({ kind: 'first', path: model, data, file, root })
    return opened.kind === 'first' ? opened : refused(opened)
  }

  /** Forgets all files but these. */
  keep(paths: ReadonlySet<string>): void {
    for (const [key, { stamp }] of this.entries) if (!paths.has(stamp.path)) this.entries.delete(key)
  }

  /** The files that are held, with the states in which they were read. */
  stamps(): Stamp[] {
    return [...new Map([...this.entries.values()].map(({ stamp }) => [stamp.path, stamp])).values()]
  }

  private async get(request: OpenRequest, more = ''): Promise<Opened> {
    const file = `${request.kind} ${request.path}\0${request.root}\0`
    const key = `${file}${more}`
    let entry = this.entries.get(key)
    if (!entry || !(await stands(entry.stamp))) {
      const alone = { path: request.path, beside: [], state: await stampOf(request.path) }
      const opened = this.open(request).then(async (answer) => {
        made.stamp = await withBeside(alone, besideOf(request, answer))
        return answer
      })
      const made: Entry = { stamp: alone, opened }
      this.entries.set(key, (entry = made))
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

/** Changes when the file does, or one of those beside it. */
export const stampOf = async (path: string, beside: readonly string[] = []): Promise<string> => (await Promise.all([path, ...beside].map(stateOf))).join(', ')

export const stands = async ({ path, beside, state }: Stamp): Promise<boolean> => state === (await stampOf(path, beside))

const withBeside = async (stamp: Stamp, beside: readonly string[]): Promise<Stamp> =>
  beside.length === 0 ? stamp : { ...stamp, beside, state: [stamp.state, ...(await Promise.all(beside.map(stateOf)))].join(', ') }

/** The files that hold a model's weights; for a model that cannot be read its folder, which changes when what is missing there is added. */
function besideOf(request: OpenRequest, answer: Opened): string[] {
  if (request.kind !== 'model') return []
  if (answer.kind !== 'model') return [dirname(request.path)]
  return [...new Set([...answer.graph.initializers.values()].flatMap(({ source }) => (source.kind === 'file' && source.file !== request.path ? [source.file] : [])))]
}

async function stateOf(path: string): Promise<string> {
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
