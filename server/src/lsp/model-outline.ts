/** Where a tensor is shown: a listing of its model, written to the temporary folder so that any editor can open it. */
import { createHash } from 'node:crypto'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { basename, join } from 'node:path'
import type { Range } from 'vscode-languageserver/node'
import type { BoundFile } from '../hypothesis/bound.ts'
import { modelOutline } from '../language/model-outline.ts'
import { uriOf } from './convert.ts'

interface Written {
  readonly path: string
  readonly lineOf: ReadonlyMap<string, number>
}

const written = new WeakMap<object, { readonly names: string; readonly file: Promise<Written> }>()

/** Rejects where the listing cannot be written; undefined for a tensor that is not in it. */
export async function tensorLocation(bound: BoundFile, tensor: string): Promise<{ uri: string; range: Range } | undefined> {
  const { graph, components, points } = bound
  const names = new Map([...points, ...components].map(([name, at]) => [at, name]))
  const key = JSON.stringify([...names])
  let known = written.get(graph)
  if (known?.names !== key) {
    const file = write(graph.path, modelOutline(graph, names), key)
    written.set(graph, (known = { names: key, file }))
    file.catch(() => written.delete(graph))
  }
  const { path, lineOf } = await known.file
  const line = lineOf.get(tensor)
  return line === undefined ? undefined : { uri: uriOf(path), range: { start: { line, character: 0 }, end: { line, character: 0 } } }
}

async function write(model: string, { text, lineOf }: ReturnType<typeof modelOutline>, names: string): Promise<Written> {
  const folder = join(tmpdir(), `scrub-${userInfo().username}`)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const hash = createHash('sha1').update(model).update(names).digest('hex').slice(0, 8)
  const path = join(folder, `${basename(model)}.${hash}.txt`)
  const fresh = `${path}.${process.pid}`
  await writeFile(fresh, text)
  await rename(fresh, path)
  return { path, lineOf }
}
