// Bundles the command line and the runner into server/dist; run by npm's `prepare`. Works on Node 20 too.
import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const server = dirname(fileURLToPath(import.meta.url))
const dist = join(server, 'dist')

const { outputFiles } = await build({
  absWorkingDir: server,
  entryPoints: { scrub: 'src/cli/main.ts', runner: 'src/runner/main.ts', 'parquet-worker': 'src/data/parquet-worker.ts' },
  outdir: dist,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  // What one command needs is its own chunk, so that `scrub --version` loads next to nothing.
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node22',
  // Native: finds its binary relative to its own folder.
  external: ['onnxruntime-node'],
  // CommonJS packages inside an ES module call `require`.
  banner: { js: "import { createRequire as scrubRequire } from 'node:module'; const require = scrubRequire(import.meta.url);" },
  sourcemap: 'linked',
  sourcesContent: false,
  logLevel: 'warning',
  write: false,
})

await mkdir(dist, { recursive: true })
for (const { path, contents } of outputFiles) {
  const fresh = `${path}.${process.pid}`
  await writeFile(fresh, contents)
  await rename(fresh, path)
}
// A process that started from the bundle before may still load its chunks: only old ones are removed. The page is media/build.mjs's.
const kept = new Set(['page.js', 'page.css', ...outputFiles.map((file) => basename(file.path))])
for (const name of await readdir(dist)) {
  const path = join(dist, name)
  if (!kept.has(name) && Date.now() - (await stat(path)).mtimeMs > 3_600_000) await rm(path, { recursive: true })
}
