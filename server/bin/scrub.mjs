#!/usr/bin/env node
// Starts the bundled command line; on a Node older than 22 it starts itself again under the binary of npm's `node` package.
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

if (Number(process.versions.node.split('.')[0]) < 22) {
  await restart()
} else {
  const bundle = new URL('../dist/scrub.mjs', import.meta.url)
  if (existsSync(bundle)) await import(bundle.href)
  else stop('Scrub is not built yet; run `npm run build` in its folder.')
}

/** The same command under a newer Node: same arguments, streams, exit code and signals. */
async function restart() {
  const { createRequire } = await import('node:module')
  const { dirname, join } = await import('node:path')
  const { spawn } = await import('node:child_process')
  let binary
  try {
    const manifest = createRequire(import.meta.url).resolve('node/package.json')
    binary = join(dirname(manifest), 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
  } catch {
    // Not installed: said below.
  }
  if (binary === undefined || !existsSync(binary)) {
    stop(`Scrub needs Node 22 or newer, and this is ${process.version}; run \`npm ci\` in its folder, which brings one, or install Node 22.`)
    return
  }
  // An editor that speaks over Node's IPC speaks to the child.
  const child = spawn(binary, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: process.send ? ['inherit', 'inherit', 'inherit', 'ipc'] : 'inherit' })
  if (process.send) {
    process.on('message', (message) => child.connected && child.send(message))
    process.on('disconnect', () => child.connected && child.disconnect())
    child.on('message', (message) => process.connected && process.send(message))
  }
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
  const forward = signals.map((signal) => [signal, () => child.kill(signal)])
  for (const [signal, handler] of forward) process.on(signal, handler)
  child.on('error', (error) => stop(`Scrub could not start ${binary}: ${error.message}.`))
  child.on('exit', (code, signal) => {
    for (const [name, handler] of forward) process.off(name, handler)
    if (signal) process.kill(process.pid, signal)
    else process.exit(code ?? 3)
  })
}

function stop(sentence) {
  process.stderr.write(`scrub: ${sentence}\n`)
  process.exitCode = 3
}
