/** Which bulletin is shown, and of which district alone: in the address, so that a pasted link shows the same. */
import { ref } from 'vue'

import { later } from '../reports/span'
import { writeAddress } from '../settings'

export type Kind = 'week' | 'month'

const NAME = /^\d{4}-(W\d\d|\d\d)$/
const address = new URLSearchParams(location.search)
const asked = address.get('bulletin') ?? ''

export const shownBulletin = ref<string | null>(NAME.test(asked) ? asked : null)
export const onlyDistrict = ref<string | null>(address.get('only'))

export function showBulletin(name: string | null): void {
  shownBulletin.value = name
  writeAddress('bulletin', name)
  if (name === null) showOnly(null)
}

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
