// Both exported models, run by ONNX Runtime: they agree with PyTorch on 200 rows (induction.check.json, written by export.py); their loss
// and the probability of the next word where induction can help, on the whole evaluation set.
//
//     ORT_DISABLE_TELEMETRY=1 node verify.mjs
process.env.ORT_DISABLE_TELEMETRY = '1'
import { readFileSync } from 'node:fs'
import { inflateRawSync } from 'node:zlib'
const ort = (await import('onnxruntime-node')).default

const here = new URL('.', import.meta.url)

/** The arrays of an .npz file: {name: {dims, data}}; only what this file needs (int64, float32 and bool). */
function npz(buf) {
  const arrays = {}
  let at = buf.length - 22
  while (buf.readUInt32LE(at) !== 0x06054b50) at--
  const entries = buf.readUInt16LE(at + 10)
  let p = buf.readUInt32LE(at + 16)
  for (let i = 0; i < entries; i++) {
    const method = buf.readUInt16LE(p + 10), size = buf.readUInt32LE(p + 20), nameLength = buf.readUInt16LE(p + 28)
    const skip = buf.readUInt16LE(p + 30) + buf.readUInt16LE(p + 32), local = buf.readUInt32LE(p + 42)
    const name = buf.toString('utf8', p + 46, p + 46 + nameLength)
    const start = local + 30 + buf.readUInt16LE(local + 26) + buf.readUInt16LE(local + 28)
    const raw = buf.subarray(start, start + size)
    const npy = method === 8 ? inflateRawSync(raw) : raw
    const header = npy.toString('latin1', 10, 10 + npy.readUInt16LE(8))
    const dims = /\(([^)]*)\)/.exec(header)[1].split(',').filter((s) => s.trim()).map(Number)
    const body = Uint8Array.prototype.slice.call(npy, 10 + npy.readUInt16LE(8))
    const kinds = { '<i8': BigInt64Array, '<f4': Float32Array, '|b1': Uint8Array }
    arrays[name.replace(/\.npy$/, '')] = { dims, data: new kinds[/'descr': '([^']+)'/.exec(header)[1]](body.buffer) }
    p += 46 + nameLength + skip
  }
  return arrays
}

const { tokens, targets, weight } = npz(readFileSync(new URL('induction.npz', here)))
const [rows, width] = tokens.dims
const check = JSON.parse(readFileSync(new URL('induction.check.json', here), 'utf8'))
for (const file of ['induction.onnx', 'induction.plain.onnx']) {
  const session = await ort.InferenceSession.create(new URL(file, here).pathname, { intraOpNumThreads: 1 })
  let loss = 0, probability = 0, worst = 0
  for (let i = 0; i < rows; i += 500) {
    const n = Math.min(500, rows - i)
    const { logits } = await session.run({ tokens: new ort.Tensor('int64', tokens.data.slice(i * width, (i + n) * width), [n, width]) })
    const words = logits.dims[2]
    for (let j = 0; j < n; j++) {
      let row = 0
      for (let p = 0; p < width; p++) {
        const w = weight.data[(i + j) * width + p]
        if (w === 0) continue
        const at = logits.data.subarray((j * width + p) * words, (j * width + p + 1) * words)
        const top = Math.max(...at)
        const lp = at[Number(targets.data[(i + j) * width + p])] - top - Math.log(at.reduce((s, x) => s + Math.exp(x - top), 0))
        row -= w * lp
        probability += w * Math.exp(lp)
      }
      loss += row
      if (i + j < check.loss.length) worst = Math.max(worst, Math.abs(row - check.loss[i + j]))
    }
    if (i === 0) check.logits.forEach((want, j) => want.forEach((v, k) => (worst = Math.max(worst, Math.abs(v - logits.data[(j * width + width - 1) * words + k])))))
  }
  console.log(`${file}: ${rows} rows: loss ${loss / rows}, probability ${probability / rows}; largest difference from PyTorch on ${check.loss.length} rows ${worst}`)
  if (worst > 1e-3) process.exit(1)
}
