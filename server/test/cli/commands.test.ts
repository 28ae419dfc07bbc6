/** The commands on small files: exit code, standard output, standard error, and what is written. */
import { Ajv } from 'ajv'
import { existsSync, lstatSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import schema from '../../src/protocol/report.schema.json' with { type: 'json' }
import type { Report } from '../../src/protocol/report.ts'
import { folder } from './folder.ts'
import { invoke } from './outputs.ts'

const header = 'model "sum.onnx"\ndata "sum.jsonl"\nmetric err = (y - t) ** 2\n'
const right = `${header}
hypothesis "right" {
  node A = a at "A"
  node B = b at "B"
  node C = c at "C"
  node out = (A, B, C) at y
}

hypothesis "only A" {
  node A = a at "A"
  node out = A at y
}
`
/** The same without anything to warn of: on eight data `(A, B, C)` tells all of them apart. */
const quiet = right.replace('(A, B, C) at y', 'exact at y from A, B, C')

/** Only times differ between equal runs. */
const timeless = (text: string): string => text.replaceAll(/\b\d+\.\d\d(?=\n)/g, 'T.TT').replaceAll(/the [\d.]+ s for/g, 'the T.TT s for')

test('check says nothing on standard output where there is nothing to say', async () => {
  expect(await invoke(['check', 'a.scrub'], folder({ 'a.scrub': quiet }))).toEqual({ exitCode: 0, stdout: '', stderr: 'no findings in 1 file\n' })
})

test('check shows findings of several files with their lines', async () => {
  const path = folder({ 'a.scrub': quiet.replace('"B"', '"BB"'), 'b.scrub': quiet.replace('= c at', '= cc at') })
  const { exitCode, stdout, stderr } = await invoke(['check', 'a.scrub', 'b.scrub'], path)
  expect(exitCode).toBe(1)
  expect(stdout).toMatchInlineSnapshot(`
    "a.scrub:7:17: error[unknown-place] \`BB\` is no tensor of sum.onnx; closest: \`AB\`, \`B\`, \`b\`.
     7 │   node B = b at "BB"
       │                 ^^^^

    b.scrub:8:12: error[unknown-column] \`cc\` is no column, let or node here; closest: \`C\`, \`c\`.
     8 │   node C = cc at "C"
       │            ^^

    "
  `)
  expect(stderr).toBe('2 errors in 2 files\n')
})

test('check --json and --sarif hold the same findings', async () => {
  const path = folder({ 'a.scrub': quiet.replace('"B"', '"BB"') })
  const { findings } = JSON.parse((await invoke(['check', 'a.scrub', '--json'], path)).stdout)
  expect(findings).toMatchObject([{ code: 'unknown-place', severity: 'error', file: join(path, 'a.scrub'), range: { start: { line: 6, character: 16 }, end: { line: 6, character: 20 } } }])
  const sarif = JSON.parse((await invoke(['check', 'a.scrub', '--sarif'], path)).stdout)
  expect(sarif.runs[0].results).toMatchObject([
    { ruleId: 'unknown-place', level: 'error', locations: [{ physicalLocation: { artifactLocation: { uri: 'a.scrub' }, region: { startLine: 7, startColumn: 17, endColumn: 21 } } }] },
  ])
})

test('--root confines paths', async () => {
  const path = folder({ 'inner/a.scrub': right.replaceAll('"sum.', '"../sum.') })
  expect((await invoke(['check', 'inner/a.scrub'], path)).exitCode).toBe(0)
  const { exitCode, stdout } = await invoke(['check', 'inner/a.scrub', '--root', 'inner'], path)
  expect(exitCode).toBe(1)
  expect(stdout).toContain('error[outside-root]')
})

test('fmt writes in place, --check only lists', async () => {
  const untidy = 'metric   err=y\n'
  const path = folder({ 'a.scrub': untidy, 'b.scrub': 'metric err = y\n' })
  expect(await invoke(['fmt', '--check', 'a.scrub', 'b.scrub'], path)).toEqual({ exitCode: 1, stdout: 'a.scrub\n', stderr: '' })
  expect(readFileSync(join(path, 'a.scrub'), 'utf8')).toBe(untidy)
  const { exitCode, stdout } = await invoke(['fmt', 'a.scrub', 'b.scrub', '--json'], path)
  expect([exitCode, JSON.parse(stdout)]).toEqual([0, { files: [{ file: 'a.scrub', changed: true }, { file: 'b.scrub', changed: false }] }])
  expect(readFileSync(join(path, 'a.scrub'), 'utf8')).toBe(readFileSync(join(path, 'b.scrub'), 'utf8'))
  expect((await invoke(['fmt', '--check', 'a.scrub'], path)).exitCode).toBe(0)
})

test('fmt - formats standard input', async () => {
  expect(await invoke(['fmt', '-'], '.', { input: 'metric   err=y' })).toEqual({ exitCode: 0, stdout: 'metric err = y\n', stderr: '' })
})

test('run --exact prints the table', async () => {
  const { exitCode, stdout, stderr } = await invoke(['run', 'a.scrub', '--exact'], folder({ 'a.scrub': right }))
  expect(stderr).toBe('')
  expect(exitCode).toBe(0)
  expect(timeless(stdout)).toMatchInlineSnapshot(`
    "a.scrub
    metric err · model sum.onnx · data sum.jsonl (8 rows) · seed 0 · cpu

    hypothesis  recovered  scrubbed  model  shuffled  constant  samples  seconds
    right        100.00 %     0          0     6.508     3.254    exact     T.TT
    only A        30.73 %     4.508      0     6.508     3.254    exact     T.TT

    recovered: model = 100 %, shuffled = 0 %, all draws enumerated; constant: best of the outputs of the
    first 8 data and their mean; seconds: with the costs of nodes, without the T.TT s for activations
    and what else hypotheses share.
    "
  `)
})

test('run -H shows the nodes of one hypothesis', async () => {
  const { stdout } = await invoke(['run', 'a.scrub', '-H', 'only A', '--exact'], folder({ 'a.scrub': right }))
  expect(stdout).not.toContain('right')
  expect(stdout).toContain('singletons')
})

test('the JSON report fits its schema and is the same at every run but for times', async () => {
  const path = folder({ 'a.scrub': `${right}\nexpect "right" recovered > 99%\n` })
  const { exitCode, stdout } = await invoke(['run', 'a.scrub', '--samples', '2000', '--json', '-'], path)
  expect(exitCode).toBe(0)
  const report = JSON.parse(stdout) as Report
  const validate = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(schema)
  expect(validate(report) || validate.errors).toBe(true)
  expect(report.hypotheses.map(({ name, samples, expectations }) => [name, samples, expectations.length])).toEqual([['right', 2000, 1], ['only A', 2000, 0]])

  expect(await invoke(['run', 'a.scrub', '--samples', '2000', '--json', 'report.json', '--batch', '100'], path)).toMatchObject({ exitCode: 0, stderr: 'Wrote report.json\n' })
  const again = JSON.parse(readFileSync(join(path, 'report.json'), 'utf8')) as Report
  const still = ({ time: _, sharedSeconds: __, ...rest }: Report) => ({ ...rest, hypotheses: rest.hypotheses.map((hypothesis) => ({ ...hypothesis, seconds: 0, costSeconds: 0 })) })
  expect(still(again)).toEqual(still(report))
  expect(readdirSync(path).sort()).toEqual(['a.scrub', 'report.json', 'sum.jsonl', 'sum.onnx'])
})

test('an expectation that fails is exit code 1, and says by what', async () => {
  const { exitCode, stdout } = await invoke(['run', 'a.scrub', '--exact'], folder({ 'a.scrub': `${right}\nexpect "only A" recovered > "right"\n` }))
  expect(exitCode).toBe(1)
  expect(stdout).toContain('✗ ')
})

test('run with errors evaluates nothing and writes nothing', async () => {
  const path = folder({ 'a.scrub': quiet.replace('"B"', '"BB"') })
  const { exitCode, stdout, stderr } = await invoke(['run', 'a.scrub', '--json', 'report.json'], path)
  expect([exitCode, stdout]).toEqual([1, ''])
  expect(stderr).toContain('error[unknown-place]')
  expect(stderr).toContain('nothing was evaluated')
  expect(existsSync(join(path, 'report.json'))).toBe(false)
})

test('--emit and --samples-out write their files', async () => {
  const path = folder({ 'a.scrub': right })
  const { exitCode } = await invoke(['run', 'a.scrub', '-H', 'right', '--samples', '100', '--emit', 'scrubbed.onnx', '--samples-out', 'samples.npz'], path)
  expect(exitCode).toBe(0)
  expect(readFileSync(join(path, 'samples.npz')).subarray(0, 2).toString()).toBe('PK')
  expect(readFileSync(join(path, 'scrubbed.onnx')).length).toBeGreaterThan(100)
})

test('classes lists the classes of a node', async () => {
  const path = folder({ 'a.scrub': right })
  const { exitCode, stdout, stderr } = await invoke(['classes', 'a.scrub', 'A'], path)
  expect(stderr).toBe('')
  expect(exitCode).toBe(0)
  expect(stdout).toMatchInlineSnapshot(`
    "A = a  at A
    8 data in 2 classes (effectively 2.0), 0 % alone in theirs; hypothesis right

    value  data   share  examples
    0         4  50.0 %  0: a: 0  b: 0  c: 0   1: a: 0  b: 0  c: 1   2: a: 0  b: 1  c: 0
    1         4  50.0 %  4: a: 1  b: 0  c: 0   5: a: 1  b: 0  c: 1   6: a: 1  b: 1  c: 0
    "
  `)
  const answer = JSON.parse((await invoke(['classes', 'a.scrub', '-H', 'only A', 'A', '--json'], path)).stdout)
  expect(answer).toMatchObject({ hypothesis: 'only A', node: 'A', rows: 8, classes: 2, list: [{ count: 4, share: 0.5 }, { count: 4, share: 0.5 }] })
})

test('classes are those of the data that a run draws from', async () => {
  const path = folder({ 'a.scrub': right.replace('"sum.jsonl"', '"sum.jsonl" filter c == 1 limit 3') })
  const answer = JSON.parse((await invoke(['classes', 'a.scrub', 'A', '--json'], path)).stdout)
  expect(answer).toMatchObject({ rows: 3, classes: 2, list: [{ count: 2, examples: [{ row: 1 }, { row: 3 }] }, { count: 1, examples: [{ row: 5 }] }] })
})

test('classes of a family name its members', async () => {
  const path = folder({ 'a.scrub': `${header}hypothesis "h" { node A[i in [0, 1]] = a at "A" node out = exact at y }` })
  expect((await invoke(['classes', 'a.scrub', 'A'], path)).stderr).toContain('it is a family: name a member, such as `A[0]`')
})

test('classes of a node that does not exist', async () => {
  const { exitCode, stdout, stderr } = await invoke(['classes', 'a.scrub', 'Z'], folder({ 'a.scrub': right }))
  expect([exitCode, stdout]).toEqual([2, ''])
  expect(stderr).toContain('Z')
})

test('graph lists tensors and their shapes', async () => {
  const path = folder()
  const { exitCode, stdout } = await invoke(['graph', 'sum.onnx'], path)
  expect(exitCode).toBe(0)
  expect(stdout).toMatchInlineSnapshot(`
    "sum.onnx
    3 inputs · 1 output · 8 tensors · opset 17 · N is the batch axis

    tensor  shape  type     operator  is
    a       [N]    float32  input
    b       [N]    float32  input
    c       [N]    float32  input
    A       [N]    float32  Mul
    B       [N]    float32  Mul
    C       [N]    float32  Mul
    AB      [N]    float32  Add
    y       [N]    float32  Add       output
    "
  `)
  const graph = JSON.parse((await invoke(['graph', 'sum.onnx', '--json'], path)).stdout)
  expect(graph).toMatchObject({ inputs: ['a', 'b', 'c'], outputs: ['y'] })
})

test('graph of a .scrub file names its components', async () => {
  const path = folder({ 'a.scrub': `${header}graph {\n  component first = "A"\n  point whole = y\n}\n` })
  expect((await invoke(['graph', 'a.scrub'], path)).stdout).toMatch(/A .*component first/)
})

test('fmt leaves a broken text alone', async () => {
  const broken = `${header}metric   = =\n`
  const path = folder({ 'a.scrub': broken })
  const { exitCode, stderr } = await invoke(['fmt', 'a.scrub'], path)
  expect(exitCode).toBe(1)
  expect(stderr).toContain('a.scrub:4:')
  expect(stderr).toContain('a.scrub was left as it is')
  expect(readFileSync(join(path, 'a.scrub'), 'utf8')).toBe(broken)
  expect(await invoke(['fmt', '-'], '.', { input: 'metric = =' })).toMatchObject({ exitCode: 1, stdout: '' })
})

test('fmt leaves a text of another encoding alone', async () => {
  const latin = Buffer.from(`${right}# caf\u00e9\n`, 'latin1')
  const path = folder({ 'a.scrub': latin })
  const { exitCode, stderr } = await invoke(['fmt', 'a.scrub'], path)
  expect(exitCode).toBe(1)
  expect(stderr).toContain('a.scrub is not UTF-8 text')
  expect(readFileSync(join(path, 'a.scrub'))).toEqual(latin)
})

test('a link to a formatted file stays a link', async () => {
  const path = folder({ 'a.scrub': 'metric   err=y\n' })
  symlinkSync('a.scrub', join(path, 'link.scrub'))
  await invoke(['fmt', 'link.scrub'], path)
  expect(lstatSync(join(path, 'link.scrub')).isSymbolicLink()).toBe(true)
  expect(readFileSync(join(path, 'a.scrub'), 'utf8')).toBe('metric err = y\n')
})

test('--exact says which hypotheses had too many draws for it', async () => {
  const paren = fileURLToPath(new URL('../../../test-fixtures/paren', import.meta.url))
  const { stdout, stderr } = await invoke(['run', 'paren.scrub', '-H', 'claim 1', '--exact', '--samples', '200', '--no-costs'], paren)
  expect(stderr).toBe('Too many draws to enumerate, so sampled instead: "claim 1"\n')
  expect(stdout).toMatch(/^claim 1 .* 200 /m)
})
