// Draws icon.png, which marketplaces want as a picture of points: `node client/icons/make.mjs`.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'

const at = (name) => fileURLToPath(new URL(name, import.meta.url))
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] })
const page = await browser.newPage({ viewport: { width: 128, height: 128 } })
await page.setContent(`<style>body { margin: 0 } svg { display: block }</style>${readFileSync(at('icon.svg'), 'utf8')}`)
await page.screenshot({ path: at('icon.png'), omitBackground: true })
await browser.close()
