/** The process behind `scrub`: streams, signals, and the net under everything. */
import { streamOutput, type Environment } from './environment.ts'
import { EXIT } from './exit.ts'
import { scrub } from './program.ts'
import { reason } from './source.ts'

// The reader of a pipe has seen enough (`scrub graph m.onnx | head`).
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(EXIT.fine)
    // The other one may have room.
    if (stream === process.stdout) process.stderr.write(`scrub: Standard output could not be written: ${reason(error)}.\n`)
    process.exit(EXIT.failed)
  })
}
process.on('uncaughtException', fail)
process.on('unhandledRejection', fail)

const environment: Environment = {
  stdout: streamOutput(process.stdout, process.env),
  stderr: streamOutput(process.stderr, process.env),
  stdin: async () => {
    const { text } = await import('node:stream/consumers')
    return text(process.stdin)
  },
  folder: process.cwd(),
  onInterrupt,
}

const exitCode = await scrub(process.argv.slice(2), environment)
await new Promise((written) => process.stdout.write('', written))
process.exit(exitCode)

/** One Ctrl-C arrives several times where npm or a launcher passes it on: what comes within half a second is one. */
function onInterrupt(handler: () => void): () => void {
  let last = -Infinity
  const listener = () => {
    const time = performance.now()
    if (time - last > 500) handler()
    last = time
  }
  const signals = ['SIGINT', 'SIGTERM'] as const
  for (const signal of signals) process.on(signal, listener)
  return () => signals.forEach((signal) => process.off(signal, listener))
}

/** A bug, or the machine's fault: one sentence, and the stack for those who ask for it. */
function fail(error: unknown): never {
  const { message, stack } = error instanceof Error ? error : new Error(String(error))
  const detail = process.env['SCRUB_DEBUG'] ? `\n${stack}` : ''
  process.stderr.write(`scrub: Something went wrong: ${message.split('\n')[0]} (SCRUB_DEBUG=1 shows where).${detail}\n`)
  process.exit(EXIT.failed)
}
