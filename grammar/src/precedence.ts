/**
 * Operators and operands in the order of the text, put into a tree by Python's precedence.
 *
 * Two stacks instead of one rule per level: no recursion, so a sum of any length cannot overflow the stack.
 */
import type { BinaryOp, CompareOp, Expr, Span, Unary } from './ast.ts'

/** An expression and how many levels its tree has. */
export interface Sized {
  readonly expr: Expr
  readonly height: number
}

interface Operator {
  readonly op: string
  readonly prefix: boolean
  readonly start: number
}

/** Binding strength of the operators between operands; `**` alone binds to the right. */
const infix: Record<BinaryOp | CompareOp, number> = {
  or: 1, and: 2,
  '==': 4, '!=': 4, '<': 4, '<=': 4, '>': 4, '>=': 4, in: 4, 'not in': 4,
  '+': 5, '-': 5,
  '*': 6, '/': 6, '//': 6, '%': 6, '@': 6,
  '**': 8,
}
const comparison = infix['==']
const prefix: Record<Unary['op'], number> = { not: 3, '-': 7, '+': 7 }

function strength(operator: Operator): number {
  return operator.prefix ? prefix[operator.op as Unary['op']] : infix[operator.op as BinaryOp | CompareOp]
}

/** A tree higher than this is cut: whoever walks it by recursion must not overflow either. */
export const highestTree = 400

export class Operands {
  private readonly operands: Sized[] = []
  private readonly operators: Operator[] = []
  /** Where the tree grew too high, if it did. */
  tooHigh: Span | undefined

  get hasOperators(): boolean {
    return this.operators.length > 0
  }

  operand(operand: Sized): void {
    this.operands.push(operand)
  }

  /** An operator before its operand. Returns false where it binds less than the operator before it: `1 + not a`. */
  prefixed(op: Unary['op'], start: number): boolean {
    const before = this.operators.at(-1)
    this.operators.push({ op, prefix: true, start })
    return before === undefined || before.op === '**' || strength(before) <= prefix[op]
  }

  between(op: BinaryOp | CompareOp, start: number): void {
    const mine = infix[op]
    while (this.operators.length > 0) {
      const other = strength(this.operators.at(-1)!)
      // Equal comparisons wait for each other: `a < b <= c` is one chain.
      if (other > mine || (other === mine && mine !== comparison && op !== '**')) this.reduce()
      else break
    }
    this.operators.push({ op, prefix: false, start })
  }

  finish(): Sized {
    while (this.operators.length > 0) this.reduce()
    return this.operands[0]!
  }

  private reduce(): void {
    const operator = this.operators.pop()!
    if (operator.prefix) {
      const operand = this.operands.pop()!
      const span = { start: operator.start, end: operand.expr.span.end }
      this.push({ kind: 'unary', op: operator.op as Unary['op'], operand: operand.expr, span }, operand.height)
    } else if (strength(operator) === comparison) {
      this.reduceComparisons(operator)
    } else {
      const right = this.operands.pop()!
      const left = this.operands.pop()!
      const span = { start: left.expr.span.start, end: right.expr.span.end }
      const expr: Expr = { kind: 'binary', op: operator.op as BinaryOp, left: left.expr, right: right.expr, span }
      this.push(expr, Math.max(left.height, right.height))
    }
  }

  private reduceComparisons(last: Operator): void {
    const chain = [last]
    for (let next = this.operators.at(-1); next !== undefined && strength(next) === comparison; next = this.operators.at(-1)) {
      chain.push(this.operators.pop()!)
    }
    chain.reverse()
    const [first, ...others] = this.operands.splice(this.operands.length - chain.length - 1)
    const rest = others.map(({ expr }, i) => ({ op: chain[i]!.op as CompareOp, right: expr }))
    const span = { start: first!.expr.span.start, end: others.at(-1)!.expr.span.end }
    const height = others.reduce((most, other) => Math.max(most, other.height), first!.height)
    this.push({ kind: 'compare', first: first!.expr, rest, span }, height)
  }

  private push(expr: Expr, below: number): void {
    if (below < highestTree) {
      this.operands.push({ expr, height: below + 1 })
      return
    }
    this.tooHigh ??= expr.span
    this.operands.push({ expr: { kind: 'error', span: expr.span }, height: 1 })
  }
}
