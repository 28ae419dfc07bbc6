/** Text to a syntax tree: never throws, never gives up, and says where it could not understand. */
import type { IToken } from 'chevrotain'
import type {
  ErrorItem, File, ForItem, GraphItem, GraphStatement, HypothesisItem, HypothesisStatement, Item, Misplaced, Span,
} from './ast.ts'
import type { Finding } from './finding.ts'
import { Findings } from './findings.ts'
import { endOf, lex, longestText } from './lex.ts'
import { keywordNames } from './keyword-names.ts'
import { outline, spanOf, type Stretch } from './outline.ts'
import { itemParser } from './parser.ts'
import type { Header } from './parts.ts'
import { reusableItems, shifted, type Reusable } from './reuse.ts'

/** A token or comment as it stands in the text; `type` is the name of its type in `tokens.ts`. */
export interface Token {
  readonly type: string
  readonly span: Span
  readonly image: string
}

export interface Comment {
  readonly span: Span
  /** With its `#`, without the line break. */
  readonly text: string
}

export interface Parsed {
  readonly file: File
  readonly findings: readonly Finding[]
  readonly comments: readonly Comment[]
  /** Every token in order, those that could not be understood included. Made when first asked for. */
  readonly tokens: readonly Token[]
}

type AnyItem = Item | GraphStatement | HypothesisStatement
type Surroundings = 'file' | 'graph' | 'hypothesis' | 'anything'

const kindsIn: Record<Exclude<Surroundings, 'anything'>, ReadonlySet<AnyItem['kind']>> = {
  file: new Set<AnyItem['kind']>(['model', 'data', 'vocab', 'metric', 'let', 'graph', 'hypothesis', 'option', 'expect']),
  graph: new Set<AnyItem['kind']>(['use', 'component', 'rewrite', 'for']),
  hypothesis: new Set<AnyItem['kind']>(['node', 'refine', 'let', 'option', 'for']),
}

/** Where items that are not the file's own belong. */
const home: Partial<Record<AnyItem['kind'], string>> = {
  use: 'into `graph { … }`', component: 'into `graph { … }`', rewrite: 'into `graph { … }`',
  node: 'into a `hypothesis`', refine: 'into a `hypothesis`', for: 'into a `hypothesis` or `graph { … }`',
}

/** What a later text may take over from an earlier one. */
interface Kept {
  readonly text: string
  readonly items: readonly Item[]
  /** Made when first asked for. */
  reusable?: Reusable
}

const kept = new WeakMap<Parsed, Kept>()

/** Parses a file. The spans are UTF-16 offsets into `text`. What it has in common with an earlier text is not parsed again. */
export function parse(text: string, before?: Parsed): Parsed {
  const findings = new Findings()
  const { tokens: words, comments, cutAt } = lex(text)
  if (cutAt !== undefined) {
    findings.add('syntax', { start: cutAt, end: text.length }, `The file is longer than ${longestText} characters: what follows is not read.`)
  }
  const tokens = keywordNames(words, findings)
  const stretches = outline(tokens, findings)
  // A brace that is lost changes what the items around it hold.
  const whole = findings.all().length === 0
  const builder = new Builder(tokens, findings)
  const items = builder.file(text, stretches, whole && before ? reusable(before) : undefined)
  let list: Token[] | undefined
  const parsed: Parsed = {
    file: { kind: 'file', items, span: { start: 0, end: text.length } },
    findings: findings.all(),
    comments: comments.map((token) => ({ span: { start: token.startOffset, end: endOf(token) }, text: token.image })),
    get tokens() {
      list ??= tokens.map((token) => ({
        type: token.tokenType.name, span: { start: token.startOffset, end: endOf(token) }, image: token.image,
      }))
      return list
    },
  }
  if (whole) kept.set(parsed, { text, items })
  return parsed
}

function reusable(before: Parsed): Reusable | undefined {
  const old = kept.get(before)
  return old && (old.reusable ??= reusableItems(old.text, old.items, before.findings))
}

class Builder {
  private readonly tokens: readonly IToken[]
  private readonly findings: Findings
  private readonly parser = itemParser()

  constructor(tokens: readonly IToken[], findings: Findings) {
    this.tokens = tokens
    this.findings = findings
    this.parser.findings = findings
  }

  /** The items of the file; those that stand in an earlier text are taken from there. */
  file(text: string, stretches: readonly Stretch[], earlier: Reusable | undefined): Item[] {
    return stretches.filter(({ first, end }) => end > first).map((stretch) => {
      const { start, end } = this.span(stretch)
      const old = earlier?.get(text.slice(start, end))
      return (old ? shifted(old, start - old.span.start) : this.item(stretch, 'file')) as Item
    })
  }

  private span({ first, end, block }: Stretch): Span {
    return spanOf(this.tokens, first, Math.max(end, block?.end ?? 0))
  }

  /** The items of a block. Recursion ends at the nesting that the outline allows. */
  items(stretches: readonly Stretch[], around: Surroundings): AnyItem[] {
    return stretches.filter(({ first, end }) => end > first).map((stretch) => this.item(stretch, around))
  }

  private item(stretch: Stretch, around: Surroundings): AnyItem {
    const { first, end, block } = stretch
    const span = this.span(stretch)
    if (stretch.sort === 'error') return { kind: 'error', span } satisfies ErrorItem
    const header = this.parser.read(this.tokens.slice(first, end))
    const item = { ...header, span, ...this.block(header, block?.stretches ?? [], around) } as Exclude<AnyItem, Misplaced>
    if (around === 'anything' || kindsIn[around].has(item.kind)) return item
    if (stretch.orphan !== true) this.findings.add('syntax', header.keyword, this.misplaced(stretch, item.kind, around))
    return { kind: 'misplaced', item, span }
  }

  private block(header: Header, stretches: readonly Stretch[], around: Surroundings): object {
    switch (header.kind) {
      case 'graph':
        return { items: this.items(stretches, 'graph') } satisfies Pick<GraphItem, 'items'> | { items: AnyItem[] }
      case 'hypothesis':
        return { items: this.items(stretches, 'hypothesis') } satisfies Pick<HypothesisItem, 'items'> | { items: AnyItem[] }
      case 'for':
        // A `for` that is itself misplaced has been reported: what it holds may be anything.
        return { items: this.items(stretches, around === 'file' ? 'anything' : around) } satisfies Pick<ForItem<AnyItem>, 'items'>
      default:
        return {}
    }
  }

  private misplaced(stretch: Stretch, kind: AnyItem['kind'], around: Surroundings): string {
    const word = this.tokens[stretch.first]!.image
    const where = around === 'file' ? 'outside of a block' : around === 'graph' ? 'in `graph { … }`' : 'in a `hypothesis`'
    return `\`${word}\` cannot stand ${where}: move it ${home[kind] ?? 'out of the block'}.`
  }
}
