// Packages the extension: `npm run package -- [TARGET …] [--out FOLDER]`; without targets all of them. Each holds what an allow-list names, and only its own platform's runtime.
import { execFileSync } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
/** `universal` has no runtime: everything but evaluating and counting classes works with it. */
const TARGETS = ['linux-x64', 'linux-arm64', 'darwin-arm64', 'win32-x64', 'win32-arm64', 'universal']

const { values, positionals } = parseArgs({ allowPositionals: true, options: { out: { type: 'string', default: join(root, 'out') } } })
const unknown = positionals.filter((target) => !TARGETS.includes(target))
if (unknown.length > 0) {
  console.error(`There is no target ${unknown.join(', ')}; there are ${TARGETS.join(', ')}.`)
  process.exit(2)
}

const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
await mkdir(values.out, { recursive: true })
for (const target of positionals.length > 0 ? positionals : TARGETS) {
  const stage = await mkdtemp(join(tmpdir(), 'scrub-package-'))
  try {
    await fill(stage, target)
    const file = resolve(values.out, `scrub-${manifest.version}-${target}.vsix`)
    const vsce = join(root, 'node_modules/@vscode/vsce/vsce')
    const args = ['package', '--no-dependencies', '--skip-license', '--allow-missing-repository', '--out', file, ...(target === 'universal' ? [] : ['--target', target])]
    execFileSync(process.execPath, [vsce, ...args], { cwd: stage, stdio: ['ignore', 'ignore', 'inherit'] })
    console.log(file)
  } finally {
    await rm(stage, { recursive: true, force: true })
  }
}

async function fill(stage, target) {
  const { name, displayName, description, version, publisher, license, icon, engines, categories, main, activationEvents, extensionKind, capabilities, contributes } = manifest
  const own = { name, displayName, description, version, publisher, license, icon, type: 'module', engines: { vscode: engines.vscode }, categories, main, activationEvents, extensionKind, capabilities, contributes }
  await writeFile(join(stage, 'package.json'), `${JSON.stringify(own, undefined, 2)}\n`)
  await writeFile(join(stage, 'README.md'), forMarketplace(await readFile(join(root, 'README.md'), 'utf8')))
  const copy = (path) => cp(join(root, path), join(stage, path), { recursive: true })
  for (const path of ['LICENSE', 'client/dist/extension.cjs', 'client/dist/language-client.cjs', 'media/dist/page.js', 'media/dist/page.css', 'docs/findings.md', 'client/walkthrough', 'client/icons/icon.png', 'client/icons/file-light.svg', 'client/icons/file-dark.svg', 'test-fixtures/paren/paren.onnx', 'test-fixtures/paren/paren.npz']) await copy(path)
  for (const file of ['language-configuration.json', 'scrub.tmLanguage.json', 'snippets.json']) await copy(`grammar/${file}`)
  // Only what the bundle that is there now consists of: older chunks may lie beside it.
  for (const file of await reached(['scrub.mjs', 'runner.mjs', 'parquet-worker.mjs'])) await copy(`server/dist/${file}`)
  for (const file of ['page.js', 'page.css']) await copy(`server/dist/${file}`)
  // What is here is what is shipped; without the file the packager warns that it might be too much.
  await writeFile(join(stage, '.vscodeignore'), '')
  await writeFile(join(stage, 'server/package.json'), '{ "type": "module" }\n')
  if (target === 'universal') return
  const [system, processor] = target.split('-')
  const runtime = 'onnxruntime-node'
  const into = (path) => join(stage, 'server/node_modules', path)
  const from = (path) => join(root, 'node_modules', path)
  await cp(from(`${runtime}/package.json`), into(`${runtime}/package.json`))
  await cp(from(`${runtime}/dist`), into(`${runtime}/dist`), { recursive: true, filter: (path) => !path.endsWith('.map') && !path.endsWith('.d.ts') })
  // On macOS the library lies there twice; the binding asks for the shorter name (its LC_LOAD_DYLIB).
  const filter = (path) => !/libonnxruntime\.\d+\.\d+\.\d+\.dylib$/.test(path)
  await cp(from(`${runtime}/bin/napi-v6/${system}/${processor}`), into(`${runtime}/bin/napi-v6/${system}/${processor}`), { recursive: true, filter })
  await cp(from('onnxruntime-common/package.json'), into('onnxruntime-common/package.json'))
  await cp(from('onnxruntime-common/dist/cjs'), into('onnxruntime-common/dist/cjs'), { recursive: true, filter: (path) => !path.endsWith('.map') && !path.endsWith('.d.ts') })
}

/** The bundle's files that these import, and so on. */
async function reached(entries) {
  const all = new Set(await readdir(join(root, 'server/dist')))
  const found = new Set(entries)
  for (const file of found) {
    const text = await readFile(join(root, 'server/dist', file), 'utf8')
    for (const [, name] of text.matchAll(/["']\.\/([\w.-]+\.mjs)["']/g)) if (all.has(name)) found.add(name)
  }
  return [...found]
}

/** Pictures and pages that are not in the package. */
function forMarketplace(text) {
  return text.replace(/^!\[.*\n\n?/gm, '').replace(/^## Read on[^]*$/m, '').replace(/\]\(docs\/[^)]*\)/g, ']').replace(/\[([^\]]*)\]/g, '$1')
}
