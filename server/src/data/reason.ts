/** Why a library could not go on with a file, in words. */

/** Messages of the language itself, and of libraries that say only that an index was wrong. */
const OF_NOBODY = /Cannot (?:read|convert|mix|set)|is not (?:a function|iterable|defined)|Invalid (?:array|typed array|array buffer|string)|out of|outside|must be (?:an instance|a multiple)|undefined|call stack|not be converted/i

/** What an error says where that is for people; else what it comes to. */
export function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return OF_NOBODY.test(message) ? 'a count, an offset or a type in it is wrong' : message
}
