/** Which days the report is of, and which of its alerts the list shows: in the address. */
import { computed, reactive, ref } from 'vue'

import { world } from '../live/world'
import { page } from '../navigation'
import { writeAddress } from '../settings'
import { dayOf, startOfDay } from '../tracks/span'

const DAY_MS = 86_400_000
const DAY = /^\d{4}-\d\d-\d\d$/

const address = new URLSearchParams(location.search)
const asked = ref(given())

function given(): [string, string] | null {
  const [first, last] = [address.get('first') ?? '', address.get('last') ?? '']
  return DAY.test(first) && DAY.test(last) && first <= last ? [first, last] : null
}

/** A day some days later, as a date alone. */
export function later(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10)
}

/** The Monday and the Sunday of the week of a day. */
export function weekOf(day: string): [string, string] {
  const weekday = (new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7
  const monday = later(day, -weekday)
  return [monday, later(monday, 6)]
}

/** The first and the last day of the month of a day. */
function monthOf(day: string): [string, string] {
  const first = `${day.slice(0, 7)}-01`
  return [first, later(`${later(first, 31).slice(0, 7)}-01`, -1)]
}

export const today = computed(() => dayOf(world.nowMs.value))
export const thisWeek = computed(() => weekOf(today.value))
const lastWeek = computed(() => weekOf(later(today.value, -7)))
/** Where nobody chose: reports are of what is over, work is of what goes on. */
const unasked = computed(() => (page.value === 'work' ? thisWeek.value : lastWeek.value))
export const days = computed<[string, string]>(() => asked.value ?? unasked.value)
export const thisMonth = computed(() => monthOf(today.value))
export const lastMonth = computed(() => monthOf(later(thisMonth.value[0], -1)))

export function showDays(first: string, last: string): void {
  if (!DAY.test(first) || !DAY.test(last)) return
  asked.value = first <= last ? [first, last] : [last, first]
  writeAddress('first', asked.value[0])
  writeAddress('last', asked.value[1])
}

export function showLastWeek(): void {
  if (unasked.value !== lastWeek.value) return showDays(...lastWeek.value)
  asked.value = null
  writeAddress('first', null)
  writeAddress('last', null)
}

export function showToday(): void {
  showDays(today.value, today.value)
}

export function showYesterday(): void {
  const yesterday = dayOf(startOfDay(today.value) - DAY_MS / 2)
  showDays(yesterday, yesterday)
}

/** The span before the one shown, or after it, as long as it. */
export function move(by: 1 | -1): void {
  const [first, last] = days.value
  const length = (Date.parse(last) - Date.parse(first)) / DAY_MS + 1
  showDays(later(first, by * length), later(last, by * length))
}

export const FILTERS = ['rule', 'company', 'site', 'district'] as const
export type Filter = (typeof FILTERS)[number]
export const filters = reactive<Partial<Record<Filter, string>>>(
  Object.fromEntries(FILTERS.flatMap((one) => (address.has(one) ? [[one, address.get(one)!]] : []))),
)

/** Show the alerts of one row alone; the same again shows all of them. */
export function toggleFilter(name: Filter, id: string): void {
  if (filters[name] === id) delete filters[name]
  else filters[name] = id
  writeAddress(name, filters[name] ?? null)
}

export function clearFilters(): void {
  for (const one of FILTERS) {
    delete filters[one]
    writeAddress(one, null)
  }
}
