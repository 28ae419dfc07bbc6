/** The run of a command line: progress on the terminal, and Ctrl-C. */
import type { RunRequest } from '../protocol/runner.ts'
import type { RunOutcome } from '../runner/client.ts'
import type { Environment } from './environment.ts'
import { EXIT } from './exit.ts'
import { progress } from './progress.ts'

/** The run itself: the first interruption asks it to stop, the second one ends this process. */
export async function evaluate(request: RunRequest, { stderr, onInterrupt }: Environment): Promise<{ outcome: RunOutcome; interrupted: boolean }> {
  const { startRun } = await import('../runner/client.ts')
  let bar = progress(stderr)
  const { result, cancel } = startRun(request, {
    onProgress: (step) => bar.update(step),
    onRestart: (why) => {
      bar.end()
      stderr.write(`${why}\n`)
      bar = progress(stderr)
    },
  })
  let interrupted = false
  const stopListening = onInterrupt(() => {
    bar.end()
    if (interrupted) process.exit(EXIT.interrupted)
    interrupted = true
    stderr.write('Stopping; press Ctrl-C again to stop at once.\n')
    cancel()
  })
  try {
    return { outcome: await result, interrupted }
  } finally {
    stopListening()
    bar.end()
  }
}
