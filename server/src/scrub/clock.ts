/** Seconds by name and phase. */
export class Clock {
  readonly seconds: Record<string, Record<string, number>> = {}

  async time<T>(name: string, phase: string, work: () => Promise<T>): Promise<T> {
    const start = performance.now()
    try {
      return await work()
    } finally {
      this.add(name, phase, performance.now() - start)
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
