// Loaded into a server by NODE_OPTIONS: asked by a signal, it collects what is garbage and writes what is left to a file.
import { readdirSync, renameSync, writeFileSync } from 'node:fs'
import v8 from 'node:v8'
import vm from 'node:vm'

v8.setFlagsFromString('--expose-gc')
const collect = vm.runInNewContext('gc')
let measured = 0
process.on('SIGUSR2', () => {
  for (let i = 0; i < 3; i++) collect()
  const { heapUsed, external, rss } = process.memoryUsage()
  const file = process.env.SCRUB_MEASURE
  writeFileSync(`${file}.new`, JSON.stringify({ number: ++measured, memory: heapUsed + external, rss, files: readdirSync('/proc/self/fd').length, handles: process.getActiveResourcesInfo().length }))
  renameSync(`${file}.new`, file)
})
