/** What every file of the repository keeps to. */
import { expect, test } from 'vitest'
import { files, read, sources } from './repository.ts'

test('no path of a particular machine', () => {
  const texts = files('', /\.(ts|mjs|js|json|md|py|scrub|yaml|yml|sh)$|^run$/).filter((file) => file !== 'package-lock.json' && !file.endsWith('tidy/files.test.ts'))
  const wrong = texts.filter((file) => /(?<![\w.])\/(home|Users|root|work|workspace|workspaces|mnt)\/(?!a\.scrub|toy\.|b\.)\w|[A-Z]:\\\\?Users/.test(read(file)))
  expect(wrong).toEqual([])
})

test('every source file begins with what it is for', () => {
  expect(sources().filter((file) => !/^(#!.*\n)?(\/\*\*|\/\/)/.test(read(file)))).toEqual([])
})

test('nothing is left to be done, switched off, or run alone', () => {
  const wrong = files('', /\.(ts|mjs)$/)
    .filter((file) => !file.endsWith('tidy/files.test.ts') && !file.includes('/gen/'))
    .filter((file) => /\b(TODO|FIXME|XXX|HACK)\b|\.only\(|\.todo\(|@ts-ignore|eslint-disable/.test(read(file)))
  expect(wrong).toEqual([])
})
