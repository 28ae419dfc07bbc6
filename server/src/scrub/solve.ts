/** Small systems of linear equations. */

/** What is less than this of a diagonal element is rounding: the column is one of the others again. */
const RANK = 1e-9

/**
 * x with `matrix` x = `right`, for a symmetric matrix without negative eigenvalues; where it is singular, with zeros for the columns
 * that depend on those before them. Cholesky's decomposition with the largest pivot first (Higham, Accuracy and Stability of
 * Numerical Algorithms, 2002, section 10.3).
 */
export function solve(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const n = right.length
  const left = matrix.map((_, i) => matrix[i]![i]!)
  const scale = left.slice()
  const rows: number[][] = []
  const order: number[] = []
  const y: number[] = []
  for (;;) {
    let pivot = -1
    for (let i = 0; i < n; i++) {
      const of = (k: number): number => left[k]! / scale[k]!
      if (!order.includes(i) && scale[i]! > 0 && of(i) > RANK && (pivot < 0 || of(i) > of(pivot))) pivot = i
    }
    if (pivot < 0) break
    const root = Math.sqrt(left[pivot]!)
    const row = Array.from({ length: n }, (_, j) => (matrix[pivot]![j]! - rows.reduce((sum, other) => sum + other[pivot]! * other[j]!, 0)) / root)
    y.push((right[pivot]! - rows.reduce((sum, other, k) => sum + other[pivot]! * y[k]!, 0)) / root)
    order.push(pivot)
    rows.push(row)
    for (let j = 0; j < n; j++) left[j]! -= row[j]! ** 2
  }
  const x = new Array<number>(n).fill(0)
  for (let k = order.length - 1; k >= 0; k--) {
    const later = order.slice(k + 1).reduce((sum, column) => sum + rows[k]![column]! * x[column]!, 0)
    x[order[k]!] = (y[k]! - later) / rows[k]![order[k]!]!
  }
  return x
}
