/** Progress lines, against a clock of our own. */
import { expect, test } from 'vitest'
import { progress, progressLine } from '../../src/cli/progress.ts'
import { memory } from './outputs.ts'

test('the line has a bar, numbers and the time left', () => {
  const step = { hypothesis: 'claim 1', phase: 'sampling', done: 4000, total: 10_000 }
  expect(progressLine(step, 12, memory(100, true))).toMatchInlineSnapshot(`"claim 1: sampling ██████████░░░░░░░░░░░░░░ 4,000 of 10,000, 12 s left"`)
  expect(progressLine(step, 12, memory(100, false))).toBe('claim 1: sampling 4,000 of 10,000, 12 s left')
  expect(progressLine(step, 12, memory(50, true))).toMatchInlineSnapshot(`"claim 1: sampl… ██░░░░ 4,000 of 10,000, 12 s left"`)
  expect(progressLine({ ...step, total: 0 }, undefined, memory(100, false))).toMatchInlineSnapshot(`"claim 1: sampling"`)
})

test('a terminal shows nothing for a second, then redraws at most ten times a second, and clears the line', () => {
  let time = 0
  const output = memory(80, true)
  const bar = progress(output, () => time)
  const step = (done: number) => bar.update({ hypothesis: 'h', phase: 'sampling', done, total: 100 })
  for (time = 0; time <= 1300; time += 10) step(time / 13)
  bar.end()
  expect(output.text().split('\r').length - 1).toBe(5)
  expect(output.text().endsWith('\r\u001b[K')).toBe(true)
})

test('a log gets a plain line every ten seconds', () => {
  let time = 0
  const output = memory(80, false)
  const bar = progress(output, () => time)
  for (time = 0; time <= 25_000; time += 500) bar.update({ hypothesis: 'h', phase: 'sampling', done: time, total: 100_000 })
  bar.end()
  expect(output.text().split('\n').length - 1).toBe(2)
  expect(output.text()).not.toContain('\u001b')
})

test('the time left is that of the work, not of the phase', () => {
  let time = 0
  const output = memory(80, false)
  const bar = progress(output, () => time)
  for (const [at, phase, done] of [[0, 'cache', 0], [5000, 'run', 0], [9000, 'cache', 100], [12_000, 'run', 200]] as const) {
    time = at
    bar.update({ hypothesis: 'h', phase, done, total: 300 })
  }
  expect(output.text()).toBe('h: run 200 of 300, 6 s left\n')
})
