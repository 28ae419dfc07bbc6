/** Comparisons of features are bounded: families make thousands of pairs. Counted, not timed. */
import { readFileSync } from 'node:fs'
import { expect, test, vi } from 'vitest'
import type { Fact } from '../../src/protocol/inspect.ts'
import { openRuntime } from '../../src/runner/onnxruntime.ts'
import { analyse } from '../../src/scrub/analyse.ts'
import type * as Information from '../../src/scrub/information.ts'
import { InspectStore, MOST_COMPARED } from '../../src/scrub/inspect.ts'
import { inspectionOf } from '../../src/scrub/inspection.ts'
import { fixture } from './run-file.ts'

const compared: number[] = []

vi.mock('../../src/scrub/information.ts', async (original) => ({
  ...(await original<typeof Information>()),
  adjustedInformation: ({ rows }: { rows: number }) => void compared.push(rows),
}))

const file = fixture('paren/paren.scrub')
const hypothesis = (name: string, positions: number): string => `hypothesis ${name} {
  node one[i in range(${positions})] = opens[i] % ${name.length + 2} at a1.h0[i]
  node two[i in range(${positions})] = opens[i] // ${name.length + 2} at a1.h1[i]
  node out = exact at logits from one through any, two through any
}
`

test('no more data are gone through than the bound, and every question has its answer', async () => {
  const head = readFileSync(file, 'utf8').replace(/hypothesis[^]*/, '')
  const { bound, findings } = await analyse(file, `${head}${hypothesis('a', 40)}${hypothesis('bb', 40)}${hypothesis('ccc', 2)}`)
  expect(findings.filter(({ severity }) => severity === 'error')).toEqual([])
  const request = inspectionOf(bound!, bound!.hypotheses, undefined, (kind) => kind === 'constant' || kind === 'transformer')!
  const facts: Fact[] = []
  await new InspectStore(() => openRuntime({ device: 'cpu' })).answer(request, (fact) => facts.push(fact), async () => {})
  const [rows] = compared as [number]
  // There are more pairs than may be compared.
  const pairs = request.alike.reduce((sum, { groups: [one, two] }) => sum + one!.length * two!.length, 0)
  expect(pairs * rows).toBeGreaterThan(1.5 * MOST_COMPARED)
  expect(compared.length).toBe(Math.floor(MOST_COMPARED / rows))
  expect(facts.filter(({ kind }) => kind === 'alike').map(({ key }) => key)).toEqual(request.alike.map(({ key }) => key))
})
