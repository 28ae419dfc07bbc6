/** Walking the tree: what lies at an offset, and children in the order of the text. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { children, nodeAt, parse, pathAt, walk } from '../src/index.ts'
import { validFile } from './generate.ts'
import { sexpr } from './sexpr.ts'

describe('the node at | is', () => {
  const table: [text: string, node: string, path: string][] = [
    ['let x = a + b|', 'b', 'file let binary name'],
    ['let x = |a + b', 'a', 'file let binary name'],
    ['let x = a| + b', 'a', 'file let binary name'],
    ['let |x = a', 'x', 'file let ident'],
    ['le|t x = a', '(let x a)', 'file let'],
    ['let x = f(a, ax|is=1)', 'axis', 'file let call ident'],
    ['hypothesis h { node x = y at a.in[|1] }', '1', 'file hypothesis node subscript number'],
    ['hypothesis h { node x = y at z from p through [q|] }', 'q', 'file hypothesis node parent name'],
    ['hypothesis h { node x = y at a.|', '', 'file hypothesis node member ident'],
    ['expect h recovered > 8|5%', '85%', 'file expect percent'],
    ['  |  let x = a', '(let x a)', 'file'],
  ]
  test.each(table)('%s', (marked, node, path) => {
    const offset = marked.indexOf('|')
    const { file } = parse(marked.replace('|', ''))
    expect(sexpr(nodeAt(file, offset))).toBe(node)
    expect(pathAt(file, offset).map(({ kind }) => kind).join(' ')).toBe(path)
  })
})

test('children lie inside their parent, in order, without overlap', () => {
  fc.assert(fc.property(validFile, (text) => {
    for (const node of walk(parse(text).file)) {
      let end = node.span.start
      for (const { span } of children(node)) {
        expect(span.start).toBeGreaterThanOrEqual(end)
        end = span.end
      }
      expect(end).toBeLessThanOrEqual(node.span.end)
    }
  }), { numRuns: 200, seed: 5 })
})
