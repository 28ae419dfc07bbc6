/** Seconds by name and phase; what the disk took of a phase is told apart, and what the runtime took of it beside. */
export class Clock {
  readonly seconds: Record<string, Record<string, number>> = {}
  /** Of these, what calls of the runtime took. */
  readonly inside: Record<string, Record<string, number>> = {}
  private readonly disk: () => number
  private readonly runtime: () => number

  /** Seconds so far, of the disk and in calls of the runtime. */
  constructor(disk: () => number = () => 0, runtime: () => number = () => 0) {
    this.disk = disk
    this.runtime = runtime
  }

  async time<T>(name: string, phase: string, work: () => Promise<T>): Promise<T> {
    const start = performance.now()
    const before = this.disk()
    const outside = this.runtime()
    try {
      return await work()
    } finally {
      const disk = 1000 * (this.disk() - before)
      this.add(name, phase, performance.now() - start - disk)
      const own = (this.inside[name] ??= {})
      own[phase] = (own[phase] ?? 0) + this.runtime() - outside
      if (disk > 0) this.add(name, onDisk(phase), disk)
    }
  }

  timeNow<T>(name: string, phase: string, work: () => T): T {
    const start = performance.now()
    try {
      return work()
    } finally {
      this.add(name, phase, performance.now() - start)
    }
  }

  /** All phases of a name but those listed. */
  total(name: string, ...but: string[]): number {
    return Object.entries(this.seconds[name] ?? {}).reduce((sum, [phase, s]) => (but.includes(phase) ? sum : sum + s), 0)
  }

  private add(name: string, phase: string, milliseconds: number): void {
    const phases = (this.seconds[name] ??= {})
    phases[phase] = (phases[phase] ?? 0) + milliseconds / 1000
  }
}

/** Costs are told apart from the rest of a hypothesis, in all that they take. */
const onDisk = (phase: string): string => (phase === 'costs' ? COSTS[1] : 'disk')

/** Phases of measuring what each node costs. */
export const COSTS = ['costs', 'costs, disk'] as const
