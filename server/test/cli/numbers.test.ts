/** Numbers as they are shown: text in the table is what a reader sees. */
import { expect, test } from 'vitest'
import { duration, effective, mean, plural, recovered, share, significant } from '../../src/language/numbers.ts'

test.each([
  [0.865, 0.862, 0.868, '86.5 % ± 0.3'],
  [0.9997, 0.99967, 0.99973, '99.97 % ± 0.00'],
  [0.9997, 0.9992, 1.0002, '99.97 % ± 0.05'],
  [0.5, 0.3, 0.7, '50 % ± 20'],
  [0.583, 0.55, 0.602, '58.3 % +1.9 -3.3'],
  [-12.5, -13.5, -11.5, '-1,250 % ± 100'],
  [-0.0001, -0.01, 0.0098, '0.0 % ± 1.0'],
  [1, 1, 1, '100.00 %'],
  [0.9997, 0.9995, 0.9999, '99.97 % ± 0.02'],
  [null, null, null, '–'],
])('recovered %s [%s, %s] is shown as %s', (value, low, high, text) => {
  expect(recovered({ value, low, high })).toBe(text)
})

test.each([
  [0.1234, 0.0008, '0.1234 ± 0.0008'],
  [0.12345, 0.00013, '0.12345 ± 0.00013'],
  [3.41, 0.021, '3.41 ± 0.02'],
  [12345.6, 31, '12,346 ± 31'],
  [0.00001234, 0.0000003, '(1.23 ± 0.03)e-5'],
  [0.0131, 0, '0.01310'],
  [0.0131, 1e-15, '0.01310'],
  [0, 0, '0'],
  [NaN, 0, '–'],
])('mean %s with standard error %s is shown as %s', (value, se, text) => {
  expect(mean({ mean: value, se })).toBe(text)
})

test.each([
  [0, '0 %'],
  [1, '100 %'],
  [0.042, '4.2 %'],
  [0.9999, '99.99 %'],
  [0.00002, '0.002 %'],
])('share %s is shown as %s', (fraction, text) => {
  expect(share(fraction)).toBe(text)
})

test.each([
  [0.123456, '0.1235'],
  [123456.7, '123,457'],
  [1.5e-9, '1.500e-9'],
])('%s in four digits is %s', (value, text) => {
  expect(significant(value)).toBe(text)
})

test.each([
  [0.421, '0.42 s'],
  [9.96, '10.0 s'],
  [42.4, '42 s'],
  [100, '1 min 40 s'],
  [7500, '2 h 5 min'],
])('%s seconds are %s', (seconds, text) => {
  expect(duration(seconds)).toBe(text)
})

test('nouns agree with their numbers', () => {
  expect([0, 1, 2000].map((n) => plural(n, 'class', 'classes'))).toEqual(['0 classes', '1 class', '2,000 classes'])
})

test.each([[1, '1.0'], [1.94, '1.9'], [99.9, '99.9'], [11427.6, '11,428']])('effectively %s classes are shown as %s', (classes, text) => {
  expect(effective(classes)).toBe(text)
})
