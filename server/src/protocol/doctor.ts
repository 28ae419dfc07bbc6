/** What is known of this machine: for `scrub doctor`, and for editors. */

export interface Probe {
  /** Name of an execution provider of ONNX Runtime. */
  device: string
  /** Part of the package that npm installs. */
  bundled: boolean
  /** A model ran on it. */
  works: boolean
  /** Multiplications and additions a second in products of float32 matrices; null where it does not work, or that was not measured. */
  speed: number | null
  /** A sentence: why not, and what to do. Empty where it works. */
  message: string
}

export interface Diagnosis {
  versions: { scrub: string; node: string; onnxruntime: string | null }
  /** `linux x64`, with the C library where there are several. */
  platform: string
  processors: number
  /** Bytes. */
  memory: { total: number; free: number }
  /** Why ONNX Runtime cannot be loaded, as a sentence; empty where it can. */
  problem: string
  probes: Probe[]
}
