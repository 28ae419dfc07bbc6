/** A tensor's name in quotes in an expression: writes the name that it has here, or `model["…"]`. */
import { quickfix, type Fix } from './action.ts'

export const quotedTensor: Fix = (_, finding) => {
  if (finding.code !== 'type-mismatch' || !/ is a string in an expression: /.test(finding.message)) return []
  const newText = /: write `(.*)`, as the tensor is called here\.$/.exec(finding.message)?.[1] ?? /, or write `(.*)`\.$/.exec(finding.message)?.[1]
  return newText === undefined ? [] : [quickfix(`Write \`${newText}\``, [{ span: finding.span, newText }], finding, true)]
}
