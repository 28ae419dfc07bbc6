/** Words of a POSIX shell. */

/** As one word, whatever it holds. */
export const quoted = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)

export const commandLine = (words: readonly string[]): string => words.map(quoted).join(' ')
