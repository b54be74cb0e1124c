/** Which station is looked at, over what span: in the address, so that a pasted link shows the same. */
import { ref } from 'vue'

import type { Alert } from '../api/client'
import { goTo } from '../navigation'
import { writeAddress } from '../settings'

export const HOURS = [6, 24, 72, 168, 720] as const
export type Hours = (typeof HOURS)[number]

const address = new URLSearchParams(location.search)
export const stationId = ref<string | null>(address.get('station'))
export const limitId = ref<string | null>(address.get('limit'))
export const hours = ref<Hours>(HOURS.find((one) => one === Number(address.get('hours'))) ?? 24)
/** The end of the span; null follows the clock. */
export const untilMs = ref<number | null>(Date.parse(address.get('until') ?? '') || null)

export function showStation(id: string, limit: string | null = null): void {
  stationId.value = id
  writeAddress('station', id)
  showLimit(limit)
}

export function showLimit(id: string | null): void {
  limitId.value = id
  writeAddress('limit', id)
}

export function showSpan(length: Hours, until: number | null): void {
  hours.value = length
  untilMs.value = until
  writeAddress('hours', length === 24 ? null : String(length))
  writeAddress('until', until === null ? null : new Date(until).toISOString())
}

/** Go to the windows that an alert is about. */
export function showWindowsOf(alert: Alert): void {
  if (!alert.station_id) return
  const started = Date.parse(alert.started_at)
  const ended = alert.ended_at === null ? null : Date.parse(alert.ended_at)
  const margin = 3 * 3_600_000
  const long = (ended ?? Date.now()) - started + 2 * margin
  const length = HOURS.find((one) => one >= 24 && one * 3_600_000 >= long) ?? 720
  const until = (ended ?? Date.now()) + margin
  const limit = alert.evidence['limit_id']
  showStation(alert.station_id, typeof limit === 'string' ? limit : null)
  showSpan(length, until >= Date.now() ? null : until)
  goTo('dust')
}
