/** What the doctor found, in lines for people. */
import type { Diagnosis } from '../protocol/doctor.ts'

const gigabytes = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GB`

export function showDiagnosis({ versions, platform, processors, memory, problem, probes }: Diagnosis): string {
  const width = Math.max(0, ...probes.map(({ device }) => device.length))
  const lines = [
    `Scrub ${versions.scrub} · Node ${versions.node.replace(/^v/, '')} · ${platform} · ${processors} processors · ${gigabytes(memory.free)} of ${gigabytes(memory.total)} memory free`,
    versions.onnxruntime === null ? problem : `ONNX Runtime ${versions.onnxruntime}`,
    ...probes.map(({ device, works, message }) => `  ${works ? '✓' : '✗'} ${device.padEnd(width)}  ${works ? 'works' : message}`),
    // What is true of this version, whatever works.
    'Hypotheses are evaluated on the CPU in this version; the other devices are listed because later ones will use them.',
  ]
  return `${lines.filter(Boolean).join('\n')}\n`
}
