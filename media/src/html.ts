/** The stand-alone report: one HTML file with everything in it, which never asks the network for anything. */
import { createHash } from 'node:crypto'
import type { Report } from '../../server/src/protocol/report.ts'
import { h, render, type Markup } from './markup.ts'
import { chosen, pageMarkup } from './sections.ts'
import { fileName } from './views/header.ts'

/** The built page: media/dist/page.js and page.css. */
export interface Assets {
  readonly script: string
  readonly style: string
}

/** Width of the page where no script measures it. */
const WIDTH = 900

export function html(report: Report, { script, style }: Assets): string {
  const policy = `default-src 'none'; script-src '${hash(script)}'; style-src '${hash(style)}'; img-src data:; base-uri 'none'; form-action 'none'`
  const first = chosen(report, undefined)
  return `<!DOCTYPE html>\n${render(
    h(
      'html',
      { lang: 'en' },
      h(
        'head',
        {},
        h('meta', { charset: 'utf-8' }),
        h('meta', { 'http-equiv': 'Content-Security-Policy', content: policy }),
        h('meta', { name: 'viewport', content: 'width=device-width, initial-scale=1' }),
        h('meta', { name: 'color-scheme', content: 'light dark' }),
        h('title', {}, `${first ? `${first.name} · ` : ''}${fileName(report.file.path)} · Scrub`),
        h('style', {}, verbatim(style)),
      ),
      h(
        'body',
        { class: 'alone' },
        h('main', { id: 'page' }),
        // Read where scripts do not run; elsewhere the browser skips it.
        h('noscript', {}, h('main', {}, pageMarkup(report, { hypothesis: first?.name ?? '' }, { width: WIDTH }))),
        h('script', { type: 'application/json', id: 'report' }, verbatim(inlineJson(report))),
        h('script', {}, verbatim(script)),
      ),
    ),
  )}\n`
}

/** JSON that cannot end the element in which it stands. */
export const inlineJson = (value: unknown): string => JSON.stringify(value).replaceAll(/[<>&\u2028\u2029]/g, (one) => `\\u${one.codePointAt(0)!.toString(16).padStart(4, '0')}`)

const verbatim = (markup: string): Markup => ({ markup })

const hash = (text: string): string => `sha256-${createHash('sha256').update(text).digest('base64')}`
