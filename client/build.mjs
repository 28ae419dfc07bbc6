// Bundles the extension into client/dist; run by `npm run build`.
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

// The client of the language server is most of the code and is needed only after activation: a file of its own.
const later = {
  name: 'later',
  setup: ({ onResolve }) => onResolve({ filter: /^\.\/language-client\.ts$/ }, ({ kind }) => (kind === 'dynamic-import' ? { path: './language-client.cjs', external: true } : undefined)),
}

await build({
  absWorkingDir: dirname(fileURLToPath(import.meta.url)),
  entryPoints: { extension: 'src/extension.ts', 'language-client': 'src/language-client.ts' },
  outdir: 'dist',
  outExtension: { '.js': '.cjs' },
  bundle: true,
  format: 'cjs',
  platform: 'node',
  target: 'node20',
  external: ['vscode'],
  plugins: [later],
  supported: { 'dynamic-import': false },
  minify: true,
  legalComments: 'none',
  logLevel: 'warning',
})
