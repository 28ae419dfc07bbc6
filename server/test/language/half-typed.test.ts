/** Hover, completion, signature help and inlay hints answer everywhere in text that is being typed. */
import { expect, test } from 'vitest'
import { completion } from '../../src/language/completion.ts'
import { hover } from '../../src/language/hover.ts'
import { inlayHints } from '../../src/language/inlay-hints.ts'
import { signatureHelp } from '../../src/language/signature-help.ts'
import type { Snapshot } from '../../src/language/snapshot.ts'
import { type Around, NOTHING, snapshotOf, TRANSFORMER } from './check.ts'

const TEXT = `# a comment
model "t.onnx" data "t.npz" as { tokens = data["tokens"], x = ones_like(tokens) } filter label in [0, 1] limit 3
vocab tokens = ["a", "b\\"|"]
metric loss = cross_entropy(model.logits, label, axis=-1) - logits[0]
let f[i, j] = if tokens[i] == "a" then sum(tokens, axis=0) else not any(tokens[j:2] < 3)
graph { use transformer component a[l in range(2)].h[h in range(2)] = "/a{l}/h{h}" for k in [1] { point q.in[k] = "/in{k}" } rewrite a0.h0[1] = phi + rest with phi = load("p.npy") }
hypothesis "one" extends two, "three" {
  option samples 10
  let g = [f[i, 0] for i in range(2) if i != 1]
  node p[l in [0, 1], (h, k) in [(0, 1)]] = (exact, 'x') at a[l].h[h][1, :2] from label, tokens through any
  node out = p[0, 0, 1] or g at logits from p through [a0.h0, "/m1"], data.label
  for i in range(2) { refine p[0] = any at "/mid1"[::2] from out }
}
expect "one" recovered >= 85.5% expect one recovered < "two"
`

async function ask(snapshot: Snapshot, offset: number): Promise<void> {
  const host = { list: async () => [{ name: 'x.onnx', folder: false }] }
  const { items } = await completion(snapshot, offset, host)
  for (const { replace } of items) {
    expect(replace.start).toBeLessThanOrEqual(offset)
    expect(replace.end).toBeGreaterThanOrEqual(offset)
    expect(replace.end).toBeLessThanOrEqual(snapshot.text.length)
  }
  const found = await hover(snapshot, offset)
  if (found) {
    expect(found.span.start).toBeLessThanOrEqual(offset)
    expect(found.span.end).toBeGreaterThanOrEqual(offset)
    expect(found.markdown).not.toMatch(/undefined|\[object/)
  }
  signatureHelp(snapshot, offset)
}

test.each<[string, Around]>([['with a model', TRANSFORMER], ['without', NOTHING]])('at the end of every beginning, %s', async (_, around) => {
  for (let end = 0; end <= TEXT.length; end += 3) {
    const snapshot = snapshotOf(TEXT.slice(0, end), around)
    await ask(snapshot, end)
    inlayHints(snapshot, { start: 0, end })
  }
})

test.each([0, 1, 2])('at every offset, with pieces missing (%i)', async (shift) => {
  // Every so many characters five are gone.
  const broken = [...TEXT].filter((_, i) => shift === 0 || (i + 17 * shift) % 53 > 4).join('')
  for (const around of [TRANSFORMER, NOTHING]) {
    const snapshot = snapshotOf(broken, around)
    for (let offset = 0; offset <= broken.length; offset++) await ask(snapshot, offset)
  }
})
