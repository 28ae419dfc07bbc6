/** Sessions are kept by what they run, and the ones unused for longest go. */
import { expect, test } from 'vitest'
import { KeptSessions } from '../../src/scrub/kept-sessions.ts'

test('an equal model has its session already; of seventeen the oldest is released', async () => {
  const kept = new KeptSessions()
  const released: number[] = []
  let made = 0
  const of = (model: number) => kept.of(Uint8Array.of(model), async () => {
    made++
    return { run: async () => ({}), release: async () => void released.push(model) }
  })
  const first = await of(0)
  expect(await of(0)).toBe(first)
  expect(made).toBe(1)
  for (let model = 1; model < 16; model++) await of(model)
  await of(0) // used again: 1 is now the oldest
  await of(16)
  expect(released).toEqual([1])
  await kept.release()
  expect(released.length).toBe(17)
})
