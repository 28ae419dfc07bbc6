/** Names that options mention, looked up in the file before a process is started for them. */
import { dirname, resolve } from 'node:path'
import { parse, type HypothesisItem, type MetricItem } from '@scrub/grammar'
import { filesOf } from '../hypothesis/header.ts'
import { statementsOf } from '../hypothesis/items.ts'
import { wrongUsage } from './exit.ts'
import type { Source } from './source.ts'

/** What the command line needs to know of a file's text. */
export interface Outline {
  readonly hypotheses: readonly string[]
  readonly metrics: readonly string[]
  /** Absolute paths of the file itself and of all files it names. */
  readonly inputs: readonly string[]
}

export function outline({ file, text }: Source): Outline {
  const tree = parse(text).file
  const { hypotheses, metrics } = statementsOf(tree)
  const { model, data, vocabs, loads } = filesOf(tree)
  const nameOf = ({ name }: HypothesisItem | MetricItem) => (name === undefined ? [] : [name.kind === 'string' ? name.value : name.text])
  const named = [model, data, ...vocabs, ...loads].flatMap((one) => (one === undefined ? [] : [resolve(dirname(file), one.path)]))
  return { hypotheses: hypotheses.flatMap(nameOf), metrics: metrics.flatMap(nameOf), inputs: [file, ...named] }
}

/** Refuse a name that the file does not have, naming those it has. */
export function mustHave(option: string, name: string, known: readonly string[]): void {
  if (known.includes(name)) return
  const most = 6
  const list = known.slice(0, most).map((other) => JSON.stringify(other)).join(', ')
  const has = known.length === 0 ? 'none' : known.length > most ? `${list} and ${known.length - most} more` : list
  throw wrongUsage(`${option} ${JSON.stringify(name)} is not in the file; it has ${has}.`)
}
