/** Days and times of the registry's zone as instants. */
import { timezone } from '../words/format'

export const HOUR_MS = 3600_000
export const LAST_HOURS_MS = 2 * HOUR_MS

/** YYYY-MM-DD of an instant. */
export function dayOf(ms: number): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone: timezone.value, year: 'numeric', month: '2-digit', day: '2-digit' }).format(ms)
}

/** The instant of a local time as inputs write it, YYYY-MM-DDTHH:mm. */
export function instantOf(local: string): number {
  const utc = Date.parse(`${local}Z`)
  // The offset at a first guess may be that of the day before where the clock was changed.
  const guess = utc - offsetMs(utc)
  return utc - offsetMs(guess)
}

/** The instant at which a local day begins. */
export function startOfDay(day: string): number {
  return instantOf(`${day}T00:00`)
}

/** The first and the last instant of a local day. */
export function spanOfDay(day: string): [number, number] {
  const fromMs = startOfDay(day)
  return [fromMs, startOfDay(dayOf(fromMs + 36 * HOUR_MS)) - 1000]
}

function offsetMs(ms: number): number {
  const text = new Intl.DateTimeFormat('sv-SE', {
    timeZone: timezone.value, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit',
  }).format(ms)
  return Date.parse(`${text.replace(' ', 'T')}Z`) - Math.floor(ms / 1000) * 1000
}
