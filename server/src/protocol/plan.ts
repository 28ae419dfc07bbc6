/** What a run of a hypothesis would do. */
export interface Plan {
  hypothesis: string
  samples: number
  /** Paths from the output to a node. */
  branches: number
  /** Nodes, parents first, with the branches that are stacked along the batch axis. */
  groups: { node: string; branches: number }[]
  /** Functions of a datum that are computed once and read by index; rows as the draws of this run need them. */
  cached: { what: string; shape: string; rows: number; bytes: number; readers: number }[]
  /** Data that go through the model. */
  rows: number
  /** Of the compiled graph. */
  operators: number
  /** Multiplications and additions: for a row of the cache, for a sample after that (null with pools), and for one datum of the plain model. */
  operationsPerRow: number
  operationsPerSample: number | null
  operationsOfModel: number
  /**
   * Where the activations do not fit into their half of the memory: bytes of them that a temporary file takes at most, and why it is not
   * used (as a clause). Null where they fit.
   */
  disk: { bytes: number; problem?: string } | null
  /** Members of a pool, where there are any. */
  pool: number | null
}
