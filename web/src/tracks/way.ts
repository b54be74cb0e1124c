/** A track as the map and the strip draw it: numbers once, places by time. */
import type { Track } from '../api/tracks'

export interface Point {
  ms: number
  lon: number | null
  lat: number | null
  speedKmh: number | null
  headingDeg: number | null
  limitKmh: number | null
  load: string | null
  lift: boolean | null
  cover: string | null
  ignition: boolean | null
}

export interface Stretch {
  fromMs: number
  toMs: number
}
export interface Gap extends Stretch {
  why: Track['gaps'][number]['why']
}

export interface Way {
  fromMs: number
  toMs: number
  points: Point[]
  gaps: Gap[]
  stops: Stretch[]
}

/** Between fixes no further apart than this the marker slides; else it jumps. */
const SLIDE_MS = 60_000

export function wayOf(track: Track, limits: SpeedZone[]): Way {
  return {
    fromMs: Date.parse(track.first),
    toMs: Date.parse(track.last),
    points: track.points.map((one) => ({
      ms: Date.parse(one.time), lon: one.lon, lat: one.lat, speedKmh: one.speed_kmh, headingDeg: one.heading_deg,
      limitKmh: one.lon === null || one.lat === null ? null : limitAt(limits, one.lon, one.lat),
      load: one.load, lift: one.lift, cover: one.cover, ignition: one.ignition,
    })),
    gaps: track.gaps.map((one) => ({ ...stretch(one), why: one.why })),
    stops: track.stops.map(stretch),
  }
}

function stretch(one: { started_at: string; ended_at: string }): Stretch {
  return { fromMs: Date.parse(one.started_at), toMs: Date.parse(one.ended_at) }
}

/** The place in `points` of the last one at or before an instant; -1 before the first. */
export function indexAt(points: readonly Point[], ms: number): number {
  let low = 0
  let high = points.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((points[middle]?.ms ?? Infinity) <= ms) low = middle + 1
    else high = middle
  }
  return low - 1
}

export interface Moment {
  point: Point
  lon: number
  lat: number
  /** Whether the instant lies in a gap, so that this is only where it was last. */
  inGap: boolean
}

/** Where the vehicle was at an instant; null before the first fix. */
export function momentAt(way: Way, ms: number): Moment | null {
  const at = indexAt(way.points, ms)
  const point = way.points[at]
  if (!point) return null
  const inGap = isInGap(way, ms)
  let placed: Point | undefined = point
  for (let before = at; placed && placed.lon === null; ) placed = way.points[--before]
  if (!placed || placed.lon === null || placed.lat === null) return null
  const next = way.points[at + 1]
  const slides = placed === point && !inGap && next && next.lon !== null && next.lat !== null && next.ms - point.ms <= SLIDE_MS
  if (!slides) return { point, lon: placed.lon, lat: placed.lat, inGap }
  const part = (ms - point.ms) / Math.max(1, next.ms - point.ms)
  return { point, lon: placed.lon + ((next.lon ?? 0) - placed.lon) * part, lat: placed.lat + ((next.lat ?? 0) - placed.lat) * part, inGap }
}

export function isInGap(way: Way, ms: number): boolean {
  return way.gaps.some((gap) => gap.fromMs < ms && ms < gap.toMs)
}

/** The instant of the point nearest to a place. */
export function instantNear(way: Way, lon: number, lat: number): number | null {
  let best: Point | null = null
  let least = Infinity
  const narrow = Math.cos((lat * Math.PI) / 180)
  for (const point of way.points) {
    if (point.lon === null || point.lat === null) continue
    const distance = ((point.lon - lon) * narrow) ** 2 + (point.lat - lat) ** 2
    if (distance < least) [least, best] = [distance, point]
  }
  return best?.ms ?? null
}

export interface Run<T> extends Stretch {
  value: T
}

/** Stretches of one value each; null is unknown, and so are gaps and what lies before the first report. */
export function runs<T>(way: Way, valueOf: (point: Point) => T | null): Run<T | null>[] {
  const found: Run<T | null>[] = []
  const add = (fromMs: number, toMs: number, value: T | null): void => {
    const last = found[found.length - 1]
    if (toMs <= fromMs) return
    if (last && last.value === value && last.toMs === fromMs) last.toMs = toMs
    else found.push({ fromMs, toMs, value })
  }
  const gapAfter = new Set(way.gaps.map((gap) => gap.fromMs))
  add(way.fromMs, way.points[0]?.ms ?? way.toMs, null)
  way.points.forEach((point, at) => {
    const next = way.points[at + 1]
    if (next) add(point.ms, next.ms, gapAfter.has(point.ms) ? null : valueOf(point))
    else add(point.ms, way.toMs, null)
  })
  return found
}

/** Zones with a limit as outer rings, and the limit. */
export interface SpeedZone {
  limitKmh: number
  rings: [number, number][][]
}

function limitAt(zones: readonly SpeedZone[], lon: number, lat: number): number | null {
  const limits = zones.filter((zone) => zone.rings.some((ring) => isInside(ring, lon, lat))).map((zone) => zone.limitKmh)
  return limits.length > 0 ? Math.min(...limits) : null
}

function isInside(ring: readonly [number, number][], lon: number, lat: number): boolean {
  let inside = false
  let before = ring[ring.length - 1]
  for (const corner of ring) {
    if (before && corner[1] > lat !== before[1] > lat) {
      const cross = corner[0] + ((lat - corner[1]) / (before[1] - corner[1])) * (before[0] - corner[0])
      if (lon < cross) inside = !inside
    }
    before = corner
  }
  return inside
}

export function speedZones(features: Record<string, unknown>[]): SpeedZone[] {
  return (features as unknown as GeoJSON.Feature[]).flatMap(({ geometry, properties }) => {
    const limitKmh: unknown = properties?.['speed_limit_kmh']
    if (properties?.['kind'] !== 'speed_zone' || typeof limitKmh !== 'number') return []
    const shapes = geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.type === 'MultiPolygon' ? geometry.coordinates : []
    return [{ limitKmh, rings: shapes.map((rings) => (rings[0] ?? []) as [number, number][]) }]
  })
}
