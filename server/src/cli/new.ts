/** `scrub new`: a first hypothesis file for a model and a dataset. */
import { access, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { firstFile } from '../scrub/first-file.ts'
import type { Environment } from './environment.ts'
import { EXIT, Stop, wrongUsage, type ExitCode } from './exit.ts'
import { reason, rootFolder } from './source.ts'

export interface NewOptions {
  readonly root?: string
  readonly output?: string
  readonly force?: boolean
}

export async function newFile(model: string, data: string, { root, output, force = false }: NewOptions, { stdout, stderr, folder }: Environment): Promise<ExitCode> {
  const file = resolve(folder, output ?? 'first.scrub')
  if (output !== undefined && !force && (await access(file).then(() => true, () => false))) throw wrongUsage(`${output} is there already: name another file, or write over it with --force.`)
  const found = await firstFile(resolve(folder, model), resolve(folder, data), file, { root: await rootFolder(root, folder) })
  if (found.kind === 'refused') throw new Stop(EXIT.findings, found.message)
  if (output === undefined) stdout.write(found.text)
  else {
    await writeFile(file, found.text).catch((error: unknown) => {
      throw new Stop(EXIT.failed, `${output} could not be written: ${reason(error)}.`)
    })
    stderr.write(`Wrote ${output}\n`)
  }
  return EXIT.fine
}
