/**
 * Files made to break readers: each opens or gets one clear sentence, within two seconds of processor time and a bounded memory.
 * Minutes of it: `npm run fuzz`.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { bombs } from './bombs.ts'
import { only, sizeOf } from './case.ts'
import { converse } from './conversation.ts'
import { Judge } from './judge.ts'
import { corpus, entries, manifest } from './make-corpus.ts'
import { fuzz } from './run.ts'
import { TARGETS } from './targets.ts'

/** For all fuzzers here together. */
const SECONDS = Number(process.env['SCRUB_FUZZ_SECONDS'] ?? 40)
const SEED = Number(process.env['SCRUB_FUZZ_SEED'] ?? 1)
const LSP_SHARE = 3
const SHARES = TARGETS.reduce((sum, { share }) => sum + share, LSP_SHARE)

const judge = new Judge()
afterAll(() => judge.stop())

describe('small files that stand for much', () => {
  test.each(bombs())('%s', async (_, kind, given) => expect((await judge.judge(kind, given)).fault).toBeUndefined())
})

describe('the corpus', () => {
  test('is what make-corpus.ts writes, and small', () => {
    for (const { entry, content } of entries()) {
      expect(manifest(), entry.what).toContainEqual(entry)
      expect(Buffer.compare(readFileSync(join(corpus, entry.file)), content), entry.what).toBe(0)
    }
    const bytes = manifest().reduce((sum, { file }) => sum + readFileSync(join(corpus, file)).length, 0)
    expect(bytes).toBeLessThan(300_000)
  })

  test.each(manifest())('$what', async ({ file, kind }) => {
    const given = only(file, new Uint8Array(readFileSync(join(corpus, file))))
    expect(sizeOf(given)).toBeGreaterThan(0)
    expect((await judge.judge(kind, given)).fault).toBeUndefined()
  })
})

describe(`${SECONDS} seconds with seed ${SEED}`, () => {
  test.each(TARGETS)('$name', async (target) => {
    const { cases, failures } = await fuzz(target, (SECONDS * target.share) / SHARES, SEED)
    expect(failures.map(({ seed, fault }) => `seed ${seed}: ${fault}`)).toEqual([])
    expect(cases).toBeGreaterThan(0)
  }, SECONDS * 1000 + 120_000)

  test('the language server', async () => {
    const { requests, faults } = await converse((SECONDS * LSP_SHARE) / SHARES, SEED)
    expect(faults).toEqual([])
    expect(requests).toBeGreaterThan(0)
  }, SECONDS * 1000 + 120_000)
})
