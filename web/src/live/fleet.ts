/** Where the vehicles are. Thousands of them change each second, so they live outside Vue, in a plain map. */
import type { Position, Vehicle } from '../api/client'

export interface Track {
  deviceId: string
  /** A number for the map, which wants one. */
  key: number
  timeMs: number
  receivedMs: number
  lon: number | null
  lat: number | null
  speedKmh: number | null
  headingDeg: number | null
  ignition: boolean | null
  load: 'empty' | 'partial' | 'full' | null
  lift: boolean | null
  cover: 'closed' | 'open' | null
  moving: boolean | null
}

/** After this the marker is drawn lighter. */
export const OLD_AFTER_MS = 120_000
/** After this a vehicle is no longer drawn. */
const HIDDEN_AFTER_MS = 24 * 3600_000

const METRES_PER_DEGREE = 111_195

export function isLongAgo(track: Track, nowMs: number): boolean {
  return nowMs - track.timeMs > HIDDEN_AFTER_MS
}

export class Fleet {
  readonly tracks = new Map<string, Track>()
  private vehicles = new Map<string, Vehicle>()
  private listeners = new Set<(changed: Track[]) => void>()
  private nextKey = 1

  setVehicles(vehicles: Vehicle[]): void {
    this.vehicles = new Map(vehicles.filter((v) => v.device_id).map((v) => [v.device_id ?? '', v]))
  }

  vehicleOf(deviceId: string): Vehicle | undefined {
    return this.vehicles.get(deviceId)
  }

  /** Take over positions; one older than what is shown changes nothing. */
  apply(positions: Position[]): void {
    const changed: Track[] = []
    for (const position of positions) {
      const before = this.tracks.get(position.device_id)
      const next = toTrack(position, before, before?.key ?? this.nextKey)
      if (before && next.timeMs < before.timeMs) continue
      if (!before) this.nextKey += 1
      this.tracks.set(position.device_id, next)
      changed.push(next)
    }
    if (changed.length > 0) for (const listener of this.listeners) listener(changed)
  }

  /** Take off the map what has left the districts that this person may see. */
  leave(deviceIds: readonly string[]): void {
    const gone: Track[] = []
    for (const deviceId of deviceIds) {
      const track = this.tracks.get(deviceId)
      if (track) gone.push({ ...track, lon: null, lat: null })
      this.tracks.delete(deviceId)
    }
    if (gone.length > 0) for (const listener of this.listeners) listener(gone)
  }

  /** Forget everything: somebody else has signed in. */
  clear(): void {
    this.leave([...this.tracks.keys()])
  }

  /** Whether a device was heard of, and so long ago that it is no longer drawn. */
  isLost(deviceId: string | null | undefined, nowMs: number): boolean {
    const track = this.tracks.get(deviceId ?? '')
    return track !== undefined && isLongAgo(track, nowMs)
  }

  onChange(listener: (changed: Track[]) => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  counts(nowMs: number): { reporting: number; moving: number; registered: number } {
    let reporting = 0
    let moving = 0
    for (const track of this.tracks.values()) {
      if (!this.vehicles.has(track.deviceId) || nowMs - track.receivedMs > OLD_AFTER_MS) continue
      reporting += 1
      if (track.moving === true) moving += 1
    }
    return { reporting, moving, registered: this.vehicles.size }
  }
}

function toTrack(position: Position, before: Track | undefined, key: number): Track {
  const speedKmh = position.speed_kmh ?? null
  const timeMs = Date.parse(position.time)
  return {
    deviceId: position.device_id,
    key,
    timeMs,
    receivedMs: Date.parse(position.received_at),
    // A report without a fix says nothing of the place: the last known one stays.
    lon: position.lon ?? before?.lon ?? null,
    lat: position.lat ?? before?.lat ?? null,
    speedKmh,
    headingDeg: position.heading_deg ?? null,
    ignition: position.ignition ?? null,
    load: position.load ?? null,
    lift: position.lift ?? null,
    cover: position.cover ?? null,
    moving: isMoving(speedKmh ?? drivenKmh(before, position, timeMs), before?.moving ?? null),
  }
}

/** What two successive places at most 300 s apart say of the speed, where the device does not; none above 150 km/h. */
function drivenKmh(before: Track | undefined, now: Position, timeMs: number): number | null {
  const elapsedMs = before ? timeMs - before.timeMs : 0
  const { lon, lat } = now
  if (!before || before.lon === null || before.lat === null || typeof lon !== 'number' || typeof lat !== 'number') return null
  if (elapsedMs <= 0 || elapsedMs > 300_000) return null
  const eastDeg = (lon - before.lon) * Math.cos((lat * Math.PI) / 180)
  const kmh = (Math.hypot(eastDeg, lat - before.lat) * METRES_PER_DEGREE * 3600) / elapsedMs
  return kmh <= 150 ? kmh : null
}

/** Moving from 5 km/h on, standing below 3, between the two as before (the rules' own definition). */
function isMoving(speedKmh: number | null, before: boolean | null): boolean | null {
  if (speedKmh === null) return before
  if (speedKmh >= 5) return true
  return speedKmh < 3 ? false : before
}
