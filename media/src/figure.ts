/** The parts every view is made of: a picture with its name, and the table that says the same. */
import { h, type Child, type Markup } from './markup.ts'

export interface Size {
  /** Width in CSS pixels that the view may take; it chooses its height itself. */
  readonly width: number
}

/** A picture that is read as a whole; `label` says in a sentence what it shows. */
export function picture(name: string, width: number, height: number, label: string, ...children: Child[]): Markup {
  return h('svg', { xmlns: 'http://www.w3.org/2000/svg', class: `picture ${name}`, width, height, viewBox: `0 0 ${Math.ceil(width)} ${Math.ceil(height)}`, role: 'img', 'aria-label': label }, children)
}

export interface Column<Row> {
  readonly head: string
  readonly cell: (row: Row) => Child
  readonly numeric?: boolean
}

/** A table whose rows may be selected: `key` gives the attribute and value by which the page knows the row. */
export function table<Row>(caption: string, rows: readonly Row[], columns: readonly Column<Row>[], key?: (row: Row) => Record<string, string>): Markup {
  const [first, ...others] = columns
  const cells = (row: Row) => [
    h('th', { scope: 'row' }, key ? h('button', { type: 'button', class: 'link', ...key(row) }, first!.cell(row)) : first!.cell(row)),
    ...others.map(({ cell, numeric }) => h('td', { class: numeric && 'number' }, cell(row))),
  ]
  return h(
    'div',
    { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': `${caption}: table` },
    h(
      'table',
      {},
      h('caption', {}, caption),
      h('thead', {}, h('tr', {}, columns.map(({ head, numeric }) => h('th', { scope: 'col', class: numeric && 'number' }, head)))),
      h('tbody', {}, rows.map((row) => h('tr', key ? rowKey(key(row)) : {}, cells(row)))),
    ),
  )
}

const rowKey = (key: Record<string, string>): Record<string, string> => Object.fromEntries(Object.entries(key).map(([name, value]) => [name.replace('data-', 'data-row-'), value]))

/** The table twin, folded away under the picture. */
export const twin = (title: string, inside: Child): Markup => h('details', { class: 'twin' }, h('summary', {}, title), inside)
