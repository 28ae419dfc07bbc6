/** The panel's document lets nothing in but the bundled page. */
import { expect, test } from 'vitest'
import { pageHtml } from '../src/page.ts'

const html = pageHtml({ source: 'https://x.vscode-cdn.net', script: 'https://x.vscode-cdn.net/page.js', style: 'https://x.vscode-cdn.net/page.css', nonce: 'abc' })
const policy = /Content-Security-Policy" content="([^"]*)"/.exec(html)![1]!

test.each([
  ['default-src', "'none'"],
  ['script-src', "'nonce-abc'"],
  ['style-src', 'https://x.vscode-cdn.net'],
  ['img-src', 'https://x.vscode-cdn.net data: blob:'],
  ['font-src', 'https://x.vscode-cdn.net'],
])('%s %s', (directive, sources) => expect(policy.split('; ')).toContain(`${directive} ${sources}`))

test('nothing inline, nothing evaluated, one script with the nonce', () => {
  expect(policy).not.toMatch(/unsafe|\*|http:/)
  expect([...html.matchAll(/<script[^>]*>/g)].map(([tag]) => tag)).toEqual(['<script nonce="abc" src="https://x.vscode-cdn.net/page.js">'])
  expect(html).not.toMatch(/<style|\sstyle=|\son\w+=/)
})
