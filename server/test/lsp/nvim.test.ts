/** Neovim, a client that is not ours, drives the server: diagnostics, hover, completion, rename, lenses, formatting, evaluation. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { folderWith, write } from './client.ts'

const program = fileURLToPath(new URL('../../dist/scrub.mjs', import.meta.url))
const script = fileURLToPath(new URL('nvim.lua', import.meta.url))

const TEXT = `model "toy.onnx"
data  "toy.jsonl"
metric log_loss = binary_cross_entropy(logit, label)

hypothesis "or of two" {
  node A   = z1 > 3    at "/AA"    from z1
  node B   = z2 > 3    at "/B"     from z2
  node out = A or B    at "logit"
}
`

const installed = spawnSync('nvim', ['--version']).status === 0

// Where the tests must not pass without it, CI installs it first.
test.runIf(installed || process.env['CI'])('a session in Neovim', () => {
  const folder = folderWith('toy/toy.onnx', 'toy/toy.jsonl')
  const out = join(folder, 'out.json')
  const run = spawnSync('nvim', ['--clean', '--headless', '-c', `luafile ${script}`], {
    env: { ...process.env, NODE: process.execPath, SERVER: program, FILE: write(folder, 'a.scrub', TEXT), OUT: out },
    encoding: 'utf8', timeout: 100_000,
  })
  const result = JSON.parse(readFileSync(out, 'utf8'))
  expect(result.error, run.stderr).toBeUndefined()
  expect(result.diagnostics).toEqual([{
    line: 5, col: 26, code: 'unknown-place', source: 'scrub',
    message: expect.stringContaining('`/AA` is no tensor of toy.onnx; closest: `/A`.'),
  }])
  expect(result.hover).toContain('z1 > 3')
  expect(result.hover).toContain('| true |')
  expect(result.lenses).toEqual([expect.stringContaining('toy.onnx'), expect.stringContaining('Evaluate'), 'No results yet'])
  expect(result.symbols).toContain('or of two')
  expect(result.completion).toEqual(expect.arrayContaining(['/A', '/B']))
  expect(result.renamed.slice(5, 8)).toEqual(['  node first   = z1 > 3    at "/A"    from z1', '  node B   = z2 > 3    at "/B"     from z2', '  node out = first or B    at "logit"'])
  expect(result.formatted.slice(5, 8)).toEqual(['  node first = z1 > 3     at "/A" from z1', '  node B     = z2 > 3     at "/B" from z2', '  node out   = first or B at "logit"'])
  expect(result.evaluated).toEqual({ status: 'done', recovered: expect.closeTo(1, 1) })
  expect(result.lensesAfter[2]).toMatch(/^Results: /)
  expect(result.exit).toEqual({ code: 0, signal: 0 })
})
