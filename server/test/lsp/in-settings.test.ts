/** Options are settings in an editor, each of which exists. */
import { expect, test } from 'vitest'
import { inSettings } from '../../src/lsp/in-settings.ts'
import { read } from '../tidy/repository.ts'

test.each([
  ['lower --memory or --batch, or use fewer data (`limit`).', 'lower the setting scrub.evaluate.memoryLimitMB or scrub.evaluate.batchSize, or use fewer data (`limit`).'],
  ['Use --device cpu, or', 'Use scrub.evaluate.device cpu, or'],
  ['The runner stopped (exit code 1).', 'The runner stopped (exit code 1).'],
])('%s', (sentence, expected) => {
  expect(inSettings(sentence)).toBe(expected)
  const known = JSON.parse(read('package.json')).contributes.configuration.properties as object
  for (const [setting] of expected.matchAll(/scrub(\.\w+)+/g)) expect(Object.keys(known)).toContain(setting)
})
