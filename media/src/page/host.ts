/** The panel's host, where there is one; a stand-alone page has none and saves files itself. */
import type { HostToPage, Kept, PageToHost } from '../messages.ts'

interface VsCode {
  postMessage(message: PageToHost): void
  setState(state: Kept): void
  getState(): Kept | undefined
}

declare const acquireVsCodeApi: (() => VsCode) | undefined

export interface Host {
  /** Whether somebody evaluates and selects for the page. */
  readonly attached: boolean
  send(message: PageToHost): void
  keep(state: Kept): void
  kept(): Kept
  listen(hear: (message: HostToPage) => void): void
}

/** Others use the channel too, the editor's own scripts among them. */
const HEARD: ReadonlySet<string> = new Set<HostToPage['type']>(['report', 'progress', 'costs', 'select'])

export function host(): Host {
  const code = typeof acquireVsCodeApi === 'function' ? acquireVsCodeApi() : undefined
  return {
    attached: code !== undefined,
    send: (message) => code?.postMessage(message),
    keep: (state) => code?.setState(state),
    kept: () => code?.getState() ?? {},
    listen: (hear) =>
      window.addEventListener('message', ({ data }: MessageEvent<HostToPage>) => {
        if (HEARD.has(data?.type)) hear(data)
      }),
  }
}
