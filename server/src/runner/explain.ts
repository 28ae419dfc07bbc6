/** What ONNX Runtime says when it cannot run a model, in the words of whoever wrote the hypothesis. */

export interface Explained {
  /** Whether the data are to blame. */
  readonly data: boolean
  readonly message: string
}

const STATUS = /^Non-zero status code returned while running (\w+) node\.(?: Name:'[^']*')?\s*(?:Status Message:\s*)?(.*)$/
const OUTSIDE = /\bidx=(-?\d+) must be within the inclusive range \[(-?\d+),\s*(-?\d+)\]/

/** Undefined for what ONNX Runtime did not say. Names of nodes are those of the compiled model, so they are left out. */
export function explained(message: string): Explained | undefined {
  const failed = STATUS.exec(message.split('\n', 1)[0]!)
  if (!failed) return undefined
  const outside = OUTSIDE.exec(message)
  if (!outside) return { data: false, message: `The model's operator ${failed[1]} failed: ${failed[2]!.slice(0, 500).replace(/[\s.]*$/, '')}.` }
  const [, index, , last] = outside
  return {
    data: true,
    message: `The model looks up entry ${index} of a table whose last one is ${last}: a token id in the data is outside the model's vocabulary; correct the data, or leave such rows out with \`filter\`.`,
  }
}
