/** Which operators ran where, from the events of a profile as ONNX Runtime writes them. */
import { expect, test } from 'vitest'
import { placementOf } from '../../src/runner/placement.ts'

const kernel = (op_name: string, provider: string, type: string) => ({ cat: 'Node', name: `${op_name}_7_kernel_time`, args: { op_name, provider: `${provider}ExecutionProvider`, input_type_shape: [{ [type]: [2, 4] }] } })

test('operators, and those on the CPU by type; copies between the memories are none', () => {
  const events = [
    { cat: 'Session', name: 'model_run' },
    kernel('Gather', 'WebGpu', 'float'), kernel('Mul', 'WebGpu', 'float'), kernel('Shape', 'CPU', 'float'), kernel('Concat', 'CPU', 'int64'), kernel('Concat', 'CPU', 'int64'),
    kernel('MemcpyToHost', 'WebGpu', 'float'), { cat: 'Node', name: 'Mul_7_fence_before', args: { op_name: 'Mul' } }, { cat: 'Node', name: 'If_kernel_time', args: { op_name: 'If', provider: 'CPUExecutionProvider', input_type_shape: [] } },
  ]
  const { operators, onCpu } = placementOf(events)
  expect(operators).toBe(6)
  expect(Object.fromEntries(onCpu)).toEqual({ 'Shape (float32)': 1, 'Concat (int64)': 2, If: 1 })
})
