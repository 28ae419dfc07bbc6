/** `scrub new`: a first hypothesis file for a model and a dataset. */
import { access } from 'node:fs/promises'
import { resolve } from 'node:path'
import { firstFile } from '../scrub/first-file.ts'
import type { Environment } from './environment.ts'
import { EXIT, Stop, wrongUsage, type ExitCode } from './exit.ts'
import { outputPath, reason, rootFolder, writeWhole } from './source.ts'

export interface NewOptions {
  readonly root?: string
  readonly output?: string
  readonly force?: boolean
}

export async function newFile(model: string, data: string, { root, output, force = false }: NewOptions, { stdout, stderr, folder }: Environment): Promise<ExitCode> {
  const inputs = [resolve(folder, model), resolve(folder, data)] as const
  const file = output === undefined ? resolve(folder, 'first.scrub') : await outputPath('--output', output, folder, inputs)
  if (output !== undefined && !force && (await access(file).then(() => true, () => false))) throw wrongUsage(`${output} is there already: name another file, or write over it with --force.`)
  const found = await firstFile(...inputs, file, { root: await rootFolder(root, folder) })
  if (found.kind === 'refused') throw new Stop(EXIT.findings, found.message)
  if (output === undefined) stdout.write(found.text)
  else {
    await writeWhole(file, found.text).catch((error: unknown) => {
      throw new Stop(EXIT.failed, `${output} could not be written: ${reason(error)}.`)
    })
    stderr.write(`Wrote ${output}\n`)
  }
  return EXIT.fine
}
