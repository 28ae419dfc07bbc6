/** What tests look at in the workbench. */
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Locator } from 'playwright-core'
import { afterEach } from 'vitest'
import type { Report } from '../../../server/src/protocol/report.ts'
import type { Workbench } from './workbench.ts'

const program = fileURLToPath(new URL('../../../server/dist/scrub.mjs', import.meta.url))

export const editor = ({ page }: Workbench): Locator => page.locator('.editor-instance .monaco-editor').first()
export const line = (bench: Workbench, text: string): Locator => editor(bench).locator('.view-line', { hasText: text }).first()
export const lens = ({ page }: Workbench, title: string | RegExp): Locator => page.locator('.codelens-decoration a', { hasText: title }).first()
export const notification = ({ page }: Workbench, text: string | RegExp): Locator => page.locator('.notification-toast', { hasText: text }).first()

/** Does what should make something visible, and again when it does not: on a slow machine a late redraw of the editor closes the menu that a key has just opened, or takes a click. Throws what `seen` throws. */
export async function until(seen: Locator, act: () => Promise<void>): Promise<void> {
  for (let tries = 1; ; tries++) {
    await act()
    try {
      return await seen.waitFor({ timeout: 8_000 })
    } catch (error) {
      if (tries === 15) throw error
    }
  }
}

/** A picture of the window wherever a test fails. */
export function pictureFailures(bench: () => Workbench | undefined): void {
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') await bench()?.shot(`failed-${task.name.replace(/\W+/g, '-').slice(0, 60)}`).catch(() => {})
  })
}

/** The report of a run of the command line. */
export function reportOf({ folder }: Workbench, file: string, hypothesis: string): Report {
  const json = execFileSync(process.execPath, [program, 'run', file, '-H', hypothesis, '--json', '-'], { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 2 ** 28 })
  return JSON.parse(json) as Report
}

/** Process ids under the workbench's server whose command line holds a text. */
export function processes({ pid }: Workbench, text: string): number[] {
  const parents = new Map<number, number>()
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const stat = readOr(join('/proc', name, 'stat'))
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
    if (parent > 0) parents.set(Number(name), parent)
  }
  const below = (id: number): boolean => id === pid || (parents.has(id) && below(parents.get(id)!))
  return [...parents.keys()].filter((id) => below(id) && readOr(`/proc/${id}/cmdline`).replaceAll('\0', ' ').includes(text))
}

function readOr(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return '' // gone meanwhile
  }
}
