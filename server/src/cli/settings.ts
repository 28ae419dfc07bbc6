/** What a sweep goes through: `--set seed=1..5`. */
import { InvalidArgumentError } from 'commander'
import { runsOf } from '../scrub/same-run.ts'
import { samples, seed } from './options.ts'

export interface Setting {
  readonly name: 'seed' | 'samples' | 'metric'
  readonly values: readonly (number | string)[]
}

/** One value for each name. */
export type Choice = Readonly<Partial<Record<Setting['name'], number | string>>>

const READERS: Record<Setting['name'], (text: string) => number | string> = { seed, samples, metric: (text) => text }
/** Runs of one sweep: more are rather a mistyped range. */
const MOST = 10_000

/** `seed=1..5`, `samples=1000,4000`: commander calls it for each `--set`, with those before it. */
export function setting(text: string, before: readonly Setting[] = []): Setting[] {
  const [, name = '', list = ''] = /^\s*(\w+)\s*=\s*(.*?)\s*$/.exec(text) ?? []
  if (!isName(name)) throw new InvalidArgumentError(`It must be one of ${Object.keys(READERS).join(', ')} with its values, such as seed=1..5 or samples=1000,4000.`)
  if (before.some((one) => one.name === name)) throw new InvalidArgumentError(`${name} is set twice; put all of its values in one list.`)
  const values = list.split(',').flatMap((part): (number | string)[] => {
    const range = /^(\d+)\.\.(\d+)$/.exec(part.trim())
    if (!range || name === 'metric') return [READERS[name](part.trim())]
    const [from, to] = [READERS[name](range[1]!) as number, READERS[name](range[2]!) as number]
    if (to < from || to - from >= MOST) throw new InvalidArgumentError(`${part.trim()} must go upwards, in at most ${MOST} steps.`)
    return Array.from({ length: to - from + 1 }, (_, i) => from + i)
  })
  if (values.includes('') || new Set(values).size < values.length) throw new InvalidArgumentError('Each value must be there once.')
  return [...before, { name, values }]
}

/** As it would be written for `--set`. */
export function settingText({ name, values }: Setting): string {
  const whole = values.every((value) => typeof value === 'number')
  return `${name}=${whole ? runsOf(values as number[]).map(([from, to]) => (from === to ? `${from}` : `${from}..${to}`)).join(',') : values.join(',')}`
}

/** ` seed=1 metric=loss`; nothing where nothing is set. */
export const choiceText = (set: Choice): string => Object.entries(set).map(([name, value]) => ` ${name}=${value}`).join('')

/** Every combination, the last setting first to change. */
export function choices(settings: readonly Setting[]): Choice[] {
  return settings.reduce<Choice[]>((all, { name, values }) => all.flatMap((one) => values.map((value) => ({ ...one, [name]: value }))), [{}])
}

const isName = (name: string): name is Setting['name'] => Object.hasOwn(READERS, name)
