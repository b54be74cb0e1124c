/** Working hours as the service's calendar has them: spans to sum over, so that what is left never drifts. */
import { shallowRef } from 'vue'

import { getWorkingHours } from '../api/cases'

type Span = readonly [startMs: number, endMs: number]

const AGAIN_MS = 6 * 3_600_000
const SOON_MS = 15_000

const spans = shallowRef<readonly Span[]>([])
let askedMs = 0

/** Ask for the calendar; again after some hours, or soon where it was not to be had. */
export function keepCalendar(): void {
  if (Date.now() - askedMs < (spans.value.length > 0 ? AGAIN_MS : SOON_MS)) return
  askedMs = Date.now()
  void getWorkingHours().then(
    (found) => (spans.value = found.spans.map(([start, end]) => [Date.parse(start), Date.parse(end)])),
    () => undefined,
  )
}

/** How many working hours lie between two instants; null where the calendar known here does not reach. */
export function workedHours(fromMs: number, toMs: number): number | null {
  const all = spans.value
  const [first, last] = [all[0], all.at(-1)]
  if (!first || !last || fromMs < first[0] || toMs > last[1]) return null
  let ms = 0
  for (const [start, end] of all) ms += Math.max(0, Math.min(end, toMs) - Math.max(start, fromMs))
  return ms / 3_600_000
}
