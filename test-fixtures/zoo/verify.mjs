// The committed .onnx files, run by ONNX Runtime, compute the tensors of the numpy descriptions in make_zoo.py.
//
//     ORT_DISABLE_TELEMETRY=1 node verify.mjs
process.env.ORT_DISABLE_TELEMETRY = '1'
import { readFileSync } from 'node:fs'
const ort = (await import('onnxruntime-node')).default

const here = new URL('.', import.meta.url)
const expected = JSON.parse(readFileSync(new URL('tensors.json', here), 'utf8'))
let worst = 0
for (const [name, { inputs, columns, tensors }] of Object.entries(expected)) {
  const session = await ort.InferenceSession.create(new URL(`${name}.onnx`, here).pathname)
  const feeds = {}
  for (const [k, kind] of Object.entries(inputs)) {
    const rows = columns[k]
    const dims = Array.isArray(rows[0]) ? [rows.length, rows[0].length] : [rows.length]
    const flat = rows.flat()
    feeds[k] = kind === 'i' ? new ort.Tensor('int64', BigInt64Array.from(flat, BigInt), dims) : new ort.Tensor('float32', Float32Array.from(flat), dims)
  }
  const out = await session.run(feeds)
  for (const [k, t] of Object.entries(out)) {
    const want = tensors[k].flat(9)
    if (want.length !== t.data.length) throw new Error(`${name} ${k}: ${t.data.length} values, not ${want.length}`)
    want.forEach((w, i) => { worst = Math.max(worst, Math.abs(w - t.data[i])) })
  }
}
console.log(`${Object.keys(expected).length} models, largest difference ${worst}`)
if (worst > 1e-6) process.exit(1)
