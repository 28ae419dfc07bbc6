/** Strings as codes into a dictionary, in order of first appearance. */

/** Bytes that a dictionary entry takes besides its characters, about (measured on V8: 73 in all for words of 10 letters). */
const ENTRY_BYTES = 64
/** V8 refuses larger maps. */
const MAX_ENTRIES = 2 ** 24 - 1
/** Bytes of strings in one file; they lie in V8's heap, which ends the process when it is full. */
const MAX_BYTES = 2 ** 30

/** The bytes left for the strings of one file. */
export interface StringRoom {
  left: number
}

export function stringRoom(memory: number): StringRoom {
  return { left: Math.min(memory, MAX_BYTES) }
}

export class Dictionary {
  readonly words: string[] = []
  private readonly codes = new Map<string, number>()
  private readonly room: StringRoom
  private readonly refuse: (problem: string) => Error

  /** `refuse` makes the error when there is no room for another string. */
  constructor(room: StringRoom, refuse: (problem: string) => Error) {
    this.room = room
    this.refuse = refuse
  }

  /** The code of a string, new or known. */
  code(word: string): number {
    const known = this.codes.get(word)
    if (known !== undefined) return known
    this.room.left -= ENTRY_BYTES + 2 * word.length
    if (this.room.left < 0 || this.words.length >= MAX_ENTRIES) {
      throw this.refuse(`holds too many different strings (${this.words.length} so far); save them as numbers, or split the file.`)
    }
    this.codes.set(word, this.words.length)
    return this.words.push(word) - 1
  }
}
