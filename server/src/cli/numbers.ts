/** Numbers as a person reads them: the same in a terminal as in an editor. */
export * from '../language/numbers.ts'
