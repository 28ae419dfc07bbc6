/**
 * The syntax tree of a `.scrub` file: plain data, one interface per construct, every node with its span.
 *
 * The parser always returns a tree. What could not be understood is an `ErrorItem` or an `ErrorExpr` holding its place;
 * a clause that is missing is `undefined` and has a finding.
 */

/** Half-open range of UTF-16 code units in the text. */
export interface Span {
  readonly start: number
  readonly end: number
}

export interface Node {
  readonly span: Span
}

/** A single name as written. */
export interface Ident extends Node {
  readonly kind: 'ident'
  readonly text: string
}

export interface Str extends Node {
  readonly kind: 'string'
  /** The decoded value (JSON escapes). */
  readonly value: string
}

/** A numeric literal; `inf` and `nan` are numbers too. */
export interface Num extends Node {
  readonly kind: 'number'
  readonly value: number
  /** Written without point or exponent: an int64, otherwise a float64. */
  readonly integer: boolean
}

export interface Bool extends Node {
  readonly kind: 'bool'
  readonly value: boolean
}

// ---- expressions -------------------------------------------------------------------------------------------------

export interface Name extends Node {
  readonly kind: 'name'
  readonly text: string
}

/** `object.name`: no space around the dot; the word after it is never a keyword. */
export interface Member extends Node {
  readonly kind: 'member'
  readonly object: Expr
  readonly name: Ident
}

/** `lower:upper:step`, each optional. */
export interface Slice extends Node {
  readonly kind: 'slice'
  readonly lower?: Expr
  readonly upper?: Expr
  readonly step?: Expr
}

/** `object[a, b:c]`. In a name (`a[1].h[0]`) and in a place (`a1.in[1]`) the same node: the binder decides. */
export interface Subscript extends Node {
  readonly kind: 'subscript'
  readonly object: Expr
  readonly args: readonly (Expr | Slice)[]
}

/** `f(x, axis=1)`. */
export interface Call extends Node {
  readonly kind: 'call'
  readonly callee: Name
  readonly args: readonly Expr[]
  readonly keywords: readonly { readonly name: Ident; readonly value: Expr; readonly span: Span }[]
}

export interface Unary extends Node {
  readonly kind: 'unary'
  readonly op: '-' | '+' | 'not'
  readonly operand: Expr
}

export type BinaryOp = '+' | '-' | '*' | '/' | '//' | '%' | '**' | '@' | 'and' | 'or'

export interface Binary extends Node {
  readonly kind: 'binary'
  readonly op: BinaryOp
  readonly left: Expr
  readonly right: Expr
}

export type CompareOp = '==' | '!=' | '<' | '<=' | '>' | '>=' | 'in' | 'not in'

/** `a < b <= c`: a chain, as in Python. */
export interface Compare extends Node {
  readonly kind: 'compare'
  readonly first: Expr
  readonly rest: readonly { readonly op: CompareOp; readonly right: Expr }[]
}

export interface If extends Node {
  readonly kind: 'if'
  readonly condition: Expr
  readonly then: Expr
  readonly otherwise: Expr
}

export interface Tuple extends Node {
  readonly kind: 'tuple'
  readonly items: readonly Expr[]
}

export interface List extends Node {
  readonly kind: 'list'
  readonly items: readonly Expr[]
}

/** `[body for i in a for (j, k) in b if condition]`. */
export interface Comprehension extends Node {
  readonly kind: 'comprehension'
  readonly body: Expr
  readonly binders: readonly Binder[]
  readonly condition?: Expr
}

/** `exact` or `any` as a whole feature. */
export interface Special extends Node {
  readonly kind: 'special'
  readonly which: 'exact' | 'any'
}

/** Parentheses are kept, so that the formatter gives back what was written. */
export interface Paren extends Node {
  readonly kind: 'paren'
  readonly inner: Expr
}

export interface ErrorExpr extends Node {
  readonly kind: 'error'
}

export type Expr =
  | Num | Str | Bool | Name | Member | Subscript | Call | Unary | Binary | Compare | If | Tuple | List
  | Comprehension | Special | Paren | ErrorExpr

/** Where a place, parent or component is named: a chain of `name`, `member`, `subscript`, or a quoted tensor with subscripts. */
export type Reference = Name | Str | Member | Subscript | ErrorExpr

/** `i in range(42)` or `(l, h) in [(9, 6), (9, 9)]`. */
export interface Binder extends Node {
  readonly kind: 'binder'
  readonly names: readonly Ident[]
  readonly set: Expr
}

// ---- items ---------------------------------------------------------------------------------------------------------

interface ItemBase extends Node {
  /** Span of the keyword that starts the item. */
  readonly keyword: Span
}

export interface ModelItem extends ItemBase {
  readonly kind: 'model'
  readonly path?: Str
}

export interface DataItem extends ItemBase {
  readonly kind: 'data'
  readonly path?: Str
  readonly as: readonly { readonly input: Ident | Str; readonly value: Expr; readonly span: Span }[]
  readonly filter?: Expr
  readonly limit?: Num
}

export interface VocabItem extends ItemBase {
  readonly kind: 'vocab'
  readonly column?: Ident | Str
  /** A list of strings, or a string: the path of a vocab.json / tokenizer.json. */
  readonly value?: Expr
}

export interface MetricItem extends ItemBase {
  readonly kind: 'metric'
  /** Of a metric less is better, of a score more. */
  readonly sense: 'metric' | 'score'
  readonly name?: Ident
  readonly value?: Expr
}

export interface LetItem extends ItemBase {
  readonly kind: 'let'
  readonly name?: Ident
  /** `let horizon[i] = …`. */
  readonly indices: readonly Ident[]
  readonly value?: Expr
}

export interface GraphItem extends ItemBase {
  readonly kind: 'graph'
  readonly items: readonly GraphStatement[]
}

export interface UseItem extends ItemBase {
  readonly kind: 'use'
  readonly name?: Ident
}

export interface ComponentItem extends ItemBase {
  readonly kind: 'component'
  readonly sort: 'component' | 'point'
  /** Dotted and possibly indexed: `a.h`, with `binders` for `z[l in range(12)]`. */
  readonly name?: DottedName
  readonly binders: readonly Binder[]
  readonly place?: Reference
}

/** `a1.in`, `phi`: words joined by dots, with constant or bound indices allowed between (`a[l].h[0]`). */
export interface DottedName extends Node {
  readonly kind: 'dotted'
  readonly reference: Reference
}

export interface RewriteItem extends ItemBase {
  readonly kind: 'rewrite'
  readonly place?: Reference
  readonly value?: Expr
  readonly with: readonly { readonly name: Ident; readonly value: Expr; readonly span: Span }[]
}

export interface ForItem<T> extends ItemBase {
  readonly kind: 'for'
  readonly binders: readonly Binder[]
  readonly items: readonly T[]
}

export interface HypothesisItem extends ItemBase {
  readonly kind: 'hypothesis'
  readonly name?: Ident | Str
  readonly extends: readonly (Ident | Str)[]
  readonly items: readonly HypothesisStatement[]
}

export interface Parent extends Node {
  readonly kind: 'parent'
  readonly reference: Reference
  /** `through [m0, a1.h0]`, `through any`, or neither. */
  readonly through?: { readonly any: true; readonly span: Span } | { readonly any: false; readonly places: readonly Reference[]; readonly span: Span }
}

export interface NodeItem extends ItemBase {
  readonly kind: 'node'
  readonly name?: Ident
  readonly binders: readonly Binder[]
  readonly feature?: Expr
  readonly place?: Reference
  readonly from: readonly Parent[]
}

export interface RefineItem extends ItemBase {
  readonly kind: 'refine'
  readonly name?: Ident
  /** `refine count[l in [1, 2]]`; a member `refine count[1]` has `indices`. */
  readonly binders: readonly Binder[]
  readonly indices: readonly Expr[]
  readonly feature?: Expr
  readonly place?: Reference
  readonly from: readonly Parent[]
}

export interface OptionItem extends ItemBase {
  readonly kind: 'option'
  readonly name?: Ident
  /** A word (`together`) or a number. */
  readonly value?: Ident | Num
}

export interface ExpectItem extends ItemBase {
  readonly kind: 'expect'
  readonly hypothesis?: Ident | Str
  readonly op?: '>' | '>=' | '<' | '<='
  /** A fraction (`85%` is 0.85) or the name of another hypothesis. */
  readonly bound?: { readonly kind: 'percent'; readonly value: number; readonly span: Span } | Ident | Str
}

/** Text that belongs to no item; `tokens` of it are in the parse result. */
export interface ErrorItem extends Node {
  readonly kind: 'error'
}

export type GraphStatement = UseItem | ComponentItem | RewriteItem | ForItem<GraphStatement> | Misplaced | ErrorItem
export type HypothesisStatement =
  | NodeItem | RefineItem | LetItem | OptionItem | ForItem<HypothesisStatement> | Misplaced | ErrorItem
export type Item =
  | ModelItem | DataItem | VocabItem | MetricItem | LetItem | GraphItem | HypothesisItem | OptionItem | ExpectItem
  | Misplaced | ErrorItem

/** A well-formed item where its kind does not belong: kept, with a finding. */
export interface Misplaced extends Node {
  readonly kind: 'misplaced'
  readonly item: Item | GraphStatement | HypothesisStatement
}

export interface File extends Node {
  readonly kind: 'file'
  readonly items: readonly Item[]
}
