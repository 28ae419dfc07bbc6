/** Messages about files, in which names of the file stand: whatever they hold, a message is one line that can be read. */

/** Characters of a message, and of its end that is kept where it is longer. */
const LONGEST = 900
const END = 300

/** Control characters and marks that reorder text become `�`; the middle of what is too long is left out. */
export function oneLine(message: string): string {
  const short = message.length <= LONGEST ? message : `${message.slice(0, LONGEST - END).replace(/\p{Cs}$/u, '')} … ${message.slice(-END).replace(/^\p{Cs}/u, '')}`
  return short.replace(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g, '�')
}
