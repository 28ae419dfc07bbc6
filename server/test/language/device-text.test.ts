/** What is said of the device that ran a report. */
import { expect, test } from 'vitest'
import { deviceText } from '../../src/language/device-text.ts'
import type { Checks } from '../../src/protocol/report.ts'
import { hypothesis } from '../cli/sample-report.ts'

const on = (device: Checks['device']) => hypothesis({ checks: { identity: { samples: 64, largest: 0 }, draws: 1, replacements: 1, ...(device ? { device } : {}) } })

test.each<[string, Parameters<typeof deviceText>, string[]]>([
  ['the CPU', [{ device: 'cpu' }, [on(undefined)]], []],
  ['the CPU, after others were tried', [{ device: 'cpu', deviceReason: '`auto` stayed on the CPU (…).' }, [on(undefined)]], ['`auto` stayed on the CPU (…).']],
  ['a device that does everything', [{ device: 'webgpu' }, [on({ samples: 64, largest: 3.14e-6, operators: 20, onCpu: {} })]], ['webgpu and the CPU agree on the first 64 samples: the largest difference is 3.1e-6.']],
  ['no difference at all', [{ device: 'webgpu' }, [on({ samples: 2, largest: 0, operators: 20, onCpu: {} })]], ['webgpu and the CPU agree on the first 2 samples: the largest difference is 0.']],
  ['several hypotheses, the one that left most', [{ device: 'webgpu' }, [on({ samples: 64, largest: 1e-7, operators: 20, onCpu: { 'Shape (int64)': 1 } }), on({ samples: 10, largest: 2e-5, operators: 41, onCpu: { 'Concat (int64)': 1, 'Gather (int64)': 2 } })]], ['webgpu and the CPU agree on the first 74 samples: the largest difference is 2.0e-5.', '3 of 41 operators ran on the CPU: 2 Gather (int64), Concat (int64).']],
  ['many kinds of operators', [{ device: 'webgpu' }, [on({ samples: 64, largest: 1e-7, operators: 50, onCpu: { A: 1, B: 1, C: 1, D: 1, E: 1, F: 1 } })]], ['webgpu and the CPU agree on the first 64 samples: the largest difference is 1.0e-7.', '6 of 50 operators ran on the CPU: A, B, C, D, E, …']],
])('%s', (_, [report, hypotheses], expected) => expect(deviceText(report, hypotheses)).toEqual(expected))
