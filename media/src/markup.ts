/** Builds HTML and SVG as text: everything that is not markup already is escaped, so that a hostile report stays text. */

export interface Markup {
  readonly markup: string
}

export type Child = Markup | string | number | null | undefined | false | readonly Child[]
export type Attributes = Record<string, string | number | boolean | null | undefined>

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
const VOID = new Set(['br', 'input', 'meta'])

const PLAIN = /^[ -~]*$/
const SPECIAL = /[&<>"']/

/** Characters that would change how their neighbours read (controls, bidi marks, lone surrogates), spelled out. */
export function visible(text: string): string {
  // Nearly every text is plain, and a report has a hundred thousand of them.
  if (PLAIN.test(text)) return text
  return text.replaceAll(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufffe\uffff\p{Cs}]/gu, (one) => `\\u{${one.codePointAt(0)!.toString(16)}}`)
}

const escape = (text: string): string => (SPECIAL.test(text) ? text.replaceAll(/[&<>"']/g, (one) => ENTITIES[one]!) : text)

/** Attributes that the page reads back: they keep every character, since they are never shown. */
const KEY = /^(data-.*|value)$/

/** One element. Attributes that are null, undefined or false are left out; `true` writes the bare name. */
export function h(tag: string, attributes: Attributes = {}, ...children: readonly Child[]): Markup {
  const written = Object.entries(attributes).map(([name, value]) => {
    if (value === null || value === undefined || value === false) return ''
    return value === true ? ` ${name}=""` : ` ${name}="${typeof value === 'number' ? rounded(value) : escape(KEY.test(name) ? value : visible(value))}"`
  })
  const open = `<${tag}${written.join('')}>`
  return { markup: VOID.has(tag) ? open : `${open}${render(children)}</${tag}>` }
}

export function render(child: Child): string {
  if (child === null || child === undefined || child === false) return ''
  if (typeof child === 'string') return escape(visible(child))
  if (typeof child === 'number') return String(child)
  return 'markup' in child ? child.markup : child.map(render).join('')
}

/** Coordinates to a hundredth: finer ones only make the file larger. */
const rounded = (value: number): string => (Number.isInteger(value) ? String(value) : String(Math.round(value * 100) / 100))
