/** The stations as the page has them: how each stands, and the windows of those that are in sight. */
import { shallowReactive } from 'vue'

import { getStationWindows, type StationWindows } from '../api/stations'

export const HOURS_24_MS = 24 * 3_600_000
const AT_ONCE = 4
const FRESH_MS = 60_000

/** The last 24 h of stations, read a few at a time when their row comes into sight. */
export class BarBook {
  readonly bars = shallowReactive(new Map<string, StationWindows>())
  private readonly readAt = new Map<string, number>()
  private readonly waiting: string[] = []
  private running = 0

  want(stationId: string): void {
    const read = this.readAt.get(stationId)
    if (this.waiting.includes(stationId) || (read !== undefined && Date.now() - read < FRESH_MS)) return
    this.readAt.set(stationId, Date.now())
    this.waiting.push(stationId)
    void this.work()
  }

  private async work(): Promise<void> {
    if (this.running >= AT_ONCE) return
    const next = this.waiting.shift()
    if (next === undefined) return
    this.running += 1
    try {
      const now = Date.now()
      this.bars.set(next, await getStationWindows(next, now - HOURS_24_MS, now))
    } catch {
      this.readAt.delete(next) // asked for again when it is looked at again
    } finally {
      this.running -= 1
      void this.work()
    }
  }
}
