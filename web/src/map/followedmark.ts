/** The mark of the vehicle that is followed: it slides from one known fix to the next, and jumps across a gap. */
type Place = [number, number]
type Mark = GeoJSON.Feature<GeoJSON.Point>

/** As long as the map takes to come along. */
export const SLIDE_MS = 900
/** Between fixes further apart nobody knows where it was. */
const GAP_MS = 60_000

export function still(): boolean {
  return matchMedia('(prefers-reduced-motion: reduce)').matches
}

export class FollowedMark {
  private at: Place | null = null
  private timeMs = 0
  private frame = 0

  constructor(private readonly draw: (marks: Mark[]) => void) {}

  /** Bring the mark to where the vehicle was at `timeMs`. */
  show(mark: Mark, timeMs: number): void {
    cancelAnimationFrame(this.frame)
    const from = this.at
    const to = mark.geometry.coordinates as Place
    const jumps = from === null || timeMs - this.timeMs > GAP_MS || still()
    this.timeMs = timeMs
    if (jumps) return this.put(mark, to)
    const began = performance.now()
    const step = (now: number): void => {
      const part = Math.min(1, Math.max(0, now - began) / SLIDE_MS)
      this.put(mark, [from[0] + (to[0] - from[0]) * part, from[1] + (to[1] - from[1]) * part])
      if (part < 1) this.frame = requestAnimationFrame(step)
    }
    this.frame = requestAnimationFrame(step)
  }

  clear(): void {
    cancelAnimationFrame(this.frame)
    this.at = null
    this.draw([])
  }

  private put(mark: Mark, at: Place): void {
    this.at = at
    this.draw([{ ...mark, geometry: { type: 'Point', coordinates: at } }])
  }
}
