/** Imports run one way: docs/architecture.md lists the arrows, and no other may exist. */
import { dirname, relative, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { read, repository, sources } from './repository.ts'

/** What a part may import besides itself. */
const arrows: Record<string, readonly string[]> = {
  grammar: [],
  'server/src/protocol': [],
  'server/src/version.ts': [],
  'server/src/onnx': [],
  'server/src/model': ['server/src/onnx'],
  'server/src/transformer': ['server/src/onnx', 'server/src/model'],
  'server/src/data': ['server/src/onnx'],
  'server/src/expr': ['grammar', 'server/src/onnx'],
  'server/src/hypothesis': ['grammar', 'server/src/onnx', 'server/src/model', 'server/src/transformer', 'server/src/data', 'server/src/expr', 'server/src/protocol'],
  'server/src/scrub': ['grammar', 'server/src/onnx', 'server/src/model', 'server/src/transformer', 'server/src/data', 'server/src/expr', 'server/src/hypothesis', 'server/src/protocol'],
  'server/src/runner': ['grammar', 'server/src/onnx', 'server/src/model', 'server/src/data', 'server/src/expr', 'server/src/hypothesis', 'server/src/scrub', 'server/src/protocol'],
  'server/src/language': ['grammar', 'server/src/onnx', 'server/src/model', 'server/src/transformer', 'server/src/data', 'server/src/expr', 'server/src/hypothesis', 'server/src/scrub', 'server/src/protocol'],
  'server/src/lsp': ['grammar', 'server/src/onnx', 'server/src/model', 'server/src/data', 'server/src/expr', 'server/src/hypothesis', 'server/src/scrub', 'server/src/language', 'server/src/runner', 'server/src/protocol'],
  'server/src/cli': ['grammar', 'server/src/onnx', 'server/src/model', 'server/src/transformer', 'server/src/data', 'server/src/hypothesis', 'server/src/scrub', 'server/src/language', 'server/src/lsp', 'server/src/runner', 'server/src/protocol', 'media'],
  client: ['media', 'server/src/protocol', 'server/src/language'],
  media: ['server/src/protocol', 'server/src/language'],
}

/** Packages that only these parts may import. */
const packages: [RegExp, RegExp][] = [
  [/^onnxruntime-/, /^server\/src\/runner\//],
  [/^vscode-(languageserver|jsonrpc)/, /^server\/src\/lsp\//],
  [/^vscode$/, /^client\//],
  [/^d3/, /^media\//],
  [/^chevrotain$/, /^grammar\//],
  [/^(commander|cli-table3|picocolors|string-width)$/, /^server\/src\/cli\//],
]

interface Import {
  readonly file: string
  readonly target: string
  readonly typeOnly: boolean
}

const imports: Import[] = sources().flatMap((file) =>
  [...read(file).matchAll(/^\s*(?:import|export)\b(\s+type\b)?[^'"\n;=]*?(?:from\s*)?['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/gm)].map(([, type, stated, dynamic]) => ({
    file,
    target: stated ?? dynamic!,
    typeOnly: type !== undefined,
  })),
)

const partOf = (path: string): string | undefined => Object.keys(arrows).find((part) => path === part || path.startsWith(`${part}/`))

/** The repository path that an import names, or undefined for a package. */
function pathOf({ file, target }: Import): string | undefined {
  if (target.startsWith('@scrub/grammar')) return 'grammar/src/index.ts'
  return target.startsWith('.') ? relative(repository, resolve(repository, dirname(file), target)) : undefined
}

test('the imports are found', () => {
  expect(imports.length).toBeGreaterThan(100)
  expect(imports.some(({ file, target }) => file === 'server/src/cli/program.ts' && target === './run.ts')).toBe(true)
})

test('parts import only what the architecture allows', () => {
  const wrong = imports.flatMap((one) => {
    const from = partOf(one.file)
    const path = pathOf(one)
    const to = path === undefined ? undefined : partOf(path)
    return from === undefined || to === undefined || from === to || to === 'server/src/version.ts' || arrows[from]!.includes(to) ? [] : [`${one.file} imports ${one.target}`]
  })
  expect(wrong).toEqual([])
})

test('every source file belongs to a part', () => {
  expect(sources().filter((file) => partOf(file) === undefined)).toEqual([])
})

test('special packages are imported in one part only', () => {
  const wrong = imports.filter(({ file, target }) => packages.some(([name, where]) => name.test(target) && !where.test(file)))
  expect(wrong.map(({ file, target }) => `${file} imports ${target}`)).toEqual([])
})

test('the protocol is types and constants', () => {
  const files = sources().filter((file) => file.startsWith('server/src/protocol/'))
  for (const file of files) expect(read(file), file).not.toMatch(/^\s*(export\s+)?(async\s+)?(function|class|let)\b/m)
  expect(imports.filter(({ file, typeOnly }) => files.includes(file) && !typeOnly)).toEqual([])
})
