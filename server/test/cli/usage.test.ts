/** Wrong usage: one sentence, exit code 2, nothing started, nothing written. */
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { VERSION } from '../../src/version.ts'
import { folder } from './folder.ts'
import { invoke } from './outputs.ts'

const text = 'model "sum.onnx"\ndata "sum.jsonl"\nmetric err = (y - t) ** 2\nhypothesis "h" {\n  node out = exact at y\n}\n'

test.each<[string, string[]]>([
  ['no command', []],
  ['an unknown command', ['rnu', 'a.scrub']],
  ['an unknown option', ['run', 'a.scrub', '--sample', '10']],
  ['no file', ['run']],
  ['a file that does not exist', ['run', 'b.scrub']],
  ['a file that does not exist', ['check', 'a.scrub', 'b.scrub']],
  ['a folder instead of a file', ['check', '.']],
  ['samples that are no number', ['run', 'a.scrub', '--samples', 'many']],
  ['no samples', ['run', 'a.scrub', '--samples', '0']],
  ['a negative seed', ['run', 'a.scrub', '--seed', '-1']],
  ['a precision that is none', ['run', 'a.scrub', '--precision', '5']],
  ['an unknown device', ['run', 'a.scrub', '--device', 'gpu']],
  ['an unknown hypothesis', ['run', 'a.scrub', '-H', 'g']],
  ['an unknown metric', ['run', 'a.scrub', '--metric', 'loss']],
  ['an output in a folder that does not exist', ['run', 'a.scrub', '--json', 'out/report.json']],
  ['an output that is a folder', ['run', 'a.scrub', '--emit', '.']],
  ['an output over the model', ['run', 'a.scrub', '--emit', 'sum.onnx']],
  ['an output over the data', ['run', 'a.scrub', '--json', './sum.jsonl']],
  ['two outputs in one file', ['run', 'a.scrub', '--json', 'x', '--emit', 'x']],
  ['an output in the note of the emitted model', ['run', 'a.scrub', '--emit', 'x.onnx', '--json', 'x.onnx.json']],
  ['a model that does not exist', ['graph', 'b.onnx']],
  ['a report that does not exist', ['report', 'b.json']],
  ['two outputs in one file', ['run', 'a.scrub', '--json', 'x', '--html', 'x']],
  ['a memory that is no number', ['run', 'a.scrub', '--memory', 'small']],
  ['too many files', ['classes', 'a.scrub', 'out', 'b.scrub']],
  ['a root that does not exist', ['check', 'a.scrub', '--root', 'nowhere']],
  ['two formats', ['check', 'a.scrub', '--json', '--sarif']],
  ['standard input among files', ['fmt', '-', 'a.scrub']],
])('%s: scrub %j', async (_, args) => {
  const path = folder({ 'a.scrub': text })
  const before = readdirSync(path)
  const { exitCode, stdout, stderr } = await invoke(args, path)
  expect(exitCode).toBe(2)
  expect(stdout).toBe('')
  expect(stderr.replaceAll(path, '…')).toMatchSnapshot()
  expect(readdirSync(path)).toEqual(before)
  expect(readFileSync(join(path, 'a.scrub'), 'utf8')).toBe(text)
})

test.each([['-H', 'h', 'a.scrub'], ['a.scrub', '-H', 'h']])('the file may stand before or after -H', async (...args) => {
  const { stderr } = await invoke(['run', ...args, '--json', 'nowhere/x.json'], folder({ 'a.scrub': text }))
  expect(stderr).toContain('nowhere does not exist')
})

test('version and help go to standard output', async () => {
  expect(await invoke(['--version'], '.')).toEqual({ exitCode: 0, stdout: `${VERSION}\n`, stderr: '' })
  const help = await invoke(['--help'], '.')
  expect(help.exitCode).toBe(0)
  expect(help.stderr).toBe('')
  expect(help.stdout).toMatchInlineSnapshot(`
    "Usage: scrub [options] [command]

    Causal scrubbing: test hypotheses about how a neural network works.

    Options:
      -v, --version                    print the version
      -h, --help                       print this help

    Commands:
      check [options] <file...>        find mistakes before anything is evaluated
      fmt [options] <file...>          format files
      run [options] [file...]          evaluate hypotheses
      merge [options] <report...>      put the shards of a run together
      submit [options] [file...]       run in shards on a cluster
      report [options] <report>        show a report in a browser
      classes [options] <file> <node>  show the equivalence classes of a node
      graph [options] <model>          list a model's tensors
      new [options] <model> <data>     write a first hypothesis file
      doctor [options]                 say what works on this machine
      lsp [options]                    start the language server
      help [command]                   print the help of a command

    Examples:
      $ scrub check toy.scrub                 findings of a file, before anything runs
      $ scrub run toy.scrub                   evaluate all of its hypotheses
      $ scrub run toy.scrub -H "or of two" --precision 0.5% --json report.json
      $ scrub graph toy.onnx                  names of tensors, to be used after \`at\`

    Exit codes: 0 fine, 1 errors found or an \`expect\` failed, 2 wrong usage, 3 the run failed, 130 stopped by Ctrl-C.
    "
  `)
})

test('an output through a link to an input is refused', async () => {
  const path = folder({ 'a.scrub': text })
  symlinkSync('sum.onnx', join(path, 'link.onnx'))
  expect(await invoke(['run', 'a.scrub', '--emit', 'link.onnx'], path)).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('already an input') })
})

test.skipIf(process.platform === 'win32')('an output that is no regular file is refused, for it cannot be replaced whole', async () => {
  const path = folder({ 'a.scrub': text })
  spawnSync('mkfifo', [join(path, 'pipe')])
  expect(await invoke(['run', 'a.scrub', '--json', 'pipe'], path)).toMatchObject({ exitCode: 2, stderr: 'scrub: --json pipe is not a regular file; name one.\n' })
})
