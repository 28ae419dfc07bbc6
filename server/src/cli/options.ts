/** Values of command-line options, checked before anything runs. */
import { InvalidArgumentError } from 'commander'
import { DEVICES, isDevice } from '../protocol/devices.ts'
import { isReduction, REDUCTIONS, type Reduction } from '../protocol/reductions.ts'
import type { Shard } from '../protocol/report.ts'

export function positiveInteger(text: string): number {
  const value = Number(text.replaceAll('_', ''))
  if (!/^\d[\d_]*(e\d+)?$/i.test(text) || !Number.isSafeInteger(value) || value < 1) {
    throw new InvalidArgumentError('It must be a whole number of at least 1, such as 10000 or 1e5.')
  }
  return value
}

/** Two at least: one sample has no standard error. */
export function samples(text: string): number {
  const value = positiveInteger(text)
  if (value < 2) throw new InvalidArgumentError('It must be at least 2: one sample has no standard error.')
  return value
}

export function seed(text: string): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) throw new InvalidArgumentError('It must be a whole number from 0 to 9007199254740991.')
  return value
}

/** `0.5%` or `0.005`, as a fraction. */
export function precision(text: string): number {
  const match = /^(\d*\.?\d+(?:e-?\d+)?)\s*(%?)$/i.exec(text)
  const value = match ? Number(match[1]) / (match[2] ? 100 : 1) : NaN
  if (!(value > 0 && value < 1)) throw new InvalidArgumentError('It must be the half-width of the interval of `recovered`, such as 0.5% or 0.005.')
  return value
}

/** Ways to a smaller error, comma-separated, or `all`. */
export function reductions(text: string): Reduction[] {
  const ways = text === 'all' ? REDUCTIONS : text.split(',').map((way) => way.trim())
  if (!ways.every(isReduction)) throw new InvalidArgumentError(`It must be ${REDUCTIONS.join(', ')}, several of them with commas between, or all.`)
  return [...new Set(ways)]
}

/** `2/5`, counted from 1. */
export function shard(text: string): Shard {
  const [, index, of] = (/^(\d{1,9})\/(\d{1,9})$/.exec(text) ?? []).map(Number)
  if (!index || !of || index > of) throw new InvalidArgumentError('It must be the number of this part and how many there are, such as 1/4 for the first of four.')
  return { index, of }
}

/** Megabytes, as bytes. */
export function megabytes(text: string): number {
  try {
    return positiveInteger(text) * 1_000_000
  } catch {
    throw new InvalidArgumentError('It must be a whole number of megabytes, such as 2000.')
  }
}

/** Whether it works here shows when it is used. */
export function cacheType(text: string): 'float16' {
  if (text !== 'float16') throw new InvalidArgumentError('It must be float16, or be left out: then activations are kept as they are.')
  return text
}

export function device(text: string): string {
  if (!isDevice(text)) throw new InvalidArgumentError(`It must be one of ${DEVICES.join(', ')}.`)
  return text
}
