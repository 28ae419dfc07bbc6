/** The token types of the language. Only the lexer and the parser look at patterns; everyone else sees type names. */
import { createToken, Lexer, type ITokenConfig, type TokenType } from 'chevrotain'

/** Code units that may begin a letter outside ASCII; the patterns themselves decide. */
const beyondAscii = Array.from({ length: 0x10000 - 0x80 }, (_, i) => i + 0x80)
const asciiLetters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_']

/** All token types, in the order in which the lexer tries them. */
export const vocabulary: TokenType[] = []

function token(name: string, pattern: RegExp | string | ITokenConfig['pattern'], more: Partial<ITokenConfig> = {}): TokenType {
  const type = createToken({ name, ...(pattern === undefined ? {} : { pattern }), ...more })
  vocabulary.push(type)
  return type
}

function category(name: string, categories: TokenType[] = []): TokenType {
  return token(name, Lexer.NA, { categories })
}

// ---- categories ----------------------------------------------------------------------------------------------------

/** A word with a fixed meaning: it names no node, let or component. */
export const Reserved = category('Reserved')
/** A word that starts an item. */
export const ItemWord = category('ItemWord', [Reserved])
/** An operator between two operands. */
export const Infix = category('Infix')
/** An operator before its operand. */
export const Prefix = category('Prefix')
/** What is no part of the language; it still stands in the token list and gets a hint where there is one. */
export const Garbage = category('Garbage')

// ---- space and comments --------------------------------------------------------------------------------------------

token('Space', /\s+/, { group: Lexer.SKIPPED })
token('Comment', /#[^\r\n]*/, { group: 'comments' })

// ---- literals ------------------------------------------------------------------------------------------------------

/** Chevrotain drops the `u` flag of a regular expression, so those that need it are run from here. */
function sticky(pattern: RegExp): (text: string, offset: number) => RegExpExecArray | null {
  const own = new RegExp(pattern.source, 'uy')
  return (text, offset) => {
    own.lastIndex = offset
    return own.exec(text)
  }
}

/** Scans by hand: a regular expression with alternatives inside a loop runs out of stack on a string of megabytes. */
function scanString(text: string, offset: number): [string] | null {
  for (let i = offset + 1; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c === 0x22) return [text.slice(offset, i + 1)]
    if (c === 0x0a || c === 0x0d) return null
    if (c === 0x5c) i++
  }
  return null
}

/** `"…"`, on one line. */
export const StringLiteral = token('String', scanString, { start_chars_hint: ['"'], line_breaks: false })
export const UnterminatedString = token('UnterminatedString', /"[^\r\n]*/)
/** `'…'`: read as a string, with a finding. */
export const SingleQuoted = token('SingleQuoted', /'[^'\r\n]*'/)
/** `1_000`, `0x1F`, `3x`: digits that run into a word. */
export const BadNumber = token('BadNumber', sticky(/(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+|(?![eE][+-]?\d))[\p{L}_][\p{L}\p{N}_]*/u), {
  categories: [Garbage],
  start_chars_hint: [...'.0123456789'],
  line_breaks: false,
})
export const NumberLiteral = token('Number', /(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/)

// ---- words ---------------------------------------------------------------------------------------------------------

/** `.name` with nothing between: after a dot every word is a name. */
export const MemberName = token('MemberName', sticky(/\.[\p{L}\p{Nl}_][\p{L}\p{Nl}\p{Nd}\p{M}_]*/u), {
  start_chars_hint: ['.'],
  line_breaks: false,
})

export const Identifier = createToken({
  name: 'Identifier',
  pattern: sticky(/[\p{L}\p{Nl}_][\p{L}\p{Nl}\p{Nd}\p{M}_]*/u),
  start_chars_hint: [...asciiLetters, ...beyondAscii],
  line_breaks: false,
})

function word(name: string, text: string, categories: TokenType[]): TokenType {
  return token(name, text, { longer_alt: Identifier, categories })
}

/** `data.x`, `data["x"]`: the word names the columns here, not an item. */
export const DataRef = token('DataRef', /data(?=[.[])/)
/** `model.x`, `model["x"]`: the tensors of the model. */
export const ModelRef = token('ModelRef', /model(?=[.[])/)

export const Model = word('Model', 'model', [ItemWord, Reserved])
export const Data = word('Data', 'data', [ItemWord, Reserved])
export const Vocab = word('Vocab', 'vocab', [ItemWord, Reserved])
export const Metric = word('Metric', 'metric', [ItemWord, Reserved])
export const Score = word('Score', 'score', [ItemWord, Reserved])
export const Let = word('Let', 'let', [ItemWord, Reserved])
export const Graph = word('Graph', 'graph', [ItemWord, Reserved])
export const Hypothesis = word('Hypothesis', 'hypothesis', [ItemWord, Reserved])
export const Node = word('Node', 'node', [ItemWord, Reserved])
export const Refine = word('Refine', 'refine', [ItemWord, Reserved])
export const For = word('For', 'for', [ItemWord, Reserved])
export const Option = word('Option', 'option', [ItemWord, Reserved])
export const Expect = word('Expect', 'expect', [ItemWord, Reserved])
export const Use = word('Use', 'use', [ItemWord, Reserved])
export const Component = word('Component', 'component', [ItemWord, Reserved])
export const Point = word('Point', 'point', [ItemWord, Reserved])
export const Rewrite = word('Rewrite', 'rewrite', [ItemWord, Reserved])

export const Extends = word('Extends', 'extends', [Reserved])
export const At = word('At', 'at', [Reserved])
export const From = word('From', 'from', [Reserved])
export const Through = word('Through', 'through', [Reserved])
export const With = word('With', 'with', [Reserved])
export const In = word('In', 'in', [Reserved, Infix])
export const If = word('If', 'if', [Reserved])
export const Then = word('Then', 'then', [Reserved])
export const Else = word('Else', 'else', [Reserved])
export const And = word('And', 'and', [Reserved, Infix])
export const Or = word('Or', 'or', [Reserved, Infix])
export const Not = word('Not', 'not', [Reserved, Prefix])
export const Any = word('Any', 'any', [Reserved])
export const Exact = word('Exact', 'exact', [Reserved])
export const True = word('True', 'true', [Reserved])
export const False = word('False', 'false', [Reserved])

/** Words with a meaning in one clause only; everywhere else they are ordinary names. */
export const As = word('As', 'as', [Identifier])
export const Filter = word('Filter', 'filter', [Identifier])
export const Limit = word('Limit', 'limit', [Identifier])
export const Recovered = word('Recovered', 'recovered', [Identifier])

vocabulary.push(Identifier)

// ---- punctuation ---------------------------------------------------------------------------------------------------

export const Ellipsis = token('Ellipsis', '...', { categories: [Garbage] })
/** A dot without a word right after it: of a name still being typed. */
export const Dot = token('Dot', '.')
export const Comma = token('Comma', ',')
export const Colon = token('Colon', ':')
export const LeftParen = token('LeftParen', '(')
export const RightParen = token('RightParen', ')')
export const LeftBracket = token('LeftBracket', '[')
export const RightBracket = token('RightBracket', ']')
export const LeftBrace = token('LeftBrace', '{')
export const RightBrace = token('RightBrace', '}')

export const Power = token('Power', '**', { categories: [Infix] })
export const Star = token('Star', '*', { categories: [Infix] })
export const FloorSlash = token('FloorSlash', '//', { categories: [Infix] })
export const Slash = token('Slash', '/', { categories: [Infix] })
export const Percent = token('Percent', '%', { categories: [Infix] })
export const AtSign = token('AtSign', '@', { categories: [Infix] })
export const Plus = token('Plus', '+', { categories: [Infix, Prefix] })
export const Minus = token('Minus', '-', { categories: [Infix, Prefix] })
/** The four comparisons that `expect` takes too. */
export const Ordering = category('Ordering', [Infix])
export const EqualEqual = token('EqualEqual', '==', { categories: [Infix] })
export const NotEqual = token('NotEqual', '!=', { categories: [Infix] })
export const LessEqual = token('LessEqual', '<=', { categories: [Ordering, Infix] })
export const GreaterEqual = token('GreaterEqual', '>=', { categories: [Ordering, Infix] })
export const Less = token('Less', '<', { categories: [Ordering, Infix] })
export const Greater = token('Greater', '>', { categories: [Ordering, Infix] })
export const Equals = token('Equals', '=')

/** Operators of other languages: read as what is meant, with a finding. */
export const Ampersand = token('Ampersand', /&&?/, { categories: [Infix] })
export const Pipe = token('Pipe', /\|\|?/, { categories: [Infix] })
export const Tilde = token('Tilde', '~', { categories: [Prefix] })
export const Bang = token('Bang', '!', { categories: [Prefix] })

/** A run of characters that begin nothing. Last, so that every other pattern is tried first. */
export const Stray = token('Stray', sticky(/[^\s\p{L}\p{Nl}0-9_"'#.,:\(\)\[\]\{\}<>=+\-*\/%@&\|~!]+|[\s\S]/u), {
  categories: [Garbage],
  start_chars_hint: Array.from({ length: 0x10000 }, (_, i) => i),
  line_breaks: false,
})

/** The reserved words: they name no node, let or component. */
export const reservedWords: ReadonlySet<string> = new Set(
  vocabulary.filter((type) => type.CATEGORIES?.includes(Reserved) && type !== ItemWord)
    .map((type) => type.PATTERN as string))
