/** What the doctor found, in lines for people. */
import type { Diagnosis } from '../protocol/doctor.ts'

const rate = (speed: number): string => (speed >= 1e12 ? `${(speed / 1e12).toFixed(1)} TFLOP/s` : `${Math.round(speed / 1e9)} GFLOP/s`)
const gigabytes = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GB`

export function showDiagnosis({ versions, platform, processors, memory, problem, probes }: Diagnosis): string {
  const width = Math.max(0, ...probes.map(({ device }) => device.length))
  const lines = [
    `Scrub ${versions.scrub} · Node ${versions.node.replace(/^v/, '')} · ${platform} · ${processors} processors · ${gigabytes(memory.free)} of ${gigabytes(memory.total)} memory free`,
    versions.onnxruntime === null ? problem : `ONNX Runtime ${versions.onnxruntime}`,
    ...probes.map(({ device, works, speed, message }) => `  ${works ? '✓' : '✗'} ${device.padEnd(width)}  ${works ? `works${speed === null ? '' : `, ${rate(speed)} in products of matrices`}` : message}`),
    'A device is chosen with `--device`, in an editor with `scrub.evaluate.device`; `auto` takes another one than the CPU only where that is faster.',
  ]
  return `${lines.filter(Boolean).join('\n')}\n`
}
