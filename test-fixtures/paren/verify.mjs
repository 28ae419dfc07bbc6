// The exported model, run by ONNX Runtime: agrees with PyTorch on 200 rows (paren.check.json, written by export.py), and
// its loss and accuracy on the whole evaluation set.
//
//     ORT_DISABLE_TELEMETRY=1 node verify.mjs
process.env.ORT_DISABLE_TELEMETRY = '1'
import { readFileSync } from 'node:fs'
import { inflateRawSync } from 'node:zlib'
const ort = (await import('onnxruntime-node')).default

const here = new URL('.', import.meta.url)

/** The arrays of an .npz file: {name: {dims, data}}; only what this file needs (int64 and bool). */
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
    const kind = /'descr': '([^']+)'/.exec(header)[1]
    arrays[name.replace(/\.npy$/, '')] = { dims, data: kind === '<i8' ? new BigInt64Array(body.buffer) : body }
    p += 46 + nameLength + skip
  }
  return arrays
}

const { tokens, is_balanced: label } = npz(readFileSync(new URL('paren.npz', here)))
const [rows, width] = tokens.dims
const session = await ort.InferenceSession.create(new URL('paren.onnx', here).pathname, { intraOpNumThreads: 1 })
const check = JSON.parse(readFileSync(new URL('paren.check.json', here), 'utf8'))
let loss = 0, right = 0, worst = 0
for (let i = 0; i < rows; i += 500) {
  const n = Math.min(500, rows - i)
  const { logits } = await session.run({ tokens: new ort.Tensor('int64', tokens.data.slice(i * width, (i + n) * width), [n, width]) })
  for (let j = 0; j < n; j++) {
    const [a, b] = [logits.data[2 * j], logits.data[2 * j + 1]], z = b - a, y = label.data[i + j]
    loss += Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))) - z * y
    right += (z > 0) === (y === 1)
    const want = check[i + j]
    if (want) worst = Math.max(worst, Math.abs(want[0] - a), Math.abs(want[1] - b))
  }
}
console.log(`${rows} rows: loss ${loss / rows}, accuracy ${right / rows}; largest difference from PyTorch on ${check.length} rows ${worst}`)
if (worst > 1e-3 || loss / rows > 0.002 || right / rows < 0.999) process.exit(1)
