/** From when to when an entry holds: instants, or days of the registry's zone with both included. */
import type { Entry } from '../api/drafts'
import { atLocal } from '../drafts/localtime'
import { text } from './lookup'

export type PermitState = 'valid' | 'not_yet' | 'expired'
export const PERMIT_STATES: readonly PermitState[] = ['valid', 'not_yet', 'expired']

const DAY = /^\d{4}-\d\d-\d\d$/
const known = new Map<string, number>()

/** The instant that a field names; a day's is its beginning, or its end. NaN where it is unreadable. */
function instant(written: string, isEnd: boolean): number {
  const key = `${written}${isEnd}`
  let ms = known.get(key)
  if (ms === undefined) {
    ms = !DAY.test(written) ? Date.parse(written) : atLocal(isEnd ? dayAfter(written) : written)
    known.set(key, ms)
  }
  return ms
}

function dayAfter(day: string): string {
  return new Date(Date.parse(`${day}T00:00Z`) + 86_400_000).toISOString().slice(0, 10)
}

export function stateAt(entry: Entry, nowMs: number): PermitState {
  const from = text(entry['valid_from'])
  const to = text(entry['valid_to'])
  if (from && instant(from, false) > nowMs) return 'not_yet'
  return to && instant(to, true) <= nowMs ? 'expired' : 'valid'
}

/** Days left until it ends, within the last week; null otherwise. */
export function daysLeft(entry: Entry, nowMs: number): number | null {
  const to = text(entry['valid_to'])
  if (!to) return null
  const days = Math.ceil((instant(to, true) - nowMs) / 86_400_000)
  return days > 0 && days <= 7 ? days : null
}
