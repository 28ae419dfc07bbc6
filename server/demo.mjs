// `npm run demo`: evaluates the two example hypothesis files on the CPU, prints their tables and writes their reports to out/, as JSON and as pages.
import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const scrub = fileURLToPath(new URL('bin/scrub.mjs', import.meta.url))

const examples = [
  ['toy', 'The worked example of the causal scrubbing post, every draw enumerated.', ['--exact']],
  ['paren', 'Which heads of a real transformer check that parentheses are balanced.', []],
]

mkdirSync(new URL('../out', import.meta.url), { recursive: true })
let failed = false
for (const [name, about, options] of examples) {
  console.log(`\n${about}\n`)
  const args = ['run', `test-fixtures/${name}/${name}.scrub`, ...options, '--json', `out/${name}.json`, '--html', `out/${name}.html`]
  const { status, error } = spawnSync(process.execPath, [scrub, ...args], { cwd: root, stdio: 'inherit' })
  if (error) console.error(error.message)
  failed ||= status !== 0
}
if (failed) process.exitCode = 1
else console.log('\nOpen out/toy.html and out/paren.html in a browser: the graph, the hypotheses, where they lose and why.\nThe same as data: out/toy.json and out/paren.json; docs/report.md says what is in them.')
