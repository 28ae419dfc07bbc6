// Bundles the page of the report into media/dist (page.js, page.css) and copies it beside the command line's bundle; run by `npm run build`.
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const media = dirname(fileURLToPath(import.meta.url))
const folders = [join(media, 'dist'), join(media, '../server/dist')]

const { outputFiles } = await build({
  absWorkingDir: media,
  entryPoints: { page: 'src/page/main.ts' },
  outdir: folders[0],
  bundle: true,
  format: 'iife',
  platform: 'browser',
  target: 'es2022',
  minify: true,
  // Inline in a stand-alone file: no tag may end the script, and no encoding may change it.
  charset: 'ascii',
  legalComments: 'none',
  logLevel: 'warning',
  write: false,
})
const { outputFiles: styles } = await build({ absWorkingDir: media, entryPoints: { page: 'src/page/page.css' }, outdir: folders[0], bundle: true, minify: true, logLevel: 'warning', write: false })

for (const folder of folders) {
  await mkdir(folder, { recursive: true })
  for (const { path, contents } of [...outputFiles, ...styles]) {
    const file = join(folder, basename(path))
    await writeFile(`${file}.${process.pid}`, contents)
    await rename(`${file}.${process.pid}`, file)
  }
}
