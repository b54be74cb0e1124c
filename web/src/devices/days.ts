/** Local days of the registry's zone. */
import { timezone } from '../words/format'

const DAY_MS = 86_400_000

export interface Days {
  first: string
  last: string
}

export function localDay(ms: number): string {
  return new Intl.DateTimeFormat('sv-SE', { year: 'numeric', month: '2-digit', day: '2-digit', timeZone: timezone.value }).format(ms)
}

/** Today and the days before it, so many together. */
export function lastDays(count: number, nowMs: number): Days {
  return { first: localDay(nowMs - (count - 1) * DAY_MS), last: localDay(nowMs) }
}
