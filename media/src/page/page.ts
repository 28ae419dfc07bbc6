/** Shows a report and keeps what the reader chose. */
import type { Report } from '../../../server/src/protocol/report.ts'
import { chosen, pageMarkup, type Choice } from '../sections.ts'

export function start(main: HTMLElement): void {
  const inline = document.getElementById('report')
  if (inline) show(main, JSON.parse(inline.textContent!) as Report, undefined)
}

function show(main: HTMLElement, report: Report, name: string | undefined): void {
  const choice: Choice = { hypothesis: chosen(report, name)?.name ?? '' }
  main.innerHTML = pageMarkup(report, choice, { width: main.clientWidth - 32 }).markup
  main.querySelector('#choose')?.addEventListener('change', (event) => show(main, report, (event.target as HTMLSelectElement).value))
}
