/** Every finding code is documented in docs/findings.md and triggered by a test. */
import { expect, test } from 'vitest'
import { files, read, sources, tests } from './repository.ts'

const documented = [...read('docs/findings.md').matchAll(/^### `([a-z-]+)`$/gm)].map(([, code]) => code!)

/** Codes where they are raised: `code: 'x'`, `.error('x', …)`, `new ModelError('x', …)` and the like. */
const raised = new Set(
  sources().flatMap((file) =>
    [...read(file).matchAll(/(?:\bcode\s*[:=]\s*|\b(?:error|warn|warning|add|report|Problem|ModelError|DataError)\()(?:[^'"`\n]{0,60}\?\s*)?'([a-z]+(?:-[a-z]+)*)'/g)].map(([, code]) => code!),
  ),
)

const triggered = [...tests().filter((file) => !file.includes('/tidy/')).map(read), ...files('test-fixtures', /\.json$/).map(read)].join('\n')

test('codes are found in the sources', () => {
  for (const code of ['syntax', 'unknown-place', 'model-unreadable', 'data-unreadable']) expect([...raised]).toContain(code)
})

test('every code is documented', () => {
  expect([...raised].filter((code) => !documented.includes(code)).sort()).toEqual([])
})

test('nothing is documented that does not exist', () => {
  const text = sources().map(read).join('\n')
  expect(documented.filter((code) => !text.includes(`'${code}'`))).toEqual([])
})

test('every code is triggered by a test', () => {
  expect(documented.filter((code) => !new RegExp(`['"\`\\[ ]${code}['"\`\\] :]`).test(triggered))).toEqual([])
})
