/** Whether a device works: asked of a process of its own, which a bad driver may take with it. */
import { forkRunner, runnerPath } from './fork.ts'

export interface ProbeMessage {
  readonly type: 'probe'
  readonly id: number
  readonly device: string
  /** How fast it is, too. */
  readonly measure: boolean
}

export interface ProbedMessage {
  readonly type: 'probed'
  readonly id: number
  readonly version: string
  /** Devices by name, and whether the package holds them. */
  readonly backends: Readonly<Record<string, boolean>>
  /** What went wrong; undefined where a model ran. */
  readonly problem?: string
  /** Multiplications and additions a second in products of matrices, in float32; where that was asked for. */
  readonly speed?: number
}

/** Milliseconds that a device has to start and run a model of one operator. */
const PATIENCE = 60_000

export type Probed = Omit<ProbedMessage, 'type' | 'id'> | { readonly died: string }

/** `runner` is the program that is asked, the bundled one unless a test has another. */
export function probe(device: string, runner: string = runnerPath(), patience: number = PATIENCE, measure = false): Promise<Probed> {
  return new Promise((resolve) => {
    const child = forkRunner('ignore', runner)
    let late = false
    const timer = setTimeout(() => {
      late = true
      child.kill('SIGKILL')
    }, patience)
    const settle = (found: Probed): void => {
      clearTimeout(timer)
      resolve(found)
      child.kill('SIGKILL')
    }
    child.on('message', (answer: ProbedMessage | { readonly type: 'ready' }) => {
      if (answer.type === 'ready') child.send({ type: 'probe', id: 1, device, measure } satisfies ProbeMessage, () => {})
      else if (answer.type === 'probed') {
        const { type: _, id: __, ...found } = answer
        settle(found)
      }
    })
    child.on('error', (error) => settle({ died: error.message }))
    child.on('exit', (code, signal) => settle({ died: late ? `no answer within ${Math.round(patience / 1000)} s` : (signal ?? `exit code ${code}`) }))
  })
}
