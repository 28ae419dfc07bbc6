/** A file, parsed, its model and dataset opened, everything bound: all that can be known without running the model. */
import { parse, type File, type Finding, type Span } from '@scrub/grammar'
import { dirname, isAbsolute, resolve } from 'node:path'
import type { Column, Dataset } from '../data/columns.ts'
import type { OpenDataset } from '../data/read.ts'
import { bind } from '../hypothesis/bind.ts'
import type { BoundFile } from '../hypothesis/bound.ts'
import { filesOf, type NamedFile } from '../hypothesis/header.ts'
import type { ModelGraph } from '../model/graph.ts'
import type { FileFinding } from '../protocol/findings.ts'
import { openingKey, stillOpened, type KeptAnalysis } from './kept-analysis.ts'
import { isRefusal, openAll, openArray, openData, openModel, openVocab, rowShapesOf, type Refusal } from './opening.ts'
import { fileFindings } from './positions.ts'
import { stampsOf, type Stamps } from './stamp.ts'

export interface AnalyseOptions {
  /** Paths must stay inside this folder; undefined trusts them. */
  readonly root?: string
  /** The metric to evaluate; the first of the file when undefined. */
  readonly metric?: string
  /** Bytes that columns may take. */
  readonly memory?: number
}

export interface Analysis {
  readonly findings: FileFinding[]
  /** Where those stand that are errors: of the text (what the parser could not read is missing from the tree), and of what it means. */
  readonly errors: readonly { readonly span: Span; readonly ofText: boolean }[]
  readonly tree: File
  /** Of the files that were opened, before they were. */
  readonly stamps: Stamps
  /** Undefined when the model or the dataset cannot be opened. */
  readonly bound?: BoundFile
  readonly graph?: ModelGraph
  readonly dataset?: OpenDataset
  /** Columns of strings, which had to be read for their dictionaries. */
  readonly loaded: readonly Column[]
}

/** Never throws for anything that is wrong with the text, the model or the data: that is what findings are for. `kept` is that of the last text. */
export async function analyse(file: string, text: string, options: AnalyseOptions = {}, kept?: KeptAnalysis): Promise<Analysis> {
  const parsed = parse(text, kept?.parsed)
  const { file: tree, findings: broken } = parsed
  if (kept) kept.parsed = parsed
  const findings: Finding[] = [...broken]
  const files = filesOf(tree)
  const folder = dirname(resolve(file))
  const place = (path: string): string => (isAbsolute(path) ? path : resolve(folder, path))
  /** What was opened, or undefined after reporting. */
  const given = <T extends object>(named: NamedFile, opened: T | Refusal): T | undefined => {
    if (!isRefusal(opened)) return opened
    findings.push({ code: opened.code, severity: 'error', span: named.span, message: opened.message })
    return undefined
  }

  const said = (all: readonly Finding[]) => ({ findings: fileFindings(all, file, text), errors: all.filter(({ severity }) => severity === 'error').map((f) => ({ span: f.span, ofText: broken.includes(f) })) })

  const paths = [files.model, files.data, ...files.loads, ...files.vocabs].flatMap((one) => (one ? [place(one.path)] : []))
  const key = openingKey(tree, text, paths, [folder, options])
  let opened = stillOpened(kept?.opened, key)
  if (!opened) {
    const stamps = stampsOf(paths)
    const data = files.data && given(files.data, await openData(place(files.data.path), options))
    const graph = files.model && given(files.model, await openModel(place(files.model.path), data && rowShapesOf(tree, data.schema), options))
    if (!data || !graph) {
      const told = files.findings.filter((f) => !findings.some((other) => other.code === f.code && other.span.start === f.span.start))
      return { ...said([...findings, ...told]), tree, stamps, loaded: [], ...(graph ? { graph } : {}), ...(data ? { dataset: data.dataset } : {}) }
    }
    const arrays = await openAll(files.loads, (path) => openArray(place(path), options))
    const vocabs = await openAll(files.vocabs, (path) => openVocab(place(path), options))
    opened = {
      key, data, graph,
      stamps: new Map([...stamps, ...stampsOf(weightFiles(graph).filter((path) => !stamps.has(path)))]),
      given: {
        graph,
        dataset: data.schema,
        load: (path) => arrays.get(path) ?? `${path} was not opened.`,
        vocab: (path) => vocabs.get(path) ?? `${path} was not opened.`,
      },
    }
    if (kept) kept.opened = opened
  }
  const { data, graph, stamps } = opened
  const bound = bind(tree, text, opened.given, options.metric, kept?.binder)
  return { ...said([...findings, ...bound.findings]), tree, stamps, bound, graph, dataset: data.dataset, loaded: data.loaded }
}

/** The files that hold the weights of a model, which are read when they are needed. */
export const weightFiles = ({ initializers }: ModelGraph): string[] => [...new Set([...initializers.values()].flatMap(({ source }) => (source.kind === 'file' ? [source.file] : [])))]

/** Columns that an evaluation reads, with those of strings as they were loaded. */
export async function loadColumns(analysis: Analysis, names: ReadonlySet<string>): Promise<Dataset> {
  const { dataset, loaded } = analysis
  const have = new Map(loaded.map((c) => [c.name, c]))
  const wanted = dataset!.schema.columns.filter((c) => names.has(c.name))
  const rest = await dataset!.load(wanted.filter((c) => !have.has(c.name)).map((c) => c.name))
  for (const column of rest.columns) have.set(column.name, column)
  return { ...rest, rows: dataset!.schema.rows, columns: wanted.map((c) => have.get(c.name)!) }
}
