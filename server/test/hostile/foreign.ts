/** `node server/test/hostile/foreign.ts FOLDER`: opens every .onnx file below a folder, and says which got no clear answer. */
import { copyFileSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Judge } from './judge.ts'

/** Larger ones are opened where they lie: nothing may be written beside them, so that no hypothesis is tried on them. */
const MOST_COPIED = 64 * 2 ** 20

export const modelsIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.onnx')).map((name) => join(folder, name)).filter((path) => statSync(path).isFile()).sort()

export interface Tried {
  readonly opened: number
  readonly refused: number
  readonly faults: readonly string[]
}

/** Each is copied with what lies beside it, since external weights may. */
export async function tryModels(files: readonly string[]): Promise<Tried> {
  const judge = new Judge()
  const faults: string[] = []
  let [opened, refused] = [0, 0]
  try {
    for (const file of files) {
      const own = join(judge.folder, 'foreign')
      rmSync(own, { recursive: true, force: true })
      mkdirSync(own)
      let size = 0
      for (const name of readdirSync(dirname(file))) {
        const path = join(dirname(file), name)
        const { size: bytes } = statSync(path)
        if (!statSync(path).isFile() || (size += bytes) > MOST_COPIED || (name.endsWith('.onnx') && name !== basename(file))) continue
        copyFileSync(path, join(own, name))
      }
      copyFileSync(file, join(own, basename(file)))
      const { outcome, fault } = await judge.judgeFile('model', join(own, basename(file)), statSync(file).size)
      if (outcome === 'opened') opened++
      if (outcome === 'refused') refused++
      if (fault !== undefined) faults.push(`${file}: ${fault}`)
    }
  } finally {
    judge.stop()
  }
  return { opened, refused, faults }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [folder] = process.argv.slice(2)
  if (folder === undefined) {
    process.stderr.write('Name a folder with .onnx files.\n')
    process.exit(2)
  }
  const { opened, refused, faults } = await tryModels(modelsIn(folder))
  process.stdout.write(`${opened} opened, ${refused} got a sentence, ${faults.length} faults\n${faults.map((fault) => `  ${fault}\n`).join('')}`)
  process.exitCode = faults.length > 0 ? 1 : 0
}
