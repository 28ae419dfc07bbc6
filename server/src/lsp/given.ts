/** What a text names on disk, opened: everything outside the text that binding reads. */
import type { Finding, Parsed } from '@scrub/grammar'
import { dirname, isAbsolute, resolve } from 'node:path'
import type { Given } from '../hypothesis/bind.ts'
import { filesOf, type NamedFile } from '../hypothesis/header.ts'
import type { ModelGraph } from '../model/graph.ts'
import type { Tensor } from '../onnx/types.ts'
import { isRefusal, openAll, rowShapesOf, type KnownSchema, type Refusal } from '../scrub/opening.ts'
import type { FileStore } from './files.ts'

export interface Opening {
  /** Undefined where the model or the dataset cannot be opened. */
  readonly given: Given | undefined
  readonly findings: readonly Finding[]
  /** Absolute paths of all files that the text names. */
  readonly paths: ReadonlySet<string>
}

/** Opens for one document; gives the same `Given` as long as nothing that it holds has changed. */
export class Opener {
  private readonly files: FileStore
  private last: { readonly key: readonly unknown[]; readonly given: Given } | undefined

  constructor(files: FileStore) {
    this.files = files
  }

  /** `document` is the absolute path of the text; `root` confines what is opened. */
  async open(parsed: Parsed, document: string, root: string | undefined): Promise<Opening> {
    const named = filesOf(parsed.file)
    const place = (path: string): string => (isAbsolute(path) ? path : resolve(dirname(document), path))
    const findings: Finding[] = []
    const usable = <T extends object>({ span }: NamedFile, opened: T | Refusal): T | undefined => {
      if (!isRefusal(opened)) return opened
      findings.push({ code: opened.code, severity: 'error', span, message: opened.message })
      return undefined
    }
    const schema = named.data && usable(named.data, await this.files.data(place(named.data.path), root))
    const shapes = schema && rowShapesOf(parsed.file, schema)
    const graph = named.model && usable(named.model, await this.files.model(place(named.model.path), root, shapes))
    const paths = new Set([named.model, named.data, ...named.loads, ...named.vocabs].flatMap((file) => (file ? [place(file.path)] : [])))
    if (!schema || !graph) {
      const told = named.findings.filter((f) => !findings.some((other) => other.code === f.code && other.span.start === f.span.start))
      return { given: undefined, findings: [...findings, ...told], paths }
    }
    const arrays = await openAll(named.loads, (path) => this.files.array(place(path), root))
    const vocabs = await openAll(named.vocabs, (path) => this.files.vocab(place(path), root))
    return { given: this.same(graph, schema, arrays, vocabs), findings, paths }
  }

  private same(graph: ModelGraph, schema: KnownSchema, arrays: ReadonlyMap<string, Tensor | string>, vocabs: ReadonlyMap<string, readonly string[] | string>): Given {
    const key = [graph, schema, ...[...arrays].flat(), ...[...vocabs].flat()]
    if (this.last?.key.length === key.length && this.last.key.every((one, i) => one === key[i])) return this.last.given
    const given: Given = {
      graph,
      dataset: schema,
      load: (path) => arrays.get(path) ?? `${path} was not opened.`,
      vocab: (path) => vocabs.get(path) ?? `${path} was not opened.`,
    }
    this.last = { key, given }
    return given
  }
}
