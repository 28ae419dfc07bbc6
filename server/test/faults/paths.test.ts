/** Files with names that no shell likes, behind links, and paths at which there is no file; a clock that somebody sets. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { command, expectClear, expectNothingLeft, numbersOf, place, reportIn } from './harness.ts'
import type { Report } from '../../src/protocol/report.ts'

const RUN = ['run', 'toy.scrub', '-H', 'A is all', '--samples', '500', '--device', 'cpu', '--no-costs', '--threads', '1', '--json', 'report.json']
const posix = process.platform !== 'win32'

let plain: Report
beforeAll(async () => {
  const at = place()
  await command(at, RUN).ended
  plain = reportIn(at)
})

describe.runIf(posix)('folders and files named', () => {
  test.each([
    ['with spaces', ' a  b '], ['with accents', 'é ñ'], ['with marks of their own', 'e\u0301'], ['in Chinese', '漢字'], ['with a picture', '🧪'], ['with quotes', `it's "so"`],
    ['with signs of URLs', '100%25 #1?x=y&z'], ['like an option', '--root'], ['with a line break', 'two\nlines'], ['with an escape', 'red\u001b[31m'], ['with a backslash', 'a\\b'], ['very long', 'x'.repeat(240)],
  ])('%s', async (_, name) => {
    const at = place(name)
    // The text of a file has no way to write a line break or a quote in a path.
    const writable = !/["\n\\\u001b]/.test(name)
    if (writable) {
      const model = `${name.slice(0, 240)}.onnx`
      renameSync(join(at.work, 'toy.onnx'), join(at.work, model))
      writeFileSync(join(at.work, 'named.scrub'), 'model "M"\ndata "toy.jsonl"\nmetric log_loss = binary_cross_entropy(logit, label)\nhypothesis "A is all" {\n  node A   = z1 > 3    at "/A"\n  node out = A         at "logit"\n}\n'.replace('"M"', `"${model}"`))
    }
    const output = `./${name.slice(0, 240)}.json`
    const { exitCode, stdout, stderr } = await command(at, [...RUN.slice(0, -1), output].map((word) => (word === 'toy.scrub' && writable ? 'named.scrub' : word))).ended
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining('A is all')])
    expect(stdout + stderr).not.toMatch(/\u001b|\r/)
    expect(reportIn(at, output).hypotheses[0]!.scrubbed).toEqual(plain.hypotheses[0]!.scrubbed)
  })
})

describe.runIf(posix)('links', () => {
  test('out of the folder: followed, unless --root confines them', async () => {
    const at = place()
    renameSync(join(at.work, 'toy.onnx'), join(at.cache, 'elsewhere.onnx'))
    symlinkSync(join(at.cache, 'elsewhere.onnx'), join(at.work, 'toy.onnx'))
    expect((await command(at, RUN).ended).exitCode).toBe(0)
    expect(numbersOf(reportIn(at))).toEqual(numbersOf(plain))
    const { exitCode, stderr } = await command(at, [...RUN, '--root', '.']).ended
    expectClear(stderr, /outside-root.*toy\.onnx lies outside of|toy\.onnx lies outside of/)
    expect(exitCode).toBe(1)
  })

  test('a report behind a link is written where it leads, and the link stays', async () => {
    const at = place()
    symlinkSync(join(at.cache, 'report.json'), join(at.work, 'report.json'))
    expect((await command(at, RUN).ended).exitCode).toBe(0)
    expect(numbersOf(reportIn({ ...at, work: at.cache }))).toEqual(numbersOf(plain))
  })
})

/** What stands where a file should be. */
const THINGS: Record<string, (path: string) => void> = {
  'a pipe that nobody writes': (path) => void execFileSync('mkfifo', [path]),
  'a folder': (path) => mkdirSync(path),
  'a circle of links': (path) => symlinkSync(path, path),
  'a link to nothing': (path) => symlinkSync('nowhere', path),
  'a device without end': (path) => symlinkSync('/dev/zero', path),
}

describe.runIf(posix)('no file', () => {
  test.each(Object.keys(THINGS).flatMap((thing) => ['toy.onnx', 'toy.jsonl'].map((name) => [thing, name] as const)))('%s as %s', async (thing, name) => {
    const at = place()
    renameSync(join(at.work, name), join(at.cache, name))
    THINGS[thing]!(join(at.work, name))
    const { exitCode, stdout, stderr } = await command(at, RUN).ended
    expectClear(stderr, new RegExp(`${name.replace('.', '\\.')} (is|does not exist|cannot be)`))
    expect([exitCode, stdout]).toEqual([1, ''])
    renameSync(join(at.cache, name), join(at.temporary, name))
  })

  test.each(Object.keys(THINGS).filter((thing) => !thing.includes('pipe')))('%s as the text', async (thing) => {
    const at = place()
    THINGS[thing]!(join(at.work, 'none.scrub'))
    const { exitCode, stderr } = await command(at, ['run', 'none.scrub']).ended
    expectClear(stderr, /^scrub: none\.scrub cannot be read: .+\./)
    expect(exitCode).toBe(2)
    expectNothingLeft(at, ['none.scrub'])
  })

  test.each(Object.keys(THINGS).filter((thing) => !/folder|nothing/.test(thing)))('%s as the report', async (thing) => {
    const at = place()
    THINGS[thing]!(join(at.work, 'report.json'))
    const { exitCode, stderr } = await command(at, RUN).ended
    expectClear(stderr, /^scrub: --json report\.json:? .+\./)
    expect(exitCode).toBe(2)
    expectNothingLeft(at, ['report.json'])
  })
})

describe('a clock that jumps back and forth, by a day, at every look', () => {
  test.each(['runner', 'command'] as const)('of the %s', async (of) => {
    const at = place()
    const { exitCode, stderr } = await command(at, RUN.filter((word) => word !== '--no-costs'), { process: of, jump: 86_400_000, times: 0 }).ended
    expect([exitCode, stderr]).toEqual([0, 'Wrote report.json\n'])
    const report = reportIn(at)
    expect(report.hypotheses[0]!.scrubbed).toEqual(plain.hypotheses[0]!.scrubbed)
    for (const { seconds, costSeconds } of report.hypotheses) expect(seconds >= 0 && seconds < 60 && costSeconds >= 0 && costSeconds < 60).toBe(true)
    expectNothingLeft(at, ['report.json'])
  })
})
