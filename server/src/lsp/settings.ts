/** What a user may set, under `scrub`; unknown and broken values count as not set. */
import { isDevice, type Device } from '../protocol/devices.ts'

export interface Settings {
  /** Whether models and data outside the workspace folder may be opened. */
  readonly trustPaths: boolean
  /** Whether anything may be run: features on the data, evaluations. */
  readonly trusted: boolean
  readonly inlayHints: { readonly shapes: boolean; readonly classes: boolean }
  readonly format: { readonly enable: boolean }
  /** Seconds without a request after which the process that reads data ends. */
  readonly idleExitSeconds: number
  /** Device of an evaluation. */
  readonly device: Device
  /** Threads of an evaluation; all but two when not set. */
  readonly threads: number | undefined
  /** Bytes that cached activations may take; the engine's default when not set. */
  readonly memory: number | undefined
  /** Samples of a batch; chosen by the engine when not set. */
  readonly batch: number | undefined
  /** Permuted hypotheses beside each that is evaluated. */
  readonly nulls: number
  /** Evaluate each under every way to draw unimportant inputs. */
  readonly sensitivity: boolean
  /** Small scrubs of what is edited, after every pause in typing. */
  readonly live: { readonly enable: boolean; readonly samples: number }
}

export const defaults: Settings = {
  trustPaths: false,
  trusted: true,
  inlayHints: { shapes: true, classes: true },
  format: { enable: true },
  idleExitSeconds: 120,
  device: 'auto',
  threads: undefined,
  memory: undefined,
  batch: undefined,
  nulls: 0,
  sensitivity: false,
  live: { enable: false, samples: 500 },
}

type Given = Record<string, unknown>

const object = (value: unknown): Given => (typeof value === 'object' && value !== null ? (value as Given) : {})
const flag = (value: unknown, fallback: boolean): boolean => (typeof value === 'boolean' ? value : fallback)
const count = (value: unknown): number | undefined => (typeof value === 'number' && Number.isInteger(value) && value > 0 ? value : undefined)

/** Settings as a client gives them, over `base`. */
export function settingsOf(given: unknown, base: Settings = defaults): Settings {
  const { trustPaths, trusted, inlayHints, format, evaluate, live } = object(given)
  const hints = object(inlayHints)
  const { idleExitSeconds, device, threads, memoryLimitMB, batchSize, nullHypotheses, sensitivity } = object(evaluate)
  const megabytes = count(memoryLimitMB)
  return {
    trustPaths: flag(trustPaths, base.trustPaths),
    trusted: flag(trusted, base.trusted),
    inlayHints: {
      shapes: flag(hints['shapes'], flag(inlayHints, base.inlayHints.shapes)),
      classes: flag(hints['classes'], flag(inlayHints, base.inlayHints.classes)),
    },
    format: { enable: flag(object(format)['enable'], base.format.enable) },
    idleExitSeconds: count(idleExitSeconds) ?? base.idleExitSeconds,
    device: typeof device === 'string' && isDevice(device) ? device : base.device,
    threads: count(threads) ?? base.threads,
    memory: megabytes === undefined ? base.memory : megabytes * 2 ** 20,
    batch: count(batchSize) ?? base.batch,
    nulls: nullHypotheses === 0 ? 0 : (count(nullHypotheses) ?? base.nulls),
    sensitivity: flag(sensitivity, base.sensitivity),
    live: { enable: flag(object(live)['enable'], base.live.enable), samples: count(object(live)['samples']) ?? base.live.samples },
  }
}
