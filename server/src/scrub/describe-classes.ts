/** The equivalence classes of one node, with examples for people. */
import { columnInput } from '../hypothesis/bound.ts'
import { showDatum } from '../data/decode.ts'
import type { FileFinding } from '../protocol/findings.ts'
import type { ClassesAnswer, ClassesRequest } from '../protocol/runner.ts'
import type { ExprValue } from '../expr/types.ts'
import { closest } from '../model/closest.ts'
import { analyse } from './analyse.ts'
import { classList } from './class-list.ts'
import { describeClasses } from './classes.ts'
import { BadInput } from './failures.ts'
import { featuresOfNodes } from './features.ts'
import type { Breathe, Runtime } from './runtime.ts'
import { selectRows } from './store.ts'
import { tableOf } from './table.ts'
import { topological } from './walk.ts'

const MOST_CLASSES = 200

export type ClassesResult =
  | { readonly kind: 'classes'; readonly answer: ClassesAnswer; readonly findings: FileFinding[] }
  | { readonly kind: 'findings'; readonly findings: FileFinding[] }

/** Names listed where none is close. */
const MOST_NAMES = 6

function alternative(name: string, names: readonly string[]): string {
  const member = names.find((other) => other.startsWith(`${name}[`))
  if (member !== undefined) return `it is a family: name a member, such as \`${member}\``
  const near = closest(name, names)
  if (near !== undefined) return `closest: \`${near}\``
  const list = names.slice(0, MOST_NAMES).map((other) => `\`${other}\``).join(', ')
  return names.length === 0 ? 'it has none' : `it has ${list}${names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : ''}`
}

/** Throws BadInput for a node or hypothesis that does not exist. */
export async function classesOfFile(request: ClassesRequest, openRuntime: () => Runtime, breathe: Breathe): Promise<ClassesResult> {
  const analysis = await analyse(request.file, request.text, request.root === undefined ? {} : { root: request.root })
  const file = analysis.bound
  if (!file) return { kind: 'findings', findings: analysis.findings }
  const hypotheses = request.hypothesis === undefined ? file.hypotheses : file.hypotheses.filter((h) => h.name === request.hypothesis)
  if (request.hypothesis !== undefined && hypotheses.length === 0) throw new BadInput(`There is no hypothesis "${request.hypothesis}" in the file.`)
  // As a file may write it: `h[1, 0]`.
  const wanted = request.node.replaceAll(/\s*,\s*/g, ',')
  const hypothesis = hypotheses.find((h) => h.nodes.some((n) => n.name === wanted))
  const node = hypothesis?.nodes.find((n) => n.name === wanted)
  if (!hypothesis || !node) {
    if (analysis.findings.some((f) => f.severity === 'error')) return { kind: 'findings', findings: analysis.findings }
    const names = hypotheses.flatMap((h) => h.nodes.map((n) => n.name))
    const where = request.hypothesis === undefined ? 'the file' : `"${request.hypothesis}"`
    throw new BadInput(`There is no node \`${request.node}\` in ${where}; ${alternative(request.node, [...new Set(names)])}.`)
  }
  const runtime = openRuntime()
  const parts: readonly ExprValue[] = typeof node.feature === 'string' ? [] : node.feature.parts
  const inputs = new Set(topological([...parts, ...(file.filter ? [file.filter] : [])].map((p) => p.value)).flatMap((v) => (v.def.kind === 'input' ? [v.def.name] : [])))
  const names = new Set(file.schema.columns.filter((c) => inputs.has(columnInput(c.name))).map((c) => c.name))
  // The model's own columns are what a datum is, so examples show them.
  for (const binding of file.inputs) for (const column of binding.columns) names.add(column)
  const { dataset, original } = await selectRows(runtime, analysis, file, names, breathe)
  const table = tableOf(dataset)
  const [feature] = await featuresOfNodes(runtime, table, [node], breathe)
  const { classes, value } = feature!
  const { singletons, effective } = describeClasses(classes)
  const list = classList({
    classes, most: MOST_CLASSES,
    value: value ?? ((datum) => (node.feature === 'exact' ? `datum ${datum}` : 'any')),
    example: (datum) => ({ row: original(datum), text: showDatum(dataset, datum, file.vocabs) }),
  })
  return {
    kind: 'classes',
    answer: {
      hypothesis: hypothesis.name, node: node.name, feature: node.featureText, place: node.place.text, rows: dataset.rows,
      classes: classes.count, singletons, effectiveClasses: effective, list,
    },
    findings: analysis.findings,
  }
}
