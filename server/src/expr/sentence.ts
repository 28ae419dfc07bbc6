/** Problems are thrown as clauses and shown as sentences. */

/** A word that may open a sentence; names of arguments such as `x` and `fill_value` keep their case. */
const WORD = /^[a-z]{2,}(?=[\s,:;])|^a(?=\s)/

/** With a capital letter and a full stop. */
export function sentence(clause: string): string {
  const text = clause.replace(WORD, (word) => word[0]!.toUpperCase() + word.slice(1))
  return /[.!?…]$/.test(text) ? text : `${text}.`
}
