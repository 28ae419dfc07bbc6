// Bundles the command line and the runner into server/dist; run by npm's `prepare`. Works on Node 20 too.
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const server = dirname(fileURLToPath(import.meta.url))
const dist = join(server, 'dist')

const { outputFiles } = await build({
  absWorkingDir: server,
  entryPoints: { scrub: 'src/cli/main.ts', runner: 'src/runner/main.ts' },
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
await Promise.all(outputFiles.map((file) => writeFile(file.path, file.contents)))
const kept = new Set(outputFiles.map((file) => basename(file.path)))
for (const name of await readdir(dist)) if (!kept.has(name)) await rm(join(dist, name), { recursive: true })
