/** The track that is shown and the moment of it: chosen, loaded, played by the clock; all of it in the address. */
import { computed, ref, shallowRef, watch } from 'vue'

import { ApiFailure, type Alert } from '../api/client'
import { getTrack, type Track } from '../api/tracks'
import { world } from '../live/world'
import { goTo } from '../navigation'
import { writeAddress } from '../settings'
import type { Word } from '../words'
import { LAST_HOURS_MS } from './span'
import { indexAt, momentAt, speedZones, wayOf, type Way } from './way'

export const RATES = [1, 10, 60, 300, 600] as const
const LONG_STOP_MS = 120_000
const AROUND_ALERT_MS = 600_000
const LONGEST_MS = 7 * 24 * 3600_000
const STEP_MS = 10_000
const ADDRESS_MS = 400

const address = new URLSearchParams(location.search)
const given = (name: string): number | null => {
  const ms = Date.parse(address.get(name) ?? '')
  return Number.isNaN(ms) ? null : ms
}

export const vehicleId = ref<string | null>(address.get('vehicle'))
const asked = shallowRef<[number, number] | null>(spanGiven())
export const atMs = ref(given('at') ?? 0)
export const rate = ref<number>(RATES.find((one) => String(one) === address.get('rate')) ?? 60)
export const skipsStops = ref(address.get('skip') === '1')
export const playing = ref(false)
export const track = shallowRef<Track | null>(null)
export const loading = ref(false)
export const failure = ref<Word | null>(null)
/** Raised whenever another track is loaded: the map goes there. */
export const loadedTracks = ref(0)

function spanGiven(): [number, number] | null {
  const [fromMs, toMs] = [given('from'), given('to')]
  return fromMs !== null && toMs !== null && fromMs < toMs ? [fromMs, toMs] : null
}

/** The span asked for; null for the last two hours. */
export const askedSpan = computed(() => asked.value)
export const vehicle = computed(() => world.registry.value?.vehicles.find((one) => one.id === vehicleId.value))
export const way = computed<Way | null>(() =>
  track.value === null ? null : wayOf(track.value, speedZones(world.registry.value?.zones.features ?? [])),
)
export const moment = computed(() => (way.value === null ? null : momentAt(way.value, atMs.value)))

let loads = 0
/** Load the way that is asked for; `again` takes in what has come since, and leaves the map where it is. */
export async function load({ again = false } = {}): Promise<void> {
  const id = vehicleId.value
  if (id === null) return
  const mine = ++loads
  const nowMs = Math.floor(world.nowMs.value / 1000) * 1000
  const [fromMs, toMs] = asked.value ?? [nowMs - LAST_HOURS_MS, nowMs]
  loading.value = !again
  failure.value = null
  try {
    const found = await getTrack(id, fromMs, toMs)
    if (mine !== loads) return
    track.value = found
    const inside = fromMs <= atMs.value && atMs.value <= toMs
    if (!inside) atMs.value = Date.parse(found.points[0]?.time ?? found.first)
    if (!again) loadedTracks.value += 1
  } catch (error) {
    if (mine !== loads || again) return
    track.value = null
    failure.value = error instanceof ApiFailure && error.status === 404 ? 'track_not_there'
      : error instanceof ApiFailure && error.code === 'too_many_reports' ? 'track_too_many' : 'track_failed'
  } finally {
    if (mine === loads) loading.value = false
  }
}

/** Take up a vehicle's way over a span (null: the last two hours), at a moment of it. */
export function takeUp(id: string, span: [number, number] | null = null, momentMs: number | null = null): void {
  playing.value = false
  vehicleId.value = id
  asked.value = span
  atMs.value = momentMs ?? 0
  void load()
}

/** The way is of a vehicle's alert, which has gone on or ended since: take in what came with it. */
export function keepUp(alert: Alert): void {
  if (track.value === null || loading.value || vehicleId.value !== alert.vehicle_id) return
  asked.value = spanAround(alert)
  void load({ again: true })
}

/** Put the way that is shown into the address. */
export function writeWay(): void {
  const span = asked.value
  writeAddress('vehicle', vehicleId.value)
  writeAddress('from', span === null ? null : new Date(span[0]).toISOString())
  writeAddress('to', span === null ? null : new Date(span[1]).toISOString())
}

/** Show a vehicle's way on the page of tracks. */
export function openTrack(id: string, span: [number, number] | null = null, momentMs: number | null = null): void {
  takeUp(id, span, momentMs)
  writeWay()
  goTo('tracks')
}

/** From 10 min before an alert to 10 min after its end, or after it was found. */
export function spanAround(alert: Alert): [number, number] {
  const startMs = Date.parse(alert.started_at)
  const endMs = Date.parse(alert.ended_at ?? alert.detected_at)
  const fromMs = startMs - AROUND_ALERT_MS
  return [fromMs, Math.min(Math.max(endMs, startMs) + AROUND_ALERT_MS, fromMs + LONGEST_MS)]
}

/** The way around an alert, at its start. */
export function openTrackOf(alert: Alert): void {
  if (alert.vehicle_id) openTrack(alert.vehicle_id, spanAround(alert), Date.parse(alert.started_at))
}

export function seek(ms: number): void {
  if (way.value) atMs.value = Math.min(way.value.toMs, Math.max(way.value.fromMs, ms))
}

export function step(by: 1 | -1): void {
  seek(atMs.value + by * STEP_MS)
}

export function togglePlay(): void {
  if (!way.value) return
  if (!playing.value && atMs.value >= way.value.toMs) atMs.value = way.value.fromMs
  playing.value = !playing.value
}

function advance(elapsedMs: number): void {
  const shown = way.value
  if (!shown) return
  let next = atMs.value + elapsedMs * rate.value
  if (skipsStops.value) {
    const stop = shown.stops.find((one) => one.fromMs <= next && next < one.toMs && one.toMs - one.fromMs >= LONG_STOP_MS)
    if (stop) next = stop.toMs
  }
  atMs.value = Math.min(next, shown.toMs)
  if (atMs.value >= shown.toMs) playing.value = false
}

watch(playing, (on) => {
  if (!on) return
  let before = performance.now()
  const frame = (now: number): void => {
    if (!playing.value) return
    advance(Math.max(0, now - before))
    before = now
    requestAnimationFrame(frame)
  }
  requestAnimationFrame(frame)
})

// A browser allows only so many changes of the address a minute.
let writing = 0
watch([atMs, rate, skipsStops], () => {
  clearTimeout(writing)
  writing = window.setTimeout(() => {
    writeAddress('at', atMs.value > 0 ? new Date(atMs.value).toISOString() : null)
    writeAddress('rate', String(rate.value))
    writeAddress('skip', skipsStops.value ? '1' : null)
  }, ADDRESS_MS)
})

/** What keys do on this page; whether the key did something. */
export function onTrackKey(key: string, target: EventTarget | null): boolean {
  if (key === ' ' && target instanceof HTMLButtonElement) return false
  if (key === ' ') togglePlay()
  else if (key === 'arrowleft') step(-1)
  else if (key === 'arrowright') step(1)
  else return false
  return true
}

/** The report that holds at the moment. */
export const reportNow = computed(() => (way.value === null ? null : (way.value.points[indexAt(way.value.points, atMs.value)] ?? null)))
