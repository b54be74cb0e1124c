/** Of which district alone the bulletin is, in the address; and what periods are called. */
import { onlyDistrict } from '../navigation'
import { later } from '../reports/span'
import { writeAddress } from '../settings'

export type Kind = 'week' | 'month'

export function showOnly(district: string | null): void {
  onlyDistrict.value = district
  writeAddress('only', district)
}

/** What the week or month of a day is called: 2026-W46, 2026-10. */
export function periodOf(kind: Kind, day: string): string {
  if (kind === 'month') return day.slice(0, 7)
  // A week is of the year that its Thursday lies in.
  const weekday = (new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7
  const thursday = later(day, 3 - weekday)
  const nth = Math.round((Date.parse(thursday) - Date.parse(`${thursday.slice(0, 4)}-01-01`)) / 86_400_000)
  return `${thursday.slice(0, 4)}-W${String(Math.floor(nth / 7) + 1).padStart(2, '0')}`
}
