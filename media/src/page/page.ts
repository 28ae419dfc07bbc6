/** Shows a report, keeps what the reader chose, and links the views by it. */
import type { HypothesisReport, Report } from '../../../server/src/protocol/report.ts'
import { h, render } from '../markup.ts'
import type { HostToPage } from '../messages.ts'
import { planned, type Plan } from '../graph/plan.ts'
import { chosen, navigation, outline, sectionMarkup, sections, type Beside, type Choice } from '../sections.ts'
import { status } from '../status.ts'
import { nodeOptions } from '../views/classes.ts'
import { moreNodes, type Live } from '../views/graph.ts'
import { element } from './element.ts'
import { download, exported } from './export.ts'
import { host } from './host.ts'
import { same } from './same.ts'
import { stage, type Stage } from './stage.ts'
import { own } from '../own.ts'

/** Sections that show costs of nodes: the others stay as they are when only costs come. */
const COSTLY: ReadonlySet<string> = new Set(['header', 'comparison', 'graph'])

export function start(main: HTMLElement): void {
  const panel = host()
  const kept = panel.kept()
  let choice: Choice = { hypothesis: kept.hypothesis ?? '', node: kept.node, tree: kept.tree, model: kept.model }
  let view = kept.view
  let { uri } = kept
  let report: Report | null = null
  let run: Pick<Extract<HostToPage, { type: 'report' }>, 'state' | 'progress' | 'message' | 'structure'> = {}
  let beside: Beside = {}
  /** The graph that was drawn last. */
  let plan: Plan | undefined
  /** The graph on the page. */
  let graph: Stage | undefined
  const live: Live = { plan: (...of) => (plan = planned(...of, plan)) }
  /** Keys of what is on the page, by section: what has not changed is left alone, with its scroll and focus. */
  const shown = new Map<string, string>()
  /** Reports received, and costs since. */
  let received = 0
  let costed = 0
  /** What the reader looks for in the graph, and the first node that it is. */
  let words = ''
  let found: string | undefined

  /** What the host asked for. A report that does not hold it shows no other one in its stead. */
  let asked: string | undefined
  const current = (): HypothesisReport | undefined => (report && (asked === undefined || asked !== choice.hypothesis || report.hypotheses.some(({ name }) => name === asked)) ? chosen(report, choice.hypothesis) : undefined)
  const keep = () => panel.keep({ uri, hypothesis: choice.hypothesis, view, node: choice.node, tree: choice.tree, model: choice.model })

  /** An error of the page is told in the page: nobody looks into its console. */
  function guarded<Arguments extends unknown[]>(act: (...given: Arguments) => unknown): (...given: Arguments) => void {
    const tell = (error: unknown) => {
      const problem = `The page could not show this: ${error instanceof Error ? `${error.message}\n${error.stack ?? ''}` : String(error)}`
      document.getElementById('problem')?.remove()
      main.insertAdjacentHTML('afterbegin', render(h('pre', { id: 'problem', class: 'problem', role: 'alert' }, problem)))
    }
    return (...given) => {
      try {
        const result = act(...given)
        if (result instanceof Promise) result.catch(tell)
      } catch (error) {
        tell(error)
      }
    }
  }

  function draw(): void {
    const strip = render(h('div', { id: 'status' }, status(run, panel.attached, Date.now())))
    put('status', strip, () => strip)
    main.classList.toggle('stale', run.state === 'stale')
    const hypothesis = current()
    if (!hypothesis && !run.structure) {
      for (const id of [...shown.keys()]) if (id !== 'status') remove(id)
      return
    }
    if (hypothesis) choice = { ...choice, hypothesis: hypothesis.name, node: hypothesis.nodes.some(({ name }) => name === choice.node) ? choice.node : undefined }
    const width = Math.max(240, main.clientWidth - 2 * parseFloat(getComputedStyle(main).paddingLeft))
    const all = report && hypothesis ? sections(report, choice, { width }, { ...beside, running: run.state === 'running', attached: panel.attached }, live) : outline(choice.hypothesis, run.structure!, choice, { width }, live)
    put('views', all.map(({ id }) => id).join(' '), () => render(h('div', { id: 'views' }, navigation(all))))
    const shownReport = report
    let above = document.getElementById('views')!
    for (const section of all) {
      put(section.id, `${received} ${COSTLY.has(section.id) ? costed : ''} ${section.key}`, () => sectionMarkup(shownReport, section).markup)
      const element = document.getElementById(section.id)!
      // One that comes later stands in its place, not at the end.
      if (above.nextElementSibling !== element) above.after(element)
      above = element
    }
    for (const id of [...shown.keys()]) if (id !== 'status' && id !== 'views' && !all.some((section) => section.id === id)) remove(id)
    mark()
  }

  function put(id: string, key: string, markup: () => string): void {
    if (shown.get(id) === key) return
    const before = document.getElementById(id)
    const opened = new Set([...(before?.querySelectorAll('details') ?? [])].flatMap((one, index) => (one.open ? [index] : [])))
    const focused = before?.contains(document.activeElement) ? focusKey(document.activeElement!) : undefined
    const fresh = element(markup())
    if (before) before.replaceWith(fresh)
    else main.append(fresh)
    shown.set(id, key)
    fresh.querySelectorAll('details').forEach((one, index) => (one.open = opened.has(index)))
    if (id === 'graph') {
      // The reader stays where they are when the same hypothesis is drawn with new numbers.
      graph = stage(fresh.querySelector<SVGSVGElement>('svg.graph')!, plan!, graph)
      fresh.querySelector<HTMLInputElement>('#find')!.value = words
      found = graph.find(words)
    }
    if (focused) fresh.querySelector<HTMLElement>(focused)?.focus({ preventScroll: true })
  }

  function remove(id: string): void {
    document.getElementById(id)?.remove()
    shown.delete(id)
  }

  /** Shows the selection in what is drawn already. */
  function mark(): void {
    for (const [name, value] of [['data-row-node', choice.node], ['data-row-class', choice.klass], ['data-row-hypothesis', choice.hypothesis]] as const) {
      for (const row of main.querySelectorAll(`.selected[${name}], [${name}="${CSS.escape(value ?? '')}"]`)) row.classList.toggle('selected', row.getAttribute(name) === value)
    }
    graph?.select(choice.node)
  }

  /** Further rows of the table of nodes, which is too long for the page. */
  function addRows(rows: Element): void {
    const body = rows.querySelector('tbody')
    const more = element(render(moreNodes(current()!, body?.rows.length ?? 0)))
    if (body) {
      body.append(...more.querySelectorAll('tbody tr'))
      rows.querySelector('[data-more]')!.replaceWith(...more.querySelectorAll('[data-more]'))
      rows.querySelector<HTMLElement>('[data-more], .scroll:last-child')?.focus({ preventScroll: true })
    } else rows.replaceChildren(...more.children)
    mark()
  }

  function choose(next: Partial<Choice>): void {
    choice = { ...choice, ...next }
    draw()
    keep()
  }

  function chooseHypothesis(name: string): void {
    if (name === choice.hypothesis) return
    choose({ hypothesis: name, node: undefined, klass: undefined, sample: undefined, open: undefined, listed: undefined })
    panel.send({ type: 'hypothesis', name })
  }

  function chooseNode(name: string, tell: boolean): void {
    const hypothesis = current()
    if (!hypothesis?.nodes.some((node) => node.name === name)) return
    choose({ node: name, ...(name === choice.node ? {} : { klass: undefined }) })
    if (tell) panel.send({ type: 'select', hypothesis: hypothesis.name, node: name })
    else graph?.show('selected')
  }

  /** Samples and losses go by a class; chosen again, by none. */
  function chooseClass(node: string, klass: string): void {
    choose({ node, klass: node === choice.node && klass === choice.klass ? undefined : klass, sample: undefined })
  }

  /** One that lies in another class than the chosen one is not hidden by it. */
  function chooseSample(sample: number): void {
    const { features } = current()!.sampled[sample] ?? {}
    const within = choice.klass === undefined || choice.node === undefined || (features && own(features, choice.node)) === choice.klass
    choose({ sample, ...(within ? {} : { klass: undefined }) })
  }

  function openFamily(family: string): void {
    choose({ open: new Set([...(choice.open ?? []), family]) })
  }

  function foldFamily(family: string): void {
    choose({ open: new Set([...(choice.open ?? [])].filter((one) => one !== family)) })
  }

  /** Lists the unimportant inputs of a card, or folds the list. */
  function list(card: string): void {
    choose({ listed: new Set([card]).symmetricDifference(choice.listed ?? new Set()) })
  }

  main.addEventListener('click', guarded(async (event: MouseEvent) => {
    const target = (event.target as Element).closest<HTMLElement>('[data-node],[data-stands],[data-family],[data-stub],[data-fold],[data-hypothesis],[data-sample],[data-class],[data-export],[data-zoom],[data-tree],[data-model],[data-act],[data-more],a[href^="#"]')
    if (!target) return
    const { node, stands, class: klass, of: nodeOfClass, family, stub, fold, hypothesis, sample, export: kind, view: of, zoom, tree, model, act, more } = target.dataset
    if (node !== undefined) chooseNode(node, true)
    else if (stands !== undefined) chooseNode(stands, true)
    else if (family !== undefined) openFamily(family)
    else if (stub !== undefined) list(stub)
    else if (fold !== undefined) foldFamily(fold)
    else if (hypothesis !== undefined) chooseHypothesis(hypothesis)
    else if (klass !== undefined) chooseClass(nodeOfClass!, klass)
    else if (sample !== undefined) chooseSample(Number(sample))
    else if (more !== undefined) addRows(target.closest('.rows')!)
    else if (tree !== undefined) choose({ tree: !choice.tree })
    else if (model !== undefined) choose({ model: !choice.model })
    else if (zoom === 'fit') graph?.zoomed.fit()
    else if (zoom !== undefined) graph?.zoomed.by(zoom === 'in' ? 1.4 : 1 / 1.4)
    else if (act === 'all-classes') choose({ klass: undefined })
    else if (act === 'python') panel.send({ type: act, hypothesis: choice.hypothesis })
    else if (act === 'compare') panel.send({ type: 'compare', with: null })
    else if (act === 'evaluate' || act === 'stop') panel.send({ type: act, hypothesis: choice.hypothesis })
    else if (kind !== undefined && report && current()) {
      const file = await exported(kind, document.getElementById(of!)!, report, current()!, choice, graph)
      if (file && panel.attached) panel.send({ type: 'export', ...file })
      else if (file) download(file)
    } else if (target.matches('a')) {
      event.preventDefault()
      view = target.getAttribute('href')!.slice(1)
      document.getElementById(view)?.scrollIntoView()
      keep()
    }
  }))

  main.addEventListener('change', guarded((event: Event) => {
    const { id, value } = event.target as HTMLSelectElement
    if (id === 'choose') chooseHypothesis(value)
    if (id === 'choose-node') chooseNode(value, true)
  }))

  // Before a long menu opens it is filled.
  for (const kind of ['pointerdown', 'focusin', 'keydown']) {
    main.addEventListener(kind, guarded(({ target }: Event) => {
      const menu = target as HTMLSelectElement
      if (!menu.matches('select[data-all]')) return
      delete menu.dataset['all']
      menu.innerHTML = render(nodeOptions(current()!.nodes, menu.value))
    }))
  }

  main.addEventListener('input', guarded((event: Event) => {
    const { id, value } = event.target as HTMLInputElement
    if (id === 'find') {
      words = value
      found = graph?.find(words)
      graph?.show('found')
    }
  }))

  main.addEventListener('keydown', guarded((event: KeyboardEvent) => {
    const target = event.target as HTMLElement
    if (target.id === 'find' && event.key === 'Enter') {
      if (found !== undefined) chooseNode(found, true)
      return
    }
    const card = target.closest<SVGGElement>('.card[role="button"], .stub')
    if (!card) return
    const { node, family, stub } = card.dataset
    if (event.key === 'Enter' || event.key === ' ') {
      if (node !== undefined) chooseNode(node, true)
      else if (family !== undefined) openFamily(family)
      else list(stub!)
    } else if (event.key.startsWith('Arrow')) {
      graph?.walk(card, event.key)
    } else return
    event.preventDefault()
  }))

  // It does not bubble.
  main.addEventListener('toggle', guarded(({ target }: Event) => {
    const rows = (target as HTMLDetailsElement).open ? (target as Element).querySelector('.rows:empty') : null
    if (rows) addRows(rows)
  }), true)

  function receive(message: HostToPage): void {
    if (message.type === 'select') return chooseNode(message.node, false)
    if (message.type === 'progress') {
      run = { ...run, state: 'running', progress: message.progress, message: message.message }
      return draw()
    }
    if (message.type === 'costs') {
      for (const node of report?.hypotheses.find(({ name }) => name === message.hypothesis)?.nodes ?? []) node.cost = message.costs[node.name] ?? node.cost
      costed++
      return draw()
    }
    document.getElementById('problem')?.remove()
    const first = report === null
    // The same report again, with another state: nothing of it is drawn anew.
    if (!same(message.report, report)) received++
    report = message.report
    run = message
    beside = { history: message.history ?? [], ...(message.compare ? { compare: message.compare } : {}) }
    asked = message.hypothesis
    uri = message.uri ?? uri
    if (message.hypothesis !== undefined) choice = { ...choice, hypothesis: message.hypothesis, ...(message.hypothesis === choice.hypothesis ? {} : { node: undefined, klass: undefined }) }
    draw()
    keep()
    if (first && report && view !== undefined) document.getElementById(view)?.scrollIntoView()
  }

  // The width decides the layout; what is drawn is the same at the same width.
  let width = main.clientWidth
  new ResizeObserver(guarded(() => {
    if (main.clientWidth === width) return
    width = main.clientWidth
    draw()
  })).observe(main)

  const inline = document.getElementById('report')
  main.replaceChildren()
  panel.listen(guarded(receive))
  if (inline) guarded(() => receive({ type: 'report', report: JSON.parse(inline.textContent!) as Report }))()
  else guarded(draw)()
  panel.send({ type: 'ready' })
}

/** Finds the element again after its section was drawn anew. */
function focusKey(element: Element): string | undefined {
  if (element.id) return `#${CSS.escape(element.id)}`
  for (const name of ['data-branch', 'data-node', 'data-family', 'data-stub', 'data-tree', 'data-model', 'data-hypothesis', 'data-sample', 'data-class']) {
    const value = element.getAttribute(name)
    if (value !== null) return `${element.tagName}[${name}="${CSS.escape(value)}"]`
  }
  return undefined
}
