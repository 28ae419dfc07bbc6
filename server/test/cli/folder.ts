/** Folders of files for tests, and a small model to talk about: `y = A + B` of two columns. */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

const zoo = fileURLToPath(new URL('../../../test-fixtures/zoo/', import.meta.url))

/** A folder that is gone after the test, with `sum.onnx`, `sum.jsonl` and the given files. */
export function folder(files: Record<string, string | Uint8Array> = {}): string {
  const path = mkdtempSync(join(tmpdir(), 'scrub-test-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  for (const name of ['sum.onnx', 'sum.jsonl']) cpSync(join(zoo, name), join(path, name))
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true })
    writeFileSync(join(path, name), content)
  }
  return path
}
