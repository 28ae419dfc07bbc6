/** A datum as text: what differs from another one is told token by token, and long runs of the same token are counted. */

export interface Run {
  readonly text: string
  readonly differs: boolean
}

/** Padding and the like: a run of so many is written `[pad]×22`. */
const COUNTED = 4

/** `[start]`, a word, white space, or one character. */
const TOKEN = /\[[^\]\s]{1,24}\]|[\p{L}\p{N}_]+|\s+|[^]/gu

/** The text in runs, compared with `reference` position by position. */
export function runs(text: string, reference: string): Run[] {
  const others = reference.match(TOKEN) ?? []
  const tokens = (text.match(TOKEN) ?? []).map((token, index) => ({ token, differs: token !== others[index], many: 1 }))
  const counted: typeof tokens = []
  for (const one of tokens) {
    const last = counted.at(-1)
    if (last?.token === one.token && last.differs === one.differs && one.token.startsWith('[') && one.token.length > 1) last.many++
    else counted.push(one)
  }
  const made: { text: string; differs: boolean }[] = []
  for (const { token, differs, many } of counted) {
    const written = many >= COUNTED ? `${token}×${many}` : token.repeat(many)
    const last = made.at(-1)
    if (last?.differs === differs) last.text += written
    else made.push({ text: written, differs })
  }
  return made
}

/** The text with its runs counted. */
export const brief = (text: string): string => runs(text, text).map((run) => run.text).join('')
