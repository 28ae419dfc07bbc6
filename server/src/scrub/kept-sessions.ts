/** Sessions of compiled hypotheses, kept for the next run: an equal model has its session already. */
import { createHash } from 'node:crypto'
import type { Session } from './runtime.ts'

const MOST = 16
/** Of a device other than the processor: each has the weights once more in its memory, and every hypothesis takes two. */
export const MOST_ON_DEVICE = 8

export class KeptSessions {
  private readonly sessions = new Map<string, Session>()
  private readonly most: number

  constructor(most: number = MOST) {
    this.most = most
  }

  /** The session of an encoded model; made when it is not there. The ones unused for longest are released. */
  async of(model: Uint8Array, make: () => Promise<Session>): Promise<Session> {
    const key = createHash('sha256').update(model).digest('hex')
    const session = this.sessions.get(key) ?? (await make())
    this.sessions.delete(key)
    this.sessions.set(key, session)
    for (const [oldest, unused] of this.sessions) {
      if (this.sessions.size <= this.most) break
      this.sessions.delete(oldest)
      await unused.release()
    }
    return session
  }

  async release(): Promise<void> {
    for (const session of this.sessions.values()) await session.release()
    this.sessions.clear()
  }
}
