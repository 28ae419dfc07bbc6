/** The packages: what is in them, and how large they are. */
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { unzipSync } from 'fflate'
import { afterAll, expect, test } from 'vitest'

const program = fileURLToPath(new URL('../package.mjs', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'scrub-vsix-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const packaged = (target: string) => {
  const path = execFileSync(process.execPath, [program, target, '--out', folder], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  return { path, files: unzipSync(readFileSync(path)) }
}

const ALLOWED = [
  /^\[Content_Types\]\.xml$/, /^extension\.vsixmanifest$/, /^extension\/package\.json$/, /^extension\/readme\.md$/i, /^extension\/LICENSE/,
  /^extension\/client\/dist\/(extension|language-client)\.cjs$/, /^extension\/client\/icons\/(icon\.png|file-(light|dark)\.svg)$/, /^extension\/client\/walkthrough\/(paren\.scrub|\w+\.png)$/, /^extension\/test-fixtures\/paren\/paren\.(onnx|npz)$/, /^extension\/media\/dist\/page\.(js|css)$/, /^extension\/docs\/findings\.md$/,
  /^extension\/grammar\/(language-configuration|scrub\.tmLanguage|snippets)\.json$/, /^extension\/server\/package\.json$/, /^extension\/server\/dist\/([\w-]+\.mjs|page\.(js|css))$/,
]
const RUNTIME = [/^extension\/server\/node_modules\/onnxruntime-node\/(package\.json|dist\/\w+\.js)$/, /^extension\/server\/node_modules\/onnxruntime-common\/(package\.json|dist\/cjs\/[\w-]+\.(js|json))$/]
const native = (names: string) => [...ALLOWED, ...RUNTIME, new RegExp(`^extension/server/node_modules/onnxruntime-node/bin/napi-v6/${names}$`)]

test.each([
  ['linux-x64', native('linux/x64/(onnxruntime_binding\\.node|libonnxruntime\\.so\\.1)'), 25e6],
  // Once: the same library lies there under two names.
  ['darwin-arm64', native('darwin/arm64/(onnxruntime_binding\\.node|libonnxruntime\\.1\\.dylib)'), 20e6],
  ['universal', ALLOWED, 4e6],
] as const)('%s holds what is allowed, and nothing else', (target, allowed, most) => {
  const { path, files } = packaged(target)
  const names = Object.keys(files)
  expect(names.filter((name) => !allowed.some((pattern) => pattern.test(name)))).toEqual([])
  for (const pattern of allowed.filter((one) => !/LICENSE/.test(String(one)))) expect(names.some((name) => pattern.test(name)), String(pattern)).toBe(true)
  expect(statSync(path).size).toBeLessThan(most)
  const manifest = JSON.parse(new TextDecoder().decode(files['extension/package.json']))
  expect(names).toContain(`extension/${manifest.main.replace('./', '')}`)
  expect(manifest).not.toHaveProperty('scripts')
})

test.each([
  ['linux-x64', /recovered/],
  ['universal', /ONNX Runtime is not part of this installation of Scrub.*install the package for your platform/],
])('what %s says when it is asked to evaluate', (target, expected) => {
  const root = mkdtempSync(join(folder, 'unpacked-'))
  for (const [name, bytes] of Object.entries(packaged(target).files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true })
    writeFileSync(join(root, name), bytes)
  }
  for (const name of ['toy.scrub', 'toy.onnx', 'toy.jsonl']) cpSync(fileURLToPath(new URL(`../../test-fixtures/toy/${name}`, import.meta.url)), join(root, name))
  const { stdout, stderr } = spawnSync(process.execPath, [join(root, 'extension/server/dist/scrub.mjs'), 'run', 'toy.scrub', '-H', 'or of two'], { cwd: root, encoding: 'utf8' })
  expect(`${stdout}${stderr}`.replaceAll('\n', ' ')).toMatch(expected)
})

test('a target that does not exist', () => {
  expect(() => execFileSync(process.execPath, [program, 'beos'], { encoding: 'utf8', stdio: 'pipe' })).toThrow(/There is no target beos; there are linux-x64/)
})
