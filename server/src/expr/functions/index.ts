/** All functions of the language, by name. */
import { creation } from './create.ts'
import type { FunctionDef, FunctionDoc } from './define.ts'
import { logic } from './logic.ts'
import { losses } from './loss.ts'
import { math } from './math.ts'
import { neural } from './neural.ts'
import { reductions } from './reduce.ts'
import { selection } from './select.ts'
import { shapes } from './shape.ts'

export type { FunctionDoc } from './define.ts'

/** By group, as the reference lists them. */
const functions: readonly FunctionDef[] = [...math, ...reductions, ...logic, ...shapes, ...selection, ...creation, ...neural, ...losses]

/** What editors and the reference show. */
export const functionDocs: readonly FunctionDoc[] = functions

const byName = new Map(functions.map((definition) => [definition.name, definition]))

export const functionNamed = (name: string): FunctionDef | undefined => byName.get(name)

export const functionNames = (): Iterable<string> => byName.keys()
