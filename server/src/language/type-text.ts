/** Types of features as one reads them: `bool`, `int64[42]`, `(bool, int64)`; always of one datum. */
import type { Compiled } from '../expr/types.ts'
import { dimsText } from '../hypothesis/place-type.ts'

export function typeText(feature: Compiled): string {
  const parts = feature.parts.map(({ dtype, shape }) => `${dtype}${dimsText(shape)}`)
  return parts.length === 1 ? parts[0]! : `(${parts.join(', ')})`
}
