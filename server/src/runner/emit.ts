/** Writes a compiled hypothesis and the note of its inputs. */
import type { EmittedModel } from '../scrub/emit-model.ts'
import { writeTogether } from './write.ts'

/** `scrubbed.onnx` and `scrubbed.onnx.json`: both, or neither. Throws what the system throws. */
export function writeEmitted(path: string, { bytes, note }: EmittedModel): void {
  writeTogether([[path, bytes], [`${path}.json`, `${JSON.stringify(note, null, 2)}\n`]])
}
