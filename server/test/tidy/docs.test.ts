/** Documentation that is made from the sources is in step with them, and links lead somewhere. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { format, parse } from '@scrub/grammar'
import { expect, test } from 'vitest'
import { pages } from '../../../docs/generate.ts'

const root = new URL('../../../', import.meta.url)

test('generated parts are in step; `node docs/generate.ts` brings them there', async () => {
  for (const [file, text] of await pages()) expect(readFileSync(new URL(`docs/${file}`, root), 'utf8'), file).toBe(text)
})

test('every relative link leads to a file', () => {
  const files = ['README.md', ...readdirSync(new URL('docs/', root)).filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`)]
  const dead = files.flatMap((file) => {
    const links = readFileSync(new URL(file, root), 'utf8').matchAll(/\]\((?!https?:)([^)#]+)/g)
    return [...links].map(([, target]) => target!).filter((target) => !existsSync(new URL(target, new URL(file, root)))).map((target) => `${file}: ${target}`)
  })
  expect(dead).toEqual([])
})

test('whole files shown as examples are in the language', () => {
  for (const file of ['README.md', 'docs/language.md']) {
    const blocks = [...readFileSync(new URL(file, root), 'utf8').matchAll(/```scrub\n([^]*?)```/g)].map(([, text]) => text!)
    expect(blocks.length, file).toBeGreaterThan(0)
    for (const text of blocks) {
      expect(parse(text).findings, file).toEqual([])
      expect(parse(format(text)).findings, file).toEqual([])
    }
  }
})
