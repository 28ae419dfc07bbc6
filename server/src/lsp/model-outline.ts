/** Where a tensor is shown: a listing of its model, written to the temporary folder so that any editor can open it. */
import { createHash } from 'node:crypto'
import { rmSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Range } from 'vscode-languageserver/node'
import { ownFolder } from '../scrub/own-folder.ts'
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
  const { path, lineOf } = await listing(bound)
  const line = lineOf.get(tensor)
  return line === undefined ? undefined : { uri: uriOf(path), range: { start: { line, character: 0 }, end: { line, character: 0 } } }
}

/** The URI of the whole listing. */
export async function modelListing(bound: BoundFile): Promise<string> {
  return uriOf((await listing(bound)).path)
}

function listing({ graph, components, points }: BoundFile): Promise<Written> {
  const names = new Map([...points, ...components].map(([name, at]) => [at, name]))
  const key = JSON.stringify([...names])
  let known = written.get(graph)
  if (known?.names !== key) {
    const file = write(graph.path, modelOutline(graph, names), key)
    written.set(graph, (known = { names: key, file }))
    file.catch(() => written.delete(graph))
  }
  return known.file
}

let folder: string | undefined

/** A folder of this process' own, gone with it. */
function listings(): string {
  if (folder !== undefined) return folder
  const path = ownFolder('listing')
  process.once('exit', () => rmSync(path, { recursive: true, force: true }))
  return (folder = path)
}

async function write(model: string, { text, lineOf }: ReturnType<typeof modelOutline>, names: string): Promise<Written> {
  const hash = createHash('sha1').update(model).update(names).digest('hex').slice(0, 8)
  const path = join(listings(), `${basename(model)}.${hash}.txt`)
  await writeFile(path, text)
  return { path, lineOf }
}
