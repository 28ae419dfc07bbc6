/** Vocabularies: the token of each id. */
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { DataError } from './columns.ts'
import { checkFile, guarded } from './guard.ts'
import { checkMemory, unreadable } from './source.ts'

const MAX_BYTES = 128 * 2 ** 20
/** Ids beyond this are taken for damage; the largest vocabularies in use have under 300,000 tokens. */
const MAX_IDS = 2 ** 22

/**
 * Reads vocab.json (`{token: id}`), Hugging Face's tokenizer.json, or a JSON list of tokens; index = id.
 * Ids that no token has are the empty string. Throws DataError, also for two tokens of one id.
 */
export async function readVocab(path: string, { root }: { root?: string } = {}): Promise<readonly string[]> {
  const absolute = resolve(path)
  return guarded(absolute, async () => {
    checkMemory(absolute, (await checkFile(absolute, root)).size, MAX_BYTES)
    const text = (await readFile(absolute, 'utf8')).replace(/^\uFEFF/, '')
    const tokens = tokensOf(parse(absolute, text))
    if (!tokens || tokens.length === 0) throw notVocabulary(absolute)
    return byId(absolute, tokens)
  })
}

type Token = readonly [token: string, id: number]

function parse(path: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw notVocabulary(path)
  }
}

function notVocabulary(path: string): DataError {
  return unreadable(path, 'is not a vocabulary; give {"token": id, …}, a list of tokens, or a tokenizer.json.')
}

/** Undefined for anything that is not a vocabulary. */
function tokensOf(json: unknown): readonly Token[] | undefined {
  const { model, added_tokens: more = [] } = (json ?? {}) as { model?: { vocab?: unknown } | null; added_tokens?: unknown }
  if (typeof model !== 'object' || model?.vocab === undefined) return listed(json) ?? mapped(json)
  const tokens = listed(model.vocab) ?? mapped(model.vocab)
  const added = addedTokens(more)
  if (!tokens || !added) return undefined
  const known = new Map(tokens.map(([token, id]) => [id, token]))
  return [...tokens, ...added.filter(([token, id]) => known.get(id) !== token)]
}

function addedTokens(json: unknown): Token[] | undefined {
  if (!Array.isArray(json)) return undefined
  const tokens = json.map((entry): Token => [entry?.content, entry?.id])
  return tokens.every(isToken) ? tokens : undefined
}

function listed(json: unknown): Token[] | undefined {
  if (!Array.isArray(json)) return undefined
  const tokens = json.map((entry, id): Token => [Array.isArray(entry) ? entry[0] : entry, id])
  return tokens.every(isToken) ? tokens : undefined
}

function mapped(json: unknown): Token[] | undefined {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return undefined
  const tokens = Object.entries(json) as Token[]
  return tokens.every(isToken) ? tokens : undefined
}

function isToken([token, id]: Token): boolean {
  return typeof token === 'string' && Number.isInteger(id) && id >= 0
}

function byId(path: string, tokens: readonly Token[]): readonly string[] {
  const last = tokens.reduce((most, [, id]) => Math.max(most, id), 0)
  if (last >= MAX_IDS) throw unreadable(path, `has the id ${last} and at most ${MAX_IDS} ids can be read; check the file.`)
  const names = new Array<string>(last + 1).fill('')
  const seen = new Set<number>()
  for (const [token, id] of tokens) {
    if (seen.has(id)) throw unreadable(path, `gives the id ${id} to \`${names[id]}\` and \`${token}\`; ids must differ.`)
    seen.add(id)
    names[id] = token
  }
  return names
}
