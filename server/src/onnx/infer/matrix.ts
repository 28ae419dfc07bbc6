/** Products of matrices: MatMul, Gemm, Einsum and their quantised forms. */
import type { Dim, DType } from '../types.ts'
import { broadcast, broadcastDim } from './broadcast.ts'
import {
  type Context, dtypeAt, freshShape, intAttribute, known, type Rule, type Rules, shapeAt, ShapeError, shapeText, stringAttribute,
} from './context.ts'

type Shape = readonly Dim[]

/** The shape of a @ b as numpy has it. Throws a ShapeError where the inner lengths differ. */
export function productShape(context: Context, a: Shape | undefined, b: Shape | undefined): Shape | undefined {
  if (a === undefined || b === undefined) return undefined
  if (a.length === 0 || b.length === 0) throw new ShapeError(`${context.op.opType} needs matrices, not a scalar`)
  const inner = a.at(-1) as Dim
  const other = (b.length === 1 ? b[0] : b.at(-2)) as Dim
  if (typeof inner === 'number' && typeof other === 'number' && inner !== other) {
    throw new ShapeError(`${context.op.opType} cannot multiply ${shapeText(a)} by ${shapeText(b)}: ${inner} is not ${other}`)
  }
  const batch = broadcast(context, [a.slice(0, -2), b.slice(0, -2)]) as Shape
  return [...batch, ...(a.length > 1 ? [a.at(-2) as Dim] : []), ...(b.length > 1 ? [b.at(-1) as Dim] : [])]
}

const product = (dtype: (context: Context) => DType): Rule => (context) =>
  [known(dtype(context), productShape(context, shapeAt(context, 0), shapeAt(context, 1)))]

const gemm: Rule = (context) => {
  const a = shapeAt(context, 0)
  const b = shapeAt(context, 1)
  const dtype = dtypeAt(context, 0)
  if (a?.length !== 2 || b?.length !== 2) return [known(dtype, freshShape(context, 2))]
  const left = intAttribute(context.op, 'transA', 0) === 0 ? a : a.toReversed()
  const right = intAttribute(context.op, 'transB', 0) === 0 ? b : b.toReversed()
  return [known(dtype, productShape(context, left, right))]
}

const qlinear: Rule = (context) => [known(dtypeAt(context, 7), productShape(context, shapeAt(context, 0), shapeAt(context, 3)))]

const einsum: Rule = (context) => {
  const equation = stringAttribute(context.op, 'equation', '').replaceAll(' ', '')
  const [left, right] = equation.split('->') as [string, string | undefined]
  const terms = left.split(',')
  const lengths = new Map<string, Dim>()
  let ellipsis: Shape = []
  for (const [index, term] of terms.entries()) {
    const shape = shapeAt(context, index)
    if (shape === undefined) return [known(dtypeAt(context, 0), undefined)]
    const letters = term.replace('...', '')
    const extra = shape.length - letters.length
    const dots = term.indexOf('...')
    if (extra < 0 || (dots < 0 && extra > 0)) throw new ShapeError(`Einsum ${equation}: ${term} does not describe ${shapeText(shape)}`)
    if (dots >= 0) ellipsis = broadcast(context, [ellipsis, shape.slice(dots, dots + extra)]) as Shape
    for (const [at, letter] of [...letters].entries()) {
      const dim = shape[dots >= 0 && at >= dots ? at + extra : at] as Dim
      const before = lengths.get(letter)
      const joined = before === undefined ? dim : broadcastDim(context, before, dim)
      if (joined === undefined) throw new ShapeError(`Einsum ${equation}: ${letter} is ${before} and ${dim}`)
      lengths.set(letter, joined)
    }
  }
  return [known(dtypeAt(context, 0), resultShape(right ?? implied(left), lengths, ellipsis))]
}

function resultShape(term: string, lengths: ReadonlyMap<string, Dim>, ellipsis: Shape): Shape {
  const dims = (letters: string) => [...letters].map((letter) => lengths.get(letter) ?? 1)
  const dots = term.indexOf('...')
  return dots < 0 ? dims(term) : [...dims(term.slice(0, dots)), ...ellipsis, ...dims(term.slice(dots + 3))]
}

/** Without an arrow: the letters that occur once, in alphabetical order, after the dots. */
function implied(left: string): string {
  const letters = [...left.replaceAll('...', '').replaceAll(',', '')]
  const once = letters.filter((letter) => letters.indexOf(letter) === letters.lastIndexOf(letter)).sort()
  return (left.includes('...') ? '...' : '') + once.join('')
}

const determinant: Rule = (context) => [known(dtypeAt(context, 0), shapeAt(context, 0)?.slice(0, -2))]

export const MATRIX: Rules = {
  MatMul: product((context) => dtypeAt(context, 0)),
  MatMulInteger: product(() => 'int32'),
  QLinearMatMul: qlinear,
  Gemm: gemm,
  Einsum: einsum,
  Det: determinant,
}
