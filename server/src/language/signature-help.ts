/** Signature help: the function whose call the cursor is in, and which of its parameters is being written. */
import { type FunctionDoc, functionNamed } from '../expr/functions/index.ts'
import { clauseOf, cursorAt } from './cursor.ts'
import { paragraphs, scrub } from './markdown.ts'
import type { Snapshot } from './snapshot.ts'

export interface SignatureHelp {
  /** `sum(x, axis=…, keepdims=false)`. */
  readonly signature: string
  /** Markdown. */
  readonly documentation: string
  /** Where each parameter stands in the signature: start and end. */
  readonly parameters: readonly (readonly [number, number])[]
  /** Index into `parameters`; undefined for an argument that belongs to none. */
  readonly active: number | undefined
}

/** Undefined outside of calls. A call that is not closed yet is a call. */
export function signatureHelp(snapshot: Snapshot, offset: number): SignatureHelp | undefined {
  const cursor = cursorAt(snapshot.parsed, offset)
  if (!cursor) return undefined
  const call = clauseOf(cursor).open.findLast(({ bracket, before }) => bracket.type === 'LeftParen' && before && functionNamed(before.image))
  const definition = call && functionNamed(call.before!.image)
  if (!definition) return undefined
  let depth = 0
  let argument = 0
  let start = call.index + 1
  for (let i = start; i < cursor.before.length; i++) {
    const { type } = cursor.before[i]!
    if (/^Left(Paren|Bracket|Brace)$/.test(type)) depth++
    else if (/^Right(Paren|Bracket|Brace)$/.test(type)) depth--
    else if (type === 'Comma' && depth === 0) {
      argument++
      start = i + 1
    }
  }
  const own = cursor.before.slice(start)
  // The name may be what is being written: `axi|s=0`.
  const named = own[1]?.type === 'Equals' ? own[0]!.image
    : own.length === 0 && /^\s*=(?!=)/.test(snapshot.text.slice(cursor.word.end, cursor.word.end + 20)) ? snapshot.text.slice(cursor.word.start, cursor.word.end) : undefined
  const index = named === undefined ? argument : definition.parameters.findIndex(({ name }) => name === named)
  return {
    signature: definition.signature,
    documentation: paragraphs(definition.doc, scrub(definition.example)),
    parameters: spansOf(definition),
    active: index >= 0 && index < definition.parameters.length ? index : undefined,
  }
}

function spansOf({ name, signature, parameters }: FunctionDoc & { readonly parameters: readonly { readonly name: string; readonly fallback?: string }[] }): [number, number][] {
  let at = name.length + 1
  return parameters.map((parameter): [number, number] => {
    const start = signature.indexOf(parameter.name, at)
    at = start + parameter.name.length + (parameter.fallback === undefined ? 0 : parameter.fallback.length + 1)
    return [start, at]
  })
}
