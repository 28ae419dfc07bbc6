/** Values of options. */
import { expect, test } from 'vitest'
import { device, megabytes, positiveInteger, precision, reductions, seed, shard } from '../../src/cli/options.ts'

test.each([
  [reductions, 'control', ['control']],
  [reductions, 'latin, control,latin', ['latin', 'control']],
  [reductions, 'all', ['stratified', 'latin', 'control']],
  [precision, '0.5%', 0.005],
  [precision, '0.5 %', 0.005],
  [precision, '0.005', 0.005],
  [precision, '.5%', 0.005],
  [precision, '5e-3', 0.005],
  [positiveInteger, '10000', 10_000],
  [positiveInteger, '10_000', 10_000],
  [positiveInteger, '1e5', 100_000],
  [seed, '0', 0],
  [megabytes, '512', 512_000_000],
  [device, 'cpu', 'cpu'],
  [device, 'webgpu', 'webgpu'],
])('%o of %s is %s', (read, text, value) => {
  expect(read(text)).toEqual(value)
})

test.each([
  [reductions, ['', 'latin,', 'Latin', 'all,latin', 'antithetic']],
  [precision, ['0', '1', '5', '100%', '-1%', 'x', '', '%', '1.2.3']],
  [positiveInteger, ['0', '-1', '1.5', '', 'ten', '1e99', '_', '0x10']],
  [shard, ['0/1', '2/1', '1', '1/', '/1', '-1/2', '1/2/3', '1.5/2', 'a/b', '']],
  [seed, ['-1', '1.5', '', '99999999999999999']],
  [device, ['gpu', 'CPU', 'WebGPU', '']],
])('%o refuses', (read, texts) => {
  for (const text of texts) expect(() => read(text), text).toThrow()
})
