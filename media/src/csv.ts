/** Tables as comma-separated values (RFC 4180). */

export const csv = (rows: readonly (readonly string[])[]): string => rows.map((row) => `${row.map(cell).join(',')}\r\n`).join('')

/** A cell that begins like a formula gets a quote before it: spreadsheets would run it. Numbers are no formulas. */
function cell(text: string): string {
  const safe = /^[=+\-@\t]/.test(text) && !/^[+-]?\d[\d.,e+-]*( %.*)?$/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
