/**
 * The vehicles of the view: the stream says which are in it, where they are and which have left it.
 *
 * Thousands of them change each second, so they live outside Vue, in a plain map.
 */
import type { Vehicle } from '../api/client'
import type { PositionRow } from './stream'

export interface Track {
  deviceId: string
  /** A number for the map, which wants one. */
  key: number
  timeMs: number
  lon: number | null
  lat: number | null
  speedKmh: number | null
  headingDeg: number | null
  moving: boolean | null
  ignition: boolean | null
  load: 'empty' | 'partial' | 'full' | null
  lift: boolean | null
  cover: 'closed' | 'open' | null
}

export type Standing = 'live' | 'old' | 'offline' | 'parked'

/** After this the marker is drawn lighter. */
export const OLD_AFTER_MS = 120_000
/** After this it is said to be off line, or parked. */
const SILENT_AFTER_MS = 900_000

/** How old what is known of a vehicle is: one that fell silent on its way is off line, any other is parked. */
export function standing(track: Track, nowMs: number): Standing {
  const ageMs = nowMs - track.timeMs
  if (ageMs <= OLD_AFTER_MS) return 'live'
  if (ageMs <= SILENT_AFTER_MS) return 'old'
  return track.ignition === true || track.moving === true ? 'offline' : 'parked'
}

export class Fleet {
  /** By device id: those of the view, and those picked. */
  readonly tracks = new Map<string, Track>()
  private vehicles = new Map<string, Vehicle>()
  /** The ids of this connection, by index. */
  private names = new Map<number, string>()
  private listeners = new Set<(changed: Track[]) => void>()
  private keys = new Map<string, number>()

  setVehicles(vehicles: Vehicle[]): void {
    this.vehicles = new Map(vehicles.filter((v) => v.device_id).map((v) => [v.device_id ?? '', v]))
  }

  vehicleOf(deviceId: string): Vehicle | undefined {
    return this.vehicles.get(deviceId)
  }

  /** Another connection counts its devices anew; what is known stays until it tells its view. */
  reconnect(): void {
    this.names.clear()
  }

  apply(message: { whole?: boolean; devices: [number, string][]; rows: PositionRow[]; gone: number[] }): void {
    for (const [index, deviceId] of message.devices) this.names.set(index, deviceId)
    const changed: Track[] = []
    for (const row of message.rows) {
      const track = this.toTrack(row)
      if (track) changed.push(track)
    }
    if (message.whole) {
      const held = new Set(changed.map((track) => track.deviceId))
      this.leave([...this.tracks.keys()].filter((deviceId) => !held.has(deviceId)))
    }
    this.leave(message.gone.map((index) => this.names.get(index) ?? ''))
    for (const track of changed) this.tracks.set(track.deviceId, track)
    this.announce(changed)
  }

  /** Forget everything: somebody else has signed in. */
  clear(): void {
    this.leave([...this.tracks.keys()])
    this.reconnect()
  }

  onChange(listener: (changed: Track[]) => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  /** Take off the map what has left the view. */
  private leave(deviceIds: readonly string[]): void {
    const gone: Track[] = []
    for (const deviceId of deviceIds) {
      const track = this.tracks.get(deviceId)
      if (track) gone.push({ ...track, lon: null, lat: null })
      this.tracks.delete(deviceId)
    }
    this.announce(gone)
  }

  private announce(changed: Track[]): void {
    if (changed.length > 0) for (const listener of this.listeners) listener(changed)
  }

  private toTrack(row: PositionRow): Track | null {
    const [index, timeMs, lon, lat, speedKmh, headingDeg, moving, ignition, load, lift, cover] = row
    const deviceId = this.names.get(index)
    if (deviceId === undefined) return null
    const key = this.keys.get(deviceId) ?? this.keys.size + 1
    this.keys.set(deviceId, key)
    return { deviceId, key, timeMs, lon, lat, speedKmh, headingDeg, moving, ignition, load, lift, cover }
  }
}
