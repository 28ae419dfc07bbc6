/** Tells failures of a device from all others: what failed there may work in another process, or on the processor. */
import type { Held, Runtime, Session, Tensors } from '../scrub/runtime.ts'

/** Raised for what fails on a device that could be used before; the message is that of the runtime. */
export class DeviceFailed extends Error {
  readonly device: string

  constructor(device: string, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause })
    this.device = device
  }
}

/** The same runtime, which throws DeviceFailed. Errors of the classes in `known` tell enough by themselves. */
export function tellingFailures(runtime: Runtime, known: readonly (new (message?: string) => Error)[]): Runtime {
  const { device, accelerator } = runtime
  const told = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work
    } catch (error) {
      throw known.some((kind) => error instanceof kind) ? error : new DeviceFailed(device, error)
    }
  }
  const session = (inner: Session): Session => ({
    run: (feeds: Tensors, held?: Readonly<Record<string, Held>>) => told(inner.run(feeds, held)),
    release: () => inner.release(),
    ...(inner.placement ? { placement: () => inner.placement!() } : {}),
  })
  const hold = accelerator?.hold
  return {
    ...runtime,
    load: async (model, folder) => session(await told(runtime.load(model, folder))),
    ...(accelerator && hold ? { accelerator: { ...accelerator, hold: (tensor) => told(hold(tensor)) } } : {}),
  }
}
