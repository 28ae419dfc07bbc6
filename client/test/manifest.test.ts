/** package.json and the code say the same: commands, settings, activation. */
import { expect, test } from 'vitest'
import { COMMANDS } from '../../server/src/lsp/commands.ts'
import { defaults, settingsOf } from '../../server/src/lsp/settings.ts'
import { files, read } from '../../server/test/tidy/repository.ts'

const manifest = JSON.parse(read('package.json'))
const commands: string[] = manifest.contributes.commands.map(({ command }: { command: string }) => command)
const properties: Record<string, { type: string | string[]; enum?: string[]; default: unknown; markdownDescription: string; order: number; scope: string }> = manifest.contributes.configuration.properties

test('every command of the manifest is one of the server or registered here, and the other way round', () => {
  const registered = files('client/src', /\.ts$/).flatMap((file) => [...read(file).matchAll(/registerCommand\('([^']+)'/g)].map(([, name]) => name!))
  expect(commands.toSorted()).toEqual([...COMMANDS, ...registered].toSorted())
})

/** What VS Code itself or its client library reads is not the server's. */
const OURS = ['scrub.results.openPanel', 'scrub.runner.nodePath']
const LIBRARY = ['scrub.trace.server']

test('settings of the client are read there', () => {
  const source = files('client/src', /\.ts$/).map((file) => read(file)).join('\n')
  for (const key of OURS) expect(source).toMatch(new RegExp(`get(<[^>]*>)?\\('${key.slice('scrub.'.length)}'\\)`))
})

test('every other setting is read by the server, with the default that it says', () => {
  const given: Record<string, any> = {}
  const served = Object.entries(properties).filter(([key]) => ![...OURS, ...LIBRARY].includes(key))
  for (const [key, { default: value }] of served) {
    const [last, ...path] = key.split('.').slice(1).reverse()
    let at = given
    for (const part of path.reverse()) at = at[part] ??= {}
    at[last!] = value
  }
  expect(settingsOf(given)).toEqual(defaults)
  for (const [key, { default: value, enum: names }] of served) {
    const other = names ? names.find((name) => name !== value) : typeof value === 'boolean' ? !value : 7
    const changed = structuredClone(given)
    const path = key.split('.').slice(1)
    const holder = path.slice(0, -1).reduce((at, part) => at[part], changed)
    holder[path.at(-1)!] = other
    expect(settingsOf(changed), key).not.toEqual(defaults)
  }
})

test.each(Object.entries(properties))('%s says what it does, where it applies and what it may be', (_, { type, markdownDescription, order, scope }) => {
  expect(type).toBeTruthy()
  expect(markdownDescription).toMatch(/^[A-Z].*\.$/)
  expect(order).toBeGreaterThan(0)
  expect(scope).toBeTruthy()
})

test('nothing but the language and the panel starts the extension', () => expect(manifest.activationEvents).toEqual(['onWebviewPanel:scrub.results']))
