/** Whether a file means the same after a rename: what every name stands for, seen from every hypothesis, before and after. */
import type { Parsed } from '@scrub/grammar'
import { elementsOf, matches } from './graph-names.ts'
import { MentionList, type Mention } from './mention-list.ts'
import { Mentions } from './mentions.ts'
import { tablesOf, type Inside } from './name-tables.ts'
import { rootOf, type Thing } from './things.ts'

/** What names a rename would make mean something else. */
export interface Change {
  /** A mention in the text before. */
  readonly mention: Mention
  /** What it would stand for too, when that has a name before. */
  readonly other?: Thing
}

/** The first name that would mean something else; `true` where the texts are not even alike. */
export function changeOf(before: Parsed, after: Parsed): Change | true | undefined {
  if (after.findings.length > before.findings.length) return true
  const old = readingOf(before)
  const fresh = readingOf(after)
  if (old.length !== fresh.length) return true
  const forth = new Map<string, string>()
  const back = new Map<string, { readonly key: string; readonly thing: Thing }>()
  for (let i = 0; i < old.length; i++) {
    const a = keyOf(old[i]!)
    const b = keyOf(fresh[i]!)
    const other = back.get(b)
    if (other && other.key !== a) return { mention: old[i]!, other: other.thing }
    if ((forth.get(a) ?? b) !== b || kindOf(old[i]!) !== kindOf(fresh[i]!)) return { mention: old[i]! }
    forth.set(a, b)
    back.set(b, { key: a, thing: rootOf(old[i]!.thing) })
  }
  return overlaps(before) === overlaps(after) ? undefined : true
}

/** All mentions of a file, then those names of inherited features that are nodes only of the hypothesis that extends theirs. */
function readingOf({ file, tokens }: Parsed): readonly Mention[] {
  const tables = tablesOf(file)
  const list = new MentionList(tokens)
  const mentions = new Mentions(tables, list, ({ end }) => end)
  mentions.all(file)
  for (const by of tables.inside.values()) {
    for (const base of basesOf(by)) {
      for (const [name, span] of mentions.loose.get(base) ?? []) {
        const node = by.nodes.get(name)
        if (node) list.add(span, node)
      }
    }
  }
  return list.found
}

function basesOf({ bases }: Inside, found = new Set<Inside>()): Set<Inside> {
  for (const base of bases) {
    if (found.has(base)) continue
    found.add(base)
    basesOf(base, found)
  }
  return found
}

const keys = new WeakMap<Thing, number>()
let made = 0

function keyOf({ thing, others = [] }: Mention): string {
  return [thing, ...others].map((one) => {
    const root = rootOf(one)
    // Things outside the file are their names; indices are made anew whenever their statement is read.
    if (root.definitions.length === 0) return `${root.kind} ${root.name}`
    if (root.kind === 'index') return `index ${root.definitions[0]!.name.start}`
    const key = keys.get(root) ?? made++
    keys.set(root, key)
    return String(key)
  }).join()
}

const kindOf = ({ thing, role }: Mention): string => `${rootOf(thing).kind} ${role}`

/** The tensor that a name of the graph is spelled like after, but was not before. */
export function tensorSpelledAlike(before: Parsed, after: Parsed, tensors: Iterable<string>): string | undefined {
  const [old, fresh] = [before, after].map(declaredIn)
  for (const tensor of tensors) {
    const [base, ...words] = tensor.split('.')
    const name = elementsOf(base!, words.map((word) => ({ word, span: { start: 0, end: 0 } })))!
    if (fresh!.some(({ pattern }) => matches(pattern, name)) && !old!.some(({ pattern }) => matches(pattern, name))) return tensor
  }
  return undefined
}

const declaredIn = ({ file }: Parsed) => [...tablesOf(file).declared.values()].flat()

/** Pairs of declared names of the graph that could be one. */
function overlaps({ file }: Parsed): number {
  let count = 0
  for (const group of tablesOf(file).declared.values()) group.forEach((a, i) => { for (const b of group.slice(i + 1)) if (matches(a.pattern, b.pattern)) count++ })
  return count
}
