/** Which questions about the data a bound file raises: plain data, for the process that has them. Nothing is computed here. */
import { createHash } from 'node:crypto'
import type { ModelGraph } from '../model/graph.ts'
import type { BoundRewrite } from '../hypothesis/rewrites.ts'
import type { AxisSelector, BoundFile, BoundHypothesis, BoundNode } from '../hypothesis/bound.ts'
import type { Compiled, ExprDType, ExprValue } from '../expr/types.ts'
import { columnOf } from '../hypothesis/column-value.ts'
import type { Fact } from '../protocol/inspect.ts'
import { fingerprint, flatten, type Flat } from './flat.ts'
import type { Value } from '../onnx/dag.ts'

export type Feature = 'exact' | 'any' | Compiled

export interface InspectRequest {
  readonly data: string
  readonly root: string | undefined
  readonly limit: number | undefined
  /** All values that the questions speak of; roots: the filter (where there is one), the parts of features, the model's inputs. */
  readonly values: Flat
  readonly filtered: boolean
  readonly features: readonly FeatureQuestion[]
  readonly determined: readonly DeterminedQuestion[]
  readonly alike: readonly AlikeQuestion[]
  readonly places: PlacesQuestion | undefined
  /** Columns that examples show. */
  readonly shown: readonly string[]
  readonly vocabs: ReadonlyMap<string, readonly string[]>
}

export interface FeatureQuestion {
  readonly key: string
  readonly special: 'exact' | 'any' | undefined
  /** Parts that differ from datum to datum; `root` is a position in `values.roots`. */
  readonly parts: readonly { readonly dtype: ExprDType; readonly shape: readonly number[]; readonly dictionary?: readonly string[]; readonly root: number }[]
  /** Whether the facts are wanted, or only the partition for other questions. */
  readonly told: boolean
}

export interface DeterminedQuestion {
  readonly key: string
  readonly feature: string
  readonly parents: readonly string[]
  readonly columns: readonly string[]
}

/** Features of a family are in one group: that they are alike is said once. */
export interface AlikeQuestion {
  readonly key: string
  readonly groups: readonly (readonly string[])[]
}

export interface PlacesQuestion {
  readonly model: string
  /** The places are of the graph that `use transformer` derives. */
  readonly transformer: boolean
  /** Shapes of the inputs that are columns as they are. */
  readonly rowShapes: readonly (readonly [string, readonly number[]])[]
  readonly inputs: readonly { readonly input: string; readonly root: number }[]
  readonly places: readonly { readonly key: string; readonly tensor: string; readonly slice: readonly AxisSelector[] }[]
  /** The model is run also where it is large: somebody waits for the answer. */
  readonly large: boolean
  /** Whether it is asked if the parts of the transformer are the model. */
  readonly parts: boolean
  /** The graph that rewrites make; the places are of it. `key` says what they do. */
  readonly derived?: { readonly key: string; readonly graph: ModelGraph }
  /** It is asked whether they change nothing. */
  readonly rewrites?: { readonly key: string; readonly done: readonly BoundRewrite[] }
}

/** The key of that question: there is one for a model and its data. */
export const PARTS = 'parts'

/** The key of the question about rewrites: by all that they do. */
export const rewritesKey = ({ rewriteText }: BoundFile): string => createHash('sha256').update(rewriteText).digest('hex')

/** Parts that are the same for every datum divide nothing. */
const varying = (feature: Compiled): readonly ExprValue[] => feature.parts.filter((part) => part.batched)

const keys = new WeakMap<Compiled, string>()

/** Equal for features that are the same function of the columns. */
export function featureKey(feature: Feature): string {
  if (typeof feature === 'string') return feature
  let key = keys.get(feature)
  if (key === undefined) {
    const parts = varying(feature).map((part) => `${part.dtype}[${part.shape.join()}] ${fingerprint(part.value)}`)
    keys.set(feature, (key = parts.length === 0 ? 'any' : digest(parts.join('\n'))))
  }
  return key
}

const digest = (text: string): string => createHash('sha1').update(text).digest('base64')

/** What the answers depend on besides their keys: the rows, and how examples are shown. */
export function rowsKey(file: BoundFile): string {
  const vocabs = [...file.vocabs].map(([column, words]) => `${column} ${digest(JSON.stringify(words))}`)
  return digest([file.schema.path, JSON.stringify(file.inputs.map(({ input, columns }) => [input, columns])), file.filter ? fingerprint(file.filter.value) : '', String(file.limit), ...shownColumns(file), ...vocabs].join('\n'))
}

/** What is asked about one hypothesis, by the position of each node; kept while its text is the same. */
export interface NodeQuestions {
  readonly features: readonly string[]
  /** Positions of the nodes that are parents; undefined where one of them is broken. */
  readonly parents: readonly (readonly number[] | undefined)[]
  /** Undefined where nothing has to follow: leaves, `exact`, `any`, broken parents. */
  readonly determined: readonly (string | undefined)[]
  readonly constants: readonly string[]
  /** Features that could be mistaken for each other: positions of nodes, the members of a family together. */
  readonly groups: readonly { readonly nodes: readonly number[]; readonly keys: readonly string[] }[]
  readonly alike: string
}

const asked = new WeakMap<object, NodeQuestions>()

export function questionsOf(hypothesis: BoundHypothesis): NodeQuestions {
  let known = asked.get(hypothesis.identity)
  if (!known) asked.set(hypothesis.identity, (known = findQuestions(hypothesis)))
  return known
}

function findQuestions({ nodes }: BoundHypothesis): NodeQuestions {
  const at = new Map(nodes.map(({ name }, i) => [name, i]))
  const features = nodes.map(({ feature }) => featureKey(feature))
  const parents = nodes.map((node) => {
    const found = node.parents.flatMap((edge) => (edge.kind === 'node' ? [at.get(edge.node)] : []))
    return found.includes(undefined) ? undefined : (found as number[])
  })
  const determined = nodes.map((node, i) => {
    const above = parents[i]
    if (typeof node.feature === 'string' || node.parents.length === 0 || !above) return undefined
    return digest([features[i]!, ...above.map((k) => features[k]!).sort(), ...columnsOf(node)].join('\n'))
  })
  const families = new Map<string, number[]>()
  nodes.forEach((node, i) => {
    if (typeof node.feature === 'string') return
    const base = node.name.replace(/\[.*$/s, '')
    families.set(base, [...(families.get(base) ?? []), i])
  })
  const groups = [...families.values()].map((members) => ({ nodes: members, keys: [...new Set(members.map((i) => features[i]!))] }))
  return {
    features, parents, determined, groups,
    constants: nodes.map(({ place: { tensor, slice } }) => `${tensor} ${JSON.stringify(slice)}`),
    alike: digest(groups.map(({ keys: own }) => own.join()).sort().join('\n')),
  }
}

const columnsOf = (node: BoundNode): string[] => node.parents.flatMap((edge) => (edge.kind === 'column' ? [edge.column] : []))

/** All questions of these hypotheses that `known` does not answer; undefined when there are none. `large`: also those that take runs of a large model. */
export function inspectionOf(file: BoundFile, hypotheses: readonly BoundHypothesis[], root: string | undefined, known: (kind: Fact['kind'], key: string) => boolean, large = false): InspectRequest | undefined {
  const questions = new Questions(file, known)
  questions.large = large
  for (const hypothesis of hypotheses) questions.hypothesis(hypothesis)
  questions.rewrites = file.rewriteText !== '' && !known('rewrites', rewritesKey(file))
  questions.parts = file.transformer !== undefined && !known('transformer', PARTS)
  return questions.request(root)
}

/** The question of one feature's classes. */
export function featureInspection(file: BoundFile, feature: Feature, root: string | undefined): InspectRequest {
  const questions = new Questions(file, () => false)
  questions.feature(feature, true)
  return questions.request(root)!
}

class Questions {
  private readonly file: BoundFile
  private readonly known: (kind: Fact['kind'], key: string) => boolean
  private readonly roots: Value[] = []
  private readonly features = new Map<string, FeatureQuestion>()
  private readonly determined = new Map<string, DeterminedQuestion>()
  private readonly alike = new Map<string, AlikeQuestion>()
  parts = false
  rewrites = false
  large = false
  private readonly places = new Map<string, { key: string; tensor: string; slice: readonly AxisSelector[] }>()

  constructor(file: BoundFile, known: (kind: Fact['kind'], key: string) => boolean) {
    this.file = file
    this.known = known
    if (file.filter) this.roots.push(file.filter.value)
  }

  hypothesis(hypothesis: BoundHypothesis): void {
    const { nodes } = hypothesis
    const questions = questionsOf(hypothesis)
    nodes.forEach((node, i) => {
      if (!this.known('feature', questions.features[i]!)) this.feature(node.feature, true)
      const determined = questions.determined[i]
      if (determined !== undefined && !this.known('determined', determined) && !this.determined.has(determined)) {
        const parents = questions.parents[i]!.map((k) => this.feature(nodes[k]!.feature, false))
        this.determined.set(determined, { key: determined, feature: this.feature(node.feature, false), parents, columns: columnsOf(node) })
      }
      const constant = questions.constants[i]!
      // Of a place that is another for every datum nobody asks.
      if (!node.place.slice.some(({ kind }) => kind === 'datum') && !this.known('constant', constant)) this.places.set(constant, { key: constant, tensor: node.place.tensor, slice: node.place.slice })
    })
    const { alike, groups } = questions
    if (groups.length > 1 && !this.known('alike', alike) && !this.alike.has(alike)) {
      for (const group of groups) for (const i of group.nodes) this.feature(nodes[i]!.feature, false)
      this.alike.set(alike, { key: alike, groups: groups.map(({ keys: own }) => own) })
    }
  }

  feature(feature: Feature, told: boolean): string {
    const key = featureKey(feature)
    const old = this.features.get(key)
    if (old) {
      if (told && !old.told) this.features.set(key, { ...old, told })
      return key
    }
    const parts = typeof feature === 'string' ? [] : varying(feature).map(({ dtype, shape, dictionary, value }) => ({ dtype, shape, ...(dictionary ? { dictionary } : {}), root: this.roots.push(value) - 1 }))
    this.features.set(key, { key, special: typeof feature === 'string' ? feature : undefined, parts, told })
    return key
  }

  request(root: string | undefined): InspectRequest | undefined {
    const { file } = this
    if (this.features.size === 0 && this.determined.size === 0 && this.alike.size === 0 && this.places.size === 0 && !this.parts && !this.rewrites) return undefined
    const columns = new Map(file.schema.columns.map((column) => [column.name, columnOf(file.features, column)]))
    const places: PlacesQuestion | undefined = this.places.size === 0 && !this.parts && !this.rewrites ? undefined : {
      model: file.graph.path,
      transformer: file.transformer !== undefined,
      rowShapes: file.inputs.flatMap(({ input, plain, columns: read }) => {
        const column = plain ? file.schema.columns.find(({ name }) => name === read[0]) : undefined
        return column ? [[input, column.shape] as const] : []
      }),
      inputs: file.inputs.map(({ input, compile }) => ({ input, root: this.roots.push(compile(file.features, columns)) - 1 })),
      places: [...this.places.values()],
      ...(file.rewriteText === '' ? {} : { derived: { key: rewritesKey(file), graph: file.graph } }),
      ...(this.rewrites ? { rewrites: { key: rewritesKey(file), done: file.rewrites } } : {}),
      parts: this.parts,
      large: this.large,
    }
    return {
      data: file.schema.path, root, limit: file.limit,
      values: flatten(this.roots),
      filtered: file.filter !== undefined,
      features: [...this.features.values()], determined: [...this.determined.values()], alike: [...this.alike.values()], places,
      shown: shownColumns(file),
      vocabs: file.vocabs,
    }
  }
}

/** The model's own columns are what a datum is. */
export function shownColumns(file: BoundFile): string[] {
  return [...new Set(file.inputs.flatMap(({ columns }) => columns))]
}
