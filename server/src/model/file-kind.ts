/** What a file is that turned out not to be an ONNX model. */

/** A clause for an error message, from the first bytes; undefined for nothing familiar. */
export function describeKind(head: Uint8Array): string | undefined {
  const text = new TextDecoder('latin1').decode(head)
  if (text.startsWith('version https://git-lfs')) return 'is a Git LFS pointer, not the model itself: run `git lfs pull`'
  if (text.startsWith('PK')) return 'is a zip archive (a PyTorch checkpoint?), not an ONNX model: export it with torch.onnx.export'
  if (text.startsWith('\x80')) return 'is a Python pickle (a PyTorch checkpoint?), not an ONNX model: export it with torch.onnx.export'
  if (text.startsWith('\x89HDF')) return 'is an HDF5 file (Keras?), not an ONNX model: convert it with tf2onnx'
  if (text.slice(4, 8) === 'ORTM') return 'is in ONNX Runtime\'s own .ort format: use the .onnx file it was made from'
  if (text.slice(8, 10) === '{"') return 'is a safetensors file, not an ONNX model: export the model with torch.onnx.export'
  if (head.length > 0 && isText(head)) return 'is a text file, not an ONNX model: name the .onnx file, or export the model with torch.onnx.export'
  return undefined
}

function isText(head: Uint8Array): boolean {
  let plain = 0
  for (const byte of head) {
    if (byte === 0) return false
    if (byte >= 32 && byte !== 127 || byte === 9 || byte === 10 || byte === 13) plain++
  }
  return plain >= head.length * 0.97
}
