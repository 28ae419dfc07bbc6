/** `option` statements of a file or of a hypothesis. */
import type { HypothesisStatement, OptionItem } from '@scrub/grammar'
import { UNIMPORTANT, type HypothesisOptions, type Unimportant } from './bound.ts'
import type { Findings } from './findings.ts'

/** Options in force: those given over the defaults. What is no option at all has been said by the parser. */
export function bindOptions(items: readonly OptionItem[], defaults: HypothesisOptions, findings: Findings): HypothesisOptions {
  const options: { unimportant: Unimportant; samples?: number; seed?: number; pool?: number } = { ...defaults }
  const seen = new Set<string>()
  for (const { name, value } of items) {
    if (!name || !value) continue
    if (seen.has(name.text)) {
      findings.error('duplicate-name', name.span, `\`option ${name.text}\` is given twice; remove one of the two.`)
      continue
    }
    seen.add(name.text)
    if (name.text === 'unimportant' && value.kind === 'ident' && isUnimportant(value.text)) options.unimportant = value.text
    else if (isNumbered(name.text) && value.kind === 'number' && value.integer) {
      const least = LEAST[name.text]
      if (value.value >= least && Number.isSafeInteger(value.value)) options[name.text] = value.value
      else findings.error('unknown-option', value.span, `\`option ${name.text}\` takes a whole number from ${least} to ${Number.MAX_SAFE_INTEGER}.`)
    }
  }
  const pool = items.findLast(({ name }) => name?.text === 'pool') ?? items.findLast(({ name }) => name?.text === 'unimportant')
  if (options.pool !== undefined && options.unimportant === 'shared' && pool) {
    findings.error('unknown-option', pool.span, 'With `option pool` no sample has a datum of its own that all unimportant inputs could share: take `option unimportant together` or `separate`, or leave the pool out.')
  }
  return options
}

/** Options that are whole numbers, and the least that each may be. A pool of one would be the same member for all. */
const LEAST = { samples: 2, seed: 0, pool: 2 } as const

const isNumbered = (text: string): text is keyof typeof LEAST => text in LEAST

function isUnimportant(text: string): text is Unimportant {
  return (UNIMPORTANT as readonly string[]).includes(text)
}

/** The `option` statements inside a hypothesis, those in `for` blocks included. */
export function optionsIn(items: readonly HypothesisStatement[]): OptionItem[] {
  return items.flatMap((item) => (item.kind === 'option' ? [item] : item.kind === 'for' ? optionsIn(item.items) : []))
}
