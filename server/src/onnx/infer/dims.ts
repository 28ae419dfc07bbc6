/** Arithmetic on lengths, numbers or symbols: `42*N`, `past+S`, `floor((H-1)/2)`. Equal lengths are equal strings. */
import type { Dim } from '../types.ts'

/** A polynomial: products of symbols (sorted, joined by `*`, '' for the constant) with integer factors. */
type Terms = ReadonlyMap<string, number>

/** Longer expressions are given up. */
const LONGEST = 80

/** Longer factors are not multiplied out: the product of many sums doubles with each. */
const LONGEST_FACTORS = 300

const parsed = new Map<string, Terms>()

/** A name that can stand in an expression: other characters than letters, digits, `_` and `.` become `_`. */
export function symbolName(text: string): string {
  const clean = text.trim().replace(/[^\p{L}\p{N}_.]/gu, '_')
  return /^[\p{L}_]/u.test(clean) ? clean : `_${clean}`
}

export function add(a: Dim, b: Dim): Dim {
  if (typeof a === 'number' && typeof b === 'number') return a + b
  if (a === 0) return b
  if (b === 0) return a
  return format(combine(terms(a), terms(b), 1))
}

export function subtract(a: Dim, b: Dim): Dim {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  if (b === 0) return a
  if (a === b) return 0
  return format(combine(terms(a), terms(b), -1))
}

export function multiply(a: Dim, b: Dim): Dim {
  if (typeof a === 'number' && typeof b === 'number') return a * b
  if (a === 1) return b
  if (b === 1) return a
  if (a === 0 || b === 0) return 0
  if (String(a).length + String(b).length > LONGEST_FACTORS) return `?(${group(a)}*${group(b)})`
  return format(product(terms(a), terms(b)))
}

export function multiplyAll(dims: readonly Dim[]): Dim {
  let result: Dim = 1
  for (const dim of dims) result = multiply(result, dim)
  return result
}

/** a / b where it leaves no rest for any value of the symbols, else undefined. */
export function divideExactly(a: Dim, b: Dim): Dim | undefined {
  if (b === 0) return undefined
  if (b === 1) return a
  if (a === b) return 1
  if (typeof a === 'number' && typeof b === 'number') return a % b === 0 ? a / b : undefined
  let rest = terms(a)
  const divisor = terms(b)
  const lead = leading(divisor)
  let quotient: Terms = new Map()
  for (let step = 0; rest.size > 0; step++) {
    const [powers, factor] = leading(rest)
    const left = cancel(powers, lead[0])
    if (left === undefined || factor % lead[1] !== 0 || step > 16) return undefined
    const part = new Map([[left, factor / lead[1]]])
    quotient = combine(quotient, part, 1)
    rest = combine(rest, product(part, divisor), -1)
  }
  return format(quotient)
}

/** Rounded down; a symbolic rest becomes a `floor(…)` symbol, so that equal computations stay equal. */
export function divideDown(a: Dim, b: Dim): Dim {
  if (typeof a === 'number' && typeof b === 'number') return Math.floor(a / b)
  return divideExactly(a, b) ?? `floor(${group(a)}/${group(b)})`
}

/** Rounded up. */
export function divideUp(a: Dim, b: Dim): Dim {
  if (typeof a === 'number' && typeof b === 'number') return Math.ceil(a / b)
  return divideExactly(a, b) ?? `ceil(${group(a)}/${group(b)})`
}

/** A symbol for `name(a, b)`. */
export function applied(name: string, ...args: readonly Dim[]): Dim {
  return `${name}(${args.join(',')})`
}

/** True when no value of the symbols (which are at least 0) makes it negative. */
export function isNonNegative(a: Dim): boolean {
  if (typeof a === 'number') return a >= 0
  for (const factor of terms(a).values()) if (factor < 0) return false
  return true
}

/** True for a length that nothing is known about, or that is computed from one. */
export function isUnknown(dim: Dim): boolean {
  return typeof dim === 'string' && dim.includes('?')
}

/** True for an expression that nobody would read, and that the next operator would make longer still. */
export function isTooLong(dim: Dim): boolean {
  return typeof dim === 'string' && dim.length > LONGEST
}

/** The symbols in a length, with those inside of `floor(…)`. */
export function symbolsOf(dim: Dim): readonly string[] {
  return typeof dim === 'number' ? [] : dim.match(/[?\p{L}_][\p{L}\p{N}_.]*(?!\()/gu) ?? []
}

/** True when the symbol occurs in the length. */
export function mentions(dim: Dim, symbol: string): boolean {
  return typeof dim === 'string' && (dim === symbol || (dim.includes(symbol) && symbolsOf(dim).includes(symbol)))
}

/** The length with numbers for some of its symbols. */
export function substitute(dim: Dim, values: ReadonlyMap<string, Dim>): Dim {
  if (typeof dim === 'number' || values.size === 0) return dim
  const direct = values.get(dim)
  if (direct !== undefined) return direct
  let total: Dim = 0
  for (const [powers, factor] of terms(dim)) {
    let value: Dim = factor
    for (const atom of atoms(powers)) value = multiply(value, substituteAtom(atom, values))
    total = add(total, value)
  }
  return total
}

function substituteAtom(atom: string, values: ReadonlyMap<string, Dim>): Dim {
  const call = /^(floor|ceil)\((.*)\)$/s.exec(atom)
  if (call === null) return values.get(atom) ?? atom
  const [, name, inside] = call as unknown as [string, string, string]
  const cut = topLevel(inside, '/')
  if (cut === undefined) return atom
  const upper = substitute(bare(inside.slice(0, cut)), values)
  const lower = substitute(bare(inside.slice(cut + 1)), values)
  return name === 'floor' ? divideDown(upper, lower) : divideUp(upper, lower)
}

function bare(text: string): Dim {
  const inner = text.startsWith('(') && text.endsWith(')') ? text.slice(1, -1) : text
  return /^\d+$/.test(inner) ? Number(inner) : inner
}

function group(dim: Dim | undefined): string {
  // A rule asked for an axis that is not there.
  if (dim === undefined) throw new TypeError('no such axis')
  const text = String(dim)
  return /[+\-*/]/.test(text) ? `(${text})` : text
}

function terms(dim: Dim): Terms {
  if (typeof dim === 'number') return dim === 0 ? new Map() : new Map([['', dim]])
  let known = parsed.get(dim)
  if (known === undefined) {
    known = parse(dim)
    if (parsed.size > 10_000) parsed.clear()
    parsed.set(dim, known)
  }
  return known
}

/** Reads what `format` writes: signed terms, each an optional factor and atoms joined by `*`. */
function parse(text: string): Terms {
  const result = new Map<string, number>()
  let depth = 0
  let start = 0
  for (let at = 0; at <= text.length; at++) {
    const char = text[at]
    if (char === '(') depth++
    else if (char === ')') depth--
    if (at < text.length && (depth > 0 || at === start || (char !== '+' && char !== '-'))) continue
    addTerm(result, text.slice(start, at))
    start = at
  }
  return result
}

function addTerm(result: Map<string, number>, term: string): void {
  let factor = 1
  let rest = term
  if (rest.startsWith('+')) rest = rest.slice(1)
  else if (rest.startsWith('-')) {
    factor = -1
    rest = rest.slice(1)
  }
  const digits = /^(\d+)(\*|$)/.exec(rest)
  if (digits !== null) {
    factor *= Number(digits[1])
    rest = rest.slice(digits[0].length)
  }
  result.set(rest, (result.get(rest) ?? 0) + factor)
}

function format(result: Terms): Dim {
  if (result.size === 0) return 0
  const constant = result.get('') ?? 0
  if (result.size === 1 && result.has('')) return constant
  let text = ''
  for (const powers of [...result.keys()].filter((key) => key !== '').sort(order)) {
    const factor = result.get(powers) as number
    const sign = factor < 0 ? '-' : text === '' ? '' : '+'
    text += sign + (Math.abs(factor) === 1 ? powers : `${Math.abs(factor)}*${powers}`)
  }
  if (constant !== 0) text += constant < 0 ? String(constant) : `+${constant}`
  return text
}

function combine(a: Terms, b: Terms, sign: 1 | -1): Terms {
  const result = new Map(a)
  for (const [powers, factor] of b) {
    const sum = (result.get(powers) ?? 0) + sign * factor
    if (sum === 0) result.delete(powers)
    else result.set(powers, sum)
  }
  return result
}

function product(a: Terms, b: Terms): Terms {
  const result = new Map<string, number>()
  for (const [left, leftFactor] of a) {
    for (const [right, rightFactor] of b) {
      const powers = join(left, right)
      const sum = (result.get(powers) ?? 0) + leftFactor * rightFactor
      if (sum === 0) result.delete(powers)
      else result.set(powers, sum)
    }
  }
  return result
}

function join(a: string, b: string): string {
  if (a === '') return b
  if (b === '') return a
  return [...atoms(a), ...atoms(b)].sort().join('*')
}

/** The atoms of a product; `*` inside of `floor(…)` does not separate. */
function atoms(powers: string): string[] {
  if (!powers.includes('(')) return powers === '' ? [] : powers.split('*')
  const result: string[] = []
  let rest = powers
  for (let cut = topLevel(rest, '*'); cut !== undefined; cut = topLevel(rest, '*')) {
    result.push(rest.slice(0, cut))
    rest = rest.slice(cut + 1)
  }
  result.push(rest)
  return result
}

function topLevel(text: string, sign: string): number | undefined {
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '(') depth++
    else if (text[at] === ')') depth--
    else if (depth === 0 && text[at] === sign) return at
  }
  return undefined
}

/** `powers` without the atoms of `by`, undefined when they are not all there. */
function cancel(powers: string, by: string): string | undefined {
  const left = atoms(powers)
  for (const atom of atoms(by)) {
    const at = left.indexOf(atom)
    if (at < 0) return undefined
    left.splice(at, 1)
  }
  return left.join('*')
}

function leading(result: Terms): readonly [string, number] {
  let best: readonly [string, number] | undefined
  for (const term of result) if (best === undefined || order(term[0], best[0]) < 0) best = term
  return best ?? ['', 0]
}

/** More atoms first, then by name. */
function order(a: string, b: string): number {
  const degrees = atoms(b).length - atoms(a).length
  return degrees !== 0 ? degrees : a < b ? -1 : a > b ? 1 : 0
}
