/**
 * The vehicles' source on the map: one update a second with only what moved or changed, the next only after
 * the last is done, merging what came meanwhile.
 */
import type { GeoJSONSource, GeoJSONSourceDiff } from 'maplibre-gl'

import type { Vehicle } from '../api/client'
import { type Fleet, standing, type Standing, type Track } from '../live/fleet'
import { noteUpdate } from '../parts/perf'
import { term } from '../words'
import { drawn } from './crs'
import { FollowedMark } from './followedmark'
import { type LoadMark, vehicleSprite } from './sprites'

const PERIOD_MS = 1000

type Mark = GeoJSON.Feature<GeoJSON.Point, Record<string, unknown>>
type Change = NonNullable<GeoJSONSourceDiff['update']>[number]

interface Drawn {
  standing: Standing
  mark: Mark
}

export class VehicleLayer {
  private readonly drawn = new Map<number, Drawn>()
  private readonly waiting = new Map<number, Track>()
  private readonly followed: FollowedMark
  private followedId: string | null = null
  private busy = false
  private lastAt = 0
  private readonly stop: () => void
  private readonly timer: number

  constructor(
    private readonly source: GeoJSONSource,
    followed: GeoJSONSource,
    private readonly fleet: Fleet,
    private readonly serverNow: () => number,
  ) {
    this.followed = new FollowedMark((marks) => void followed.setData({ type: 'FeatureCollection', features: marks }))
    this.stop = fleet.onChange((changed) => this.take(changed))
    this.timer = window.setInterval(() => this.tick(), PERIOD_MS / 4)
    this.redrawAll()
  }

  get count(): number {
    return this.drawn.size
  }

  close(): void {
    this.stop()
    this.followed.clear()
    clearInterval(this.timer)
  }

  /** Draw everything again: another language, another registry. */
  redrawAll(): void {
    this.take([...this.fleet.tracks.values()])
    this.lastAt = 0
  }

  /** Draw this vehicle by a mark that slides, and by no other; null follows nobody. */
  follow(deviceId: string | null): void {
    if (deviceId === this.followedId) return
    const ids = [this.followedId, deviceId]
    this.followedId = deviceId
    this.followed.clear()
    this.take(ids.flatMap((id) => this.fleet.tracks.get(id ?? '') ?? []))
  }

  private take(changed: Iterable<Track>): void {
    for (const track of changed) {
      this.waiting.set(track.key, track)
      if (track.deviceId === this.followedId && !isHidden(track)) this.followed.show(this.markOf(track), track.timeMs)
    }
  }

  private markOf(track: Track, nowMs = this.serverNow()): Mark {
    return toMark(track, this.fleet.vehicleOf(track.deviceId), nowMs)
  }

  private tick(): void {
    const nowMs = this.serverNow()
    // A hidden page keeps the newest of each vehicle and draws when it is looked at again.
    if (this.busy || document.hidden || nowMs - this.lastAt < PERIOD_MS) return
    this.addAged(nowMs)
    if (this.waiting.size === 0) return
    this.lastAt = nowMs
    void this.update(nowMs)
  }

  /** Those whose mark changes merely because time has passed. */
  private addAged(nowMs: number): void {
    for (const track of this.fleet.tracks.values()) {
      const before = this.drawn.get(track.key)
      if (before && before.standing !== standing(track, nowMs)) this.waiting.set(track.key, track)
    }
  }

  private async update(nowMs: number): Promise<void> {
    const diff = this.diff(nowMs)
    const began = performance.now()
    this.busy = true
    try {
      await this.source.updateData(diff)
      noteUpdate(performance.now() - began)
    } finally {
      this.busy = false
    }
  }

  private diff(nowMs: number): GeoJSONSourceDiff {
    const add: GeoJSON.Feature[] = []
    const update: Change[] = []
    const remove: number[] = []
    for (const track of this.waiting.values()) {
      const before = this.drawn.get(track.key)
      if (isHidden(track) || track.deviceId === this.followedId) {
        if (before) remove.push(track.key)
        this.drawn.delete(track.key)
        continue
      }
      const mark = this.markOf(track, nowMs)
      this.drawn.set(track.key, { standing: standing(track, nowMs), mark })
      if (before) update.push(toChange(before.mark, mark))
      else add.push(mark)
    }
    this.waiting.clear()
    return { add, update, remove }
  }
}

function isHidden(track: Track): boolean {
  return track.lon === null || track.lat === null
}

export function loadMark(load: Track['load']): LoadMark {
  if (load === null) return 'unknown'
  return load === 'empty' ? 'empty' : 'loaded'
}

function toMark(track: Track, vehicle: Vehicle | undefined, nowMs: number): Mark {
  const stands = standing(track, nowMs)
  const age = stands === 'live' ? 'live' : 'old'
  const load = loadMark(track.load)
  const pointed = track.moving === true && track.headingDeg !== null
  const letter = vehicle ? term(`${vehicle.kind}_letter`) : ''
  return {
    type: 'Feature',
    id: track.key,
    geometry: { type: 'Point', coordinates: drawn([track.lon ?? 0, track.lat ?? 0]) },
    properties: {
      device: track.deviceId,
      age,
      load,
      icon: vehicleSprite(pointed, load, age),
      turn: pointed ? (track.headingDeg ?? 0) : 0,
      label: `${letter} ${vehicle?.plate || vehicle?.id || track.deviceId}`.trim() + (stands === 'offline' || stands === 'parked' ? `\n${term(stands, 'vehicle_')}` : ''),
    },
  }
}

/** Only what differs: most of it goes by the thousand each second, through the worker and back. */
function toChange(before: Mark, now: Mark): Change {
  const changed = Object.entries(now.properties).filter(([key, value]) => before.properties[key] !== value)
  return {
    id: now.id ?? 0,
    newGeometry: now.geometry,
    ...(changed.length > 0 && { addOrUpdateProperties: changed.map(([key, value]) => ({ key, value })) }),
  }
}
