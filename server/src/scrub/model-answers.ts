/** What was found out about a model on one selection of rows: constant places, parts and rewrites that are equal. Kept, since each takes a run of it. */
import { createHash } from 'node:crypto'
import type { Value } from '../onnx/dag.ts'
import type { Fact } from '../protocol/inspect.ts'
import { fingerprint } from './flat.ts'
import { PARTS, type PlacesQuestion } from './inspection.ts'

/** A place of which nothing could be said in reasonable time: asking again is no use. */
interface Untold {
  readonly kind: 'untold'
  readonly key: string
}

/** Answers that are kept; more than a file of many hypotheses asks for. */
const MOST = 20_000

export class ModelAnswers {
  private readonly kept = new Map<string, Fact | Untold>()

  /** Tells what is known, and gives the questions that are open, with a way to keep their answers. `inputs` are the values of the model's inputs, `stamp` its file's. */
  open(question: PlacesQuestion, inputs: ReadonlyMap<string, Value>, stamp: string, tell: (fact: Fact) => void): { readonly question: PlacesQuestion; readonly keep: (answer: Fact | Untold) => void } {
    const { model, rowShapes, transformer, derived, large } = question
    const context = digest(JSON.stringify([model, stamp, rowShapes, transformer, derived?.key, large, [...inputs].map(([input, value]) => [input, fingerprint(value)])]))
    const keyOf = (kind: string, key: string): string => `${kind} ${key} ${context}`
    const answered = (kind: Fact['kind'], key: string): boolean => {
      const fact = this.kept.get(keyOf(kind, key))
      if (fact && fact.kind !== 'untold') tell(fact)
      return fact !== undefined
    }
    const { rewrites, ...others } = question
    return {
      question: {
        ...others,
        ...(rewrites && !answered('rewrites', rewrites.key) ? { rewrites } : {}),
        parts: question.parts && !answered('transformer', PARTS),
        places: question.places.filter(({ key }) => !answered('constant', key)),
      },
      keep: (answer) => {
        if (this.kept.size >= MOST) this.kept.clear()
        this.kept.set(keyOf(answer.kind === 'untold' ? 'constant' : answer.kind, answer.key), answer)
      },
    }
  }
}

const digest = (text: string): string => createHash('sha1').update(text).digest('base64')
