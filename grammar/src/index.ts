/** The public face of the grammar: text to tree, tree to nodes, text to formatted text. */
export * from './ast.ts'
export type { Finding, Severity } from './finding.ts'
export { parse, type Comment, type Parsed, type Token } from './parse.ts'
export { children, nodeAt, pathAt, walk, type AnyNode, type Percent } from './walk.ts'
export { format } from './format.ts'
export { longestText } from './lex.ts'
export { reservedWords } from './tokens.ts'
