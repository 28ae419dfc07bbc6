/** The walkthrough: its pictures exist, its commands are there, and its sample has the one mistake that it speaks of. */
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { analyse } from '../../server/src/scrub/analyse.ts'
import { read, repository } from '../../server/test/tidy/repository.ts'

const manifest = JSON.parse(read('package.json'))
const steps: { description: string; media: { image: string; altText: string } }[] = manifest.contributes.walkthroughs[0].steps
const ours = new Set(manifest.contributes.commands.map(({ command }: { command: string }) => command))

test('every step has a picture that is there, and leads to commands that exist', () => {
  for (const { description, media } of steps) {
    expect(existsSync(join(repository, media.image)), media.image).toBe(true)
    expect(media.altText).toMatch(/^[A-Z]/)
    for (const [, command] of description.matchAll(/\(command:([\w.]+)\)/g)) if (command!.startsWith('scrub.')) expect(ours).toContain(command)
  }
})

test('the sample has one mistake; mended, it has none', async () => {
  // As it lies beside the model and the data after it was opened.
  const file = fileURLToPath(new URL('../../test-fixtures/paren/sample.scrub', import.meta.url))
  const text = read('client/walkthrough/paren.scrub')
  const { findings } = await analyse(file, text, { root: dirname(file) })
  expect(findings.map(({ code, severity }) => [code, severity])).toEqual([['unknown-column', 'error']])
  expect(findings[0]!.message).toContain('closest: `horizon_test`')
  expect((await analyse(file, text.replace('horizon_tests', 'horizon_test'), { root: dirname(file) })).findings).toEqual([])
})
