/** Writes a compiled hypothesis and the note of its inputs. */
import type { EmittedModel } from '../scrub/emit-model.ts'
import { writeAtomically } from './write.ts'

/** `scrubbed.onnx` and `scrubbed.onnx.json`. */
export function writeEmitted(path: string, { bytes, note }: EmittedModel): void {
  writeAtomically(path, bytes)
  writeAtomically(`${path}.json`, `${JSON.stringify(note, null, 2)}\n`)
}
