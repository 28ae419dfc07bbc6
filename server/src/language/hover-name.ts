/** Hover on a name: finds out what it stands for and asks the file for that subject. */
import { type AnyNode, pathAt, type Expr, type HypothesisItem, type Span, type Subscript } from '@scrub/grammar'
import { functionNamed } from '../expr/functions/index.ts'
import type { BoundNode } from '../hypothesis/bound.ts'
import { memberName } from '../hypothesis/env.ts'
import { boundHypothesis, familiesOf } from './families.ts'
import { functionMarkdown } from './function-docs.ts'
import { columnMarkdown } from './hover-data.ts'
import { expressionMarkdown } from './hover-feature.ts'
import { hypothesisMarkdown, metricMarkdown } from './hover-hypothesis.ts'
import { nodeMarkdown } from './hover-node.ts'
import { placesMarkdown } from './hover-place.ts'
import { code, paragraphs } from './markdown.ts'
import { placesAt } from './places-at.ts'
import type { Snapshot } from './snapshot.ts'
import type { Occurrence } from './symbols.ts'

const CANNOT_OPEN = 'More is known once the model and the data can be opened.'

/** `path` leads to the name. */
export async function nameMarkdown(snapshot: Snapshot, { named, span }: Occurrence, path: readonly AnyNode[]): Promise<string | undefined> {
  const { kind, name } = named
  const item = path.findLast((node): node is HypothesisItem => node.kind === 'hypothesis')
  const hypothesis = boundHypothesis(snapshot.bound, item)
  switch (kind) {
    case 'node': {
      const members = hypothesis && familiesOf(hypothesis).get(name)
      if (!hypothesis || !members) return paragraphs(`**node** ${code(name)}`, snapshot.bound ? 'It has an error, so nothing more is known of it.' : CANNOT_OPEN)
      return nodeMarkdown(snapshot, hypothesis, members, memberAt(members, name, span, path))
    }
    case 'let': return letMarkdown(snapshot, named.definitions[0]?.item, name, hypothesis?.name)
    case 'index': return indexMarkdown(snapshot, named.definitions[0]?.name, name)
    case 'function': {
      const definition = functionNamed(name)
      return definition && functionMarkdown(definition)
    }
    case 'hypothesis': return hypothesisMarkdown(snapshot, name) ?? paragraphs(`**hypothesis** ${code(name)}`, CANNOT_OPEN)
    case 'metric': return metricMarkdown(snapshot, name, itemAt(snapshot, named.definitions[0]?.item, 'metric')?.sense ?? 'metric')
    case 'component':
    case 'point': {
      const place = itemAt(snapshot, named.definitions[0]?.item, 'component')?.place
      const found = place ? placesAt(snapshot.bound, place.span) : []
      return (snapshot.bound && placesMarkdown(snapshot.bound, found, `**${kind}** ${code(name)}`)) ?? paragraphs(`**${kind}** ${code(name)}`, snapshot.bound ? 'Its place is not known.' : CANNOT_OPEN)
    }
    // The text alone does not tell columns and outputs apart.
    case 'column': return (await columnMarkdown(snapshot, name)) ?? tensorMarkdown(snapshot, name)
    case 'tensor':
    case 'unknown': return tensorMarkdown(snapshot, name) ?? columnMarkdown(snapshot, name)
  }
}

function tensorMarkdown({ bound }: Snapshot, name: string): string | undefined {
  return bound?.graph.tensors.has(name) ? placesMarkdown(bound, [{ tensor: name, slice: [], text: name }]) : undefined
}

/** `count[1]`: the member that a name with constant indices stands for. */
function memberAt(members: readonly BoundNode[], name: string, span: Span, path: readonly AnyNode[]): BoundNode | undefined {
  const subscript = path.findLast((node): node is Subscript => node.kind === 'subscript' && node.object.span.start === span.start && node.object.kind === 'name')
  const single = members.find((node) => node.name === name)
  if (single || !subscript) return single
  const index = subscript.args.map((arg) => (arg.kind === 'number' || arg.kind === 'string' ? arg.value : undefined))
  const known = index.filter((value) => value !== undefined)
  return known.length === index.length ? members.find((node) => node.name === memberName(name, known)) : undefined
}

/** The statement of a kind that stands at a span. */
function itemAt<K extends AnyNode['kind']>({ parsed }: Snapshot, span: Span | undefined, kind: K): Extract<AnyNode, { kind: K }> | undefined {
  return span && pathAt(parsed.file, span.start).find((node): node is Extract<AnyNode, { kind: K }> => node.kind === kind && node.span.start === span.start)
}

async function letMarkdown(snapshot: Snapshot, span: Span | undefined, name: string, hypothesis: string | undefined): Promise<string> {
  const item = itemAt(snapshot, span, 'let')
  const value = item?.value
  const text = value ? ` = ${code(snapshot.text.slice(value.span.start, value.span.end))}` : ''
  const indices = item && item.indices.length > 0 ? `[${item.indices.map((index) => index.text).join(', ')}]` : ''
  const title = `**let** ${code(name + indices)}${text}`
  if (indices !== '') return paragraphs(title, 'A family: it has a type where its indices are known.')
  const itself: Expr = { kind: 'name', text: name, span: { start: 0, end: 0 } }
  return (await expressionMarkdown(snapshot, itself, hypothesis, `${title}\n\nType`)) ?? paragraphs(title, snapshot.bound ? 'It has no type by itself: it has an error, or stands under an index.' : CANNOT_OPEN)
}

function indexMarkdown({ parsed, text }: Snapshot, span: Span | undefined, name: string): string {
  const binder = span && pathAt(parsed.file, span.start).findLast((node) => node.kind === 'binder')
  const set = binder?.kind === 'binder' ? binder.set.span : undefined
  return `**index** ${code(name)}${set ? ` in ${code(text.slice(set.start, set.end))}` : ''}`
}
