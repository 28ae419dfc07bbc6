/** Two runs that write the same files at the same time: each file is whole, and of one of them. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { writeTogether } from '../../src/runner/write.ts'
import { CASES, command, expectNothingLeft, numbers, place, reportIn, SEED } from './harness.ts'

const next = numbers(SEED)

test.each(Array.from({ length: CASES }, () => [Math.round(next() * 300), Math.round(next() * 300), Math.round(next() * 300)]))('begun after %i, %i and %i ms', async (...delays) => {
  const at = place()
  const runs = delays.map(async (delay, seed) => {
    await new Promise((resolve) => setTimeout(resolve, delay))
    return command(at, ['run', 'toy.scrub', '--samples', '500', '--seed', String(seed), '--device', 'cpu', '--no-costs', '--threads', '1', '--json', 'report.json', '--html', 'report.html', '--samples-out', 'samples.npz']).ended
  })
  for (const { exitCode, stderr } of await Promise.all(runs)) {
    expect(exitCode).toBeLessThan(2)
    expect(stderr).toContain('Wrote report.json')
  }
  expect([0, 1, 2]).toContain(reportIn(at).seed)
  expect(readFileSync(join(at.work, 'report.html'), 'utf8')).toMatch(/<\/html>\s*$/)
  // The end of a zip archive.
  expect(readFileSync(join(at.work, 'samples.npz')).includes(Buffer.from('PK\x05\x06'))).toBe(true)
  expectNothingLeft(at, ['report.html', 'report.json', 'samples.npz'])
})

test('names of temporary files are never shared, also by processes of one number in two containers', () => {
  const at = place()
  const seen = new Set<string>()
  for (let i = 0; i < 100; i++) {
    try {
      // A folder cannot be replaced, so that the temporary file is named in the error.
      writeTogether([[at.temporary, 'x']])
    } catch (error) {
      seen.add((error as NodeJS.ErrnoException & { path: string }).path)
    }
  }
  expect(seen.size).toBe(100)
  expect(readdirSync(at.temporary)).toEqual([])
})

test('several files are replaced together, or none is', () => {
  const at = place()
  const [first, second] = [join(at.work, 'first'), join(at.work, 'none', 'second')]
  writeTogether([[first, 'old']])
  expect(() => writeTogether([[first, 'new'], [second, 'new']])).toThrow('ENOENT')
  expect(readFileSync(first, 'utf8')).toBe('old')
  expect(readdirSync(at.work).filter((name) => name.startsWith('.'))).toEqual([])
})
