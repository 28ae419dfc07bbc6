/** A disk that is full or can only be read: what was there before stays whole, what was computed is shown, and a sentence says why. */
import { spawnSync, type SpawnSyncReturns } from 'node:child_process'
import { chmodSync, closeSync, mkdirSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { fixture } from '../scrub/run-file.ts'
import { command, expectClear, expectNothingLeft, FIXTURE, here, place, type Place } from './harness.ts'

const scrub = here('../../bin/scrub.mjs')
const RUN = ['run', 'toy.scrub', '-H', 'A is all', '--samples', '500', '--device', 'cpu', '--no-costs']

/** A command under `sh`, which first does what `before` says. */
function under(at: Place, before: string, args: readonly string[], stdout: number | 'pipe' = 'pipe'): SpawnSyncReturns<string> {
  // The test runner's own wishes about colours are not ours.
  const { NO_COLOR: _no, FORCE_COLOR: _force, ...inherited } = process.env
  return spawnSync('sh', ['-c', `${before}; exec "$@"`, 'sh', process.execPath, scrub, ...args], {
    cwd: at.work, encoding: 'utf8', stdio: ['ignore', stdout, 'pipe'],
    env: { ...inherited, TMPDIR: at.temporary, XDG_CACHE_HOME: at.cache, SCRUB_SPILL: '' },
  })
}

/** No file may grow beyond one block: every write comes up short and then fails, as on a disk that fills up. It needs no rights. */
const FULL = 'ulimit -f 1'

const TOO_LARGE = 'a file may not be that large here \\(`ulimit -f`, or the kind of disk\\); raise the limit, or name another folder\\.'

describe.runIf(process.platform !== 'win32')('no room for', () => {
  let report: Buffer
  beforeAll(async () => {
    const at = place()
    expect((await command(at, [...RUN, '--json', 'report.json']).ended).exitCode).toBe(0)
    report = readFileSync(join(at.work, 'report.json'))
  })

  test.each<[string, readonly string[], string, RegExp]>([
    ['a report', [...RUN, '--json', 'out'], 'A is all', new RegExp(`^scrub: The report could not be written to out: ${TOO_LARGE}$`, 'm')],
    ['a page', [...RUN, '--html', 'out'], 'A is all', new RegExp(`^scrub: The report could not be written to out: ${TOO_LARGE}$`, 'm')],
    ['the values of samples', [...RUN, '--samples-out', 'out'], 'A is all', new RegExp(`^scrub: The values of the samples could not be written to out: ${TOO_LARGE}$`, 'm')],
    ['a compiled model', [...RUN, '--emit', 'out'], 'A is all', new RegExp(`^scrub: The compiled model could not be written to out: ${TOO_LARGE}$`, 'm')],
    ['the reports of a sweep', [...RUN, '--set', 'seed=1,2', '--json', 'out'], 'A is all', new RegExp(`^scrub: The reports could not be written to out: ${TOO_LARGE}$`, 'm')],
    ['the page of a report', ['report', 'kept.json', '-o', 'out'], '', new RegExp(`^scrub: The report could not be written to out: ${TOO_LARGE}$`, 'm')],
    ['a formatted file', ['fmt', 'out'], '', new RegExp(`^scrub: out could not be written: ${TOO_LARGE}$`, 'm')],
    ['a first file', ['new', 'toy.onnx', 'toy.jsonl', '--force', '-o', 'out'], '', new RegExp(`^scrub: out could not be written: ${TOO_LARGE}$`, 'm')],
  ])('%s', (_, args, shown, what) => {
    const at = place()
    const before = `# precious\n${'let unformatted   =   1\n'.repeat(100)}`
    writeFileSync(join(at.work, 'out'), before)
    writeFileSync(join(at.work, 'kept.json'), report)
    const { status, stdout, stderr } = under(at, FULL, args)
    expectClear(stderr, what)
    expect(status).toBe(3)
    expect(stdout).toContain(shown)
    expect(readFileSync(join(at.work, 'out'), 'utf8')).toBe(before)
    expectNothingLeft(at, ['kept.json', 'out'])
  })

  test('two outputs: each is told of', () => {
    const at = place()
    const { status, stderr } = under(at, FULL, [...RUN, '--samples-out', 'samples.npz', '--json', 'report.json'])
    expectClear(stderr, /^scrub: The values of the samples could not be written to samples\.npz: .* The report could not be written to report\.json: .*\.$/m)
    expect(status).toBe(3)
    expectNothingLeft(at, [])
  })

  test.each([['a report', [...RUN, '--json', '-'], []], ['findings', ['check', 'many.scrub', '--sarif'], ['many.scrub']]])('%s on standard output', (_, args, more) => {
    const at = place()
    if (more.length > 0) writeFileSync(join(at.work, 'many.scrub'), 'node nothing = none\n'.repeat(50))
    const out = openSync(join(at.work, 'out'), 'w')
    const { status, stderr } = under(at, FULL, args, out)
    closeSync(out)
    expectClear(stderr, new RegExp(`^scrub: Standard output could not be written: ${TOO_LARGE}$`, 'm'))
    expect(status).toBe(3)
    expectNothingLeft(at, [...more, 'out'])
  })

  test.runIf(process.platform === 'linux')('anything at all on standard output', () => {
    const full = openSync('/dev/full', 'w')
    const { status, stderr } = under(place(), ':', [...RUN, '--json', '-'], full)
    closeSync(full)
    expectClear(stderr, /^scrub: Standard output could not be written: the disk is full; free some of it, or name another folder\.$/m)
    expect(status).toBe(3)
  })

  test('activations: they are computed again, and the report says so', () => {
    const at = place()
    const args = ['run', fixture('paren/paren.scrub'), '-H', 'claim 1', '--samples', '300', '--no-costs', '--device', 'cpu', '--threads', '1']
    const plain = under(at, ':', args)
    const { status, stdout, stderr } = under(at, 'ulimit -f 64', [...args, '--memory', '1'])
    expect([status, stderr]).toEqual([0, ''])
    expect(stdout.replaceAll(/\s+/g, ' ')).toMatch(/Activations that did not fit into the memory were computed again, because the temporary file for them cannot be written \(EFBIG: file too large\)/)
    const recovered = (text: string): string => /expect "claim 1".*/.exec(text)![0]
    expect(recovered(stdout)).toBe(recovered(plain.stdout))
    expectNothingLeft(at, [])
  })
})

/** Where a user may mount what no other process sees; elsewhere `ulimit` and permissions do the same. */
const NAMESPACE = process.getuid?.() === 0 ? ['-m'] : ['-rm']
const mounts = process.platform === 'linux' && spawnSync('unshare', [...NAMESPACE, 'mount', '-t', 'tmpfs', 'none', '/mnt']).status === 0

describe.runIf(mounts)('a real disk', () => {
  const inNamespace = (at: Place, script: string): SpawnSyncReturns<string> =>
    spawnSync('unshare', [...NAMESPACE, 'sh', '-c', script, process.execPath, scrub], { cwd: at.work, encoding: 'utf8', env: { ...process.env, TMPDIR: at.temporary, XDG_CACHE_HOME: at.cache } })

  test('that is full', () => {
    const at = place()
    mkdirSync(join(at.work, 'disk'))
    const { stdout, stderr } = inNamespace(at, `mount -t tmpfs -o size=12k none disk && printf precious > disk/report.json && "$0" "$1" ${RUN.map((word) => `'${word}'`).join(' ')} --json disk/report.json; echo "exit $?"; ls -A disk; cat disk/report.json`)
    expectClear(stderr, /^scrub: The report could not be written to disk\/report\.json: the disk is full; free some of it, or name another folder\.$/m)
    expect(stdout).toMatch(/A is all[^]*exit 3\nreport\.json\nprecious$/)
    expectNothingLeft(at, ['disk'])
  })

  test('that can only be read: a run needs no more, and a report there is refused before it', () => {
    const at = place()
    const run = (...more: string[]): string => `"$0" "$1" ${[...RUN, ...more].map((word) => `'${word}'`).join(' ')}; echo "exit $?"`
    const { stdout, stderr } = inNamespace(at, `mount --bind . . && mount -o remount,bind,ro . && cd "$PWD" && ${run()}; ${run('--json', 'report.json')}; ${run('--json', `${at.temporary}/report.json`)}`)
    expect(stdout.match(/^exit \d+$/gm)).toEqual(['exit 0', 'exit 2', 'exit 0'])
    expectClear(stderr, /^scrub: --json report\.json: the folder \. is not writable\./m)
    expect(readdirSync(at.temporary)).toEqual(['report.json'])
    expect(readdirSync(at.work).sort()).toEqual(FIXTURE)
  })
})

test.runIf(!mounts && process.platform !== 'win32' && process.getuid?.() !== 0)('a folder that can only be read', async () => {
  const at = place()
  chmodSync(at.work, 0o500)
  try {
    expect((await command(at, RUN).ended).exitCode).toBe(0)
    const { exitCode, stderr } = await command(at, [...RUN, '--json', 'report.json']).ended
    expectClear(stderr, /^scrub: --json report\.json: the folder \. is not writable\./m)
    expect(exitCode).toBe(2)
    expectNothingLeft(at, [])
  } finally {
    chmodSync(at.work, 0o700)
  }
})
