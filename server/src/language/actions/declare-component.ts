/** A tensor in quotes gets a name of the graph: a component, which blocks, or a point, which does not. */
import { pathAt, reservedWords, walk, type Reference, type Str } from '@scrub/grammar'
import { statementsOf } from '../../hypothesis/items.ts'
import type { Snapshot } from '../snapshot.ts'
import type { Action, Edit, Refactoring } from './action.ts'
import { after } from './rewriting.ts'

export const declareComponent: Refactoring = (snapshot, { start }) => {
  const { bound, parsed } = snapshot
  const path = pathAt(parsed.file, start)
  const tensor = path.at(-1)
  if (!bound || tensor?.kind !== 'string' || !bound.graph.tensors.has(tensor.value) || path.some(({ kind }) => kind === 'component')) return []
  const written = quoted(snapshot).filter(({ value }) => value === tensor.value)
  if (!written.some(({ span }) => span.start === tensor.span.start)) return []
  const declared = [...bound.components, ...bound.points].find(([, at]) => at === tensor.value)?.[0]
  if (declared !== undefined) return [{ title: `Write ${declared}, its name`, kind: 'refactor.rewrite', edits: renamed(written, declared) }]
  const name = nameFor(snapshot, tensor.value)
  return (['component', 'point'] as const).flatMap((sort): Action[] => {
    const edit = declaration(snapshot, `${sort} ${name} = ${JSON.stringify(tensor.value)}`)
    return edit ? [{ title: `Declare the ${sort} ${name}`, kind: 'refactor.extract', edits: [edit, ...renamed(written, name)] }] : []
  })
}

const renamed = (written: readonly Str[], name: string): Edit[] => written.map(({ span }) => ({ span, newText: name }))

/** Tensors in quotes where nodes stand and edges run through. */
function quoted({ parsed }: Snapshot): Str[] {
  const base = (reference: Reference | undefined): Str[] => {
    let at: Reference | { kind: string } | undefined = reference
    while (at && (at.kind === 'member' || at.kind === 'subscript')) at = (at as { object: Reference }).object
    return at?.kind === 'string' ? [at as Str] : []
  }
  return [...walk(parsed.file)].flatMap((node) => {
    if (node.kind === 'node' || node.kind === 'refine') return base(node.place)
    if (node.kind === 'parent' && node.through?.any === false) return node.through.places.flatMap(base)
    return []
  })
}

/** `/blocks.1/attn/h0` is `blocks1.attn.h0`; no name that something else has. */
function nameFor({ bound }: Snapshot, tensor: string): string {
  const words: string[] = []
  for (const part of tensor.split(/[^\p{L}\p{N}_]+/u).filter(Boolean)) {
    if (/^\p{N}+$/u.test(part) && words.length > 0 && !/\p{N}$/u.test(words.at(-1)!)) words.push(`${words.pop()}${part}`)
    else words.push(/^\p{N}/u.test(part) ? `t${part}` : part)
  }
  const [first = 'tensor', ...rest] = words
  const base = [reservedWords.has(first) || first === 'data' || first === 'model' ? `${first}_` : first, ...rest].join('.')
  const taken = (name: string) => bound!.components.has(name) || bound!.points.has(name) || (name !== tensor && bound!.graph.tensors.has(name))
  let name = base
  for (let i = 2; taken(name); i++) name = `${base}_${i}`
  return name
}

/** In the last graph block, or in a new one before the first hypothesis. */
function declaration({ parsed, text }: Snapshot, statement: string): Edit | undefined {
  const { graphs, hypotheses } = statementsOf(parsed.file)
  const last = graphs.at(-1)?.items.at(-1)
  if (last) return after(text, last.span, [statement])
  const first = hypotheses[0]
  if (!first) return undefined
  const open = graphs.at(-1) && parsed.tokens.find(({ type, span }) => type === 'LeftBrace' && span.start >= graphs.at(-1)!.span.start)
  if (open) return { span: { start: open.span.end, end: open.span.end }, newText: `\n  ${statement}\n` }
  return { span: { start: first.span.start, end: first.span.start }, newText: `graph {\n  ${statement}\n}\n\n` }
}
