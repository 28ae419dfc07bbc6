/** Pictures and tables as files: SVG with its style and a caption, PNG of the same, CSV of the table twin, JSON of the hypothesis. */
import type { HypothesisReport, Report } from '../../../server/src/protocol/report.ts'
import { h, render } from '../markup.ts'
import { caption } from '../caption.ts'
import { csv } from '../csv.ts'
import type { Choice } from '../sections.ts'
import { drawTreePicture } from '../views/draw-tree.ts'
import { nodesTable } from '../views/graph.ts'
import { element } from './element.ts'
import type { Stage } from './stage.ts'

export interface File {
  readonly name: string
  readonly mime: string
  /** Base64 where `mime` is image/png. */
  readonly text: string
}

/** Undefined where the section has no such thing. */
export async function exported(kind: string, section: Element, report: Report, hypothesis: HypothesisReport, { sample }: Choice, stage: Stage | undefined): Promise<File | undefined> {
  const name = `${hypothesis.name.replaceAll(/[^\p{L}\p{N}]+/gu, '-').slice(0, 60)}-${section.id}`
  if (kind === 'json') return { name: `${name}.json`, mime: 'application/json', text: `${JSON.stringify({ ...report, hypotheses: [hypothesis] }, null, 2)}\n` }
  if (kind === 'csv') {
    // The page may hold only the first of many nodes.
    const table = section.id === 'graph' ? element(render(nodesTable(hypothesis))).querySelector('table') : section.querySelector('.twin table, table')
    return table ? { name: `${name}.csv`, mime: 'text/csv', text: csv([...table.querySelectorAll('tr')].map((row) => [...row.children].map((cell) => cell.textContent ?? ''))) } : undefined
  }
  const chosen = hypothesis.sampled[sample ?? 0]
  const picture = section.id === 'samples' ? chosen && (element(render(drawTreePicture(hypothesis, chosen, { width: 900 }))) as SVGSVGElement) : section.querySelector<SVGSVGElement>('svg.picture')
  if (!picture) return undefined
  const copy = picture.cloneNode(true) as SVGSVGElement
  if (section.id === 'graph') stage?.whole(copy)
  const svg = standAlone(copy, caption(report, hypothesis))
  return kind === 'svg' ? { name: `${name}.svg`, mime: 'image/svg+xml', text: svg.text } : { name: `${name}.png`, mime: 'image/png', text: await png(svg) }
}

interface Drawing {
  readonly text: string
  readonly width: number
  readonly height: number
}

/** The picture as it looks here: every colour and font of the theme is written into it. */
function standAlone(clone: SVGSVGElement, words: string): Drawing {
  // Exported whole, not as far as it is zoomed.
  clone.querySelector('.zoomed')?.removeAttribute('transform')
  for (const element of clone.querySelectorAll('*')) for (const { name } of [...element.attributes]) if (/^(data-|tabindex$)/.test(name)) element.removeAttribute(name)
  const { width, height } = clone.viewBox.baseVal
  const style = getComputedStyle(document.body)
  const rules = [...document.styleSheets].flatMap((sheet) => [...sheet.cssRules]).filter((rule) => rule instanceof CSSStyleRule && /^svg\b/.test(rule.selectorText)).map((rule) => rule.cssText)
  const resolved = rules.join('\n').replaceAll(/var\((--[a-z]+)\)/g, (_, name: string) => style.getPropertyValue(name).trim())
  clone.setAttribute('width', String(width))
  clone.setAttribute('height', String(height + 28))
  clone.setAttribute('viewBox', `0 0 ${width} ${height + 28}`)
  const extra = [h('style', {}, { markup: resolved.replaceAll('<', '') }), h('rect', { width: '100%', height: '100%', fill: style.backgroundColor }), h('text', { class: 'label muted', x: 8, y: height + 18 }, words)]
  clone.insertAdjacentHTML('afterbegin', render(extra))
  return { text: new XMLSerializer().serializeToString(clone), width, height: height + 28 }
}

/** At twice the size, for print; less where a canvas would be too large. */
async function png({ text, width, height }: Drawing): Promise<string> {
  const image = new Image()
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`
  await image.decode()
  const scale = Math.min(2, 8192 / Math.max(width, height))
  const canvas = document.createElement('canvas')
  canvas.width = Math.ceil(width * scale)
  canvas.height = Math.ceil(height * scale)
  canvas.getContext('2d')!.drawImage(image, 0, 0, canvas.width, canvas.height)
  return canvas.toDataURL('image/png').split(',')[1]!
}

/** Saves a file from a stand-alone page. */
export function download({ name, mime, text }: File): void {
  const bytes = mime === 'image/png' ? Uint8Array.from(atob(text), (one) => one.charCodeAt(0)) : text
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob([bytes], { type: mime }))
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 1000)
}
