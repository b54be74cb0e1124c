/** What the list of cases is narrowed to; it is in the address, so that a pasted link shows the same. */
import { computed, reactive, ref } from 'vue'

import type { CaseQuery } from '../api/cases'
import { person } from '../people/session'
import { readSetting, writeAddress, writeSetting } from '../settings'

/** The names of the address and of the API are the same, but for the text. */
export const FILTERS = ['assignee', 'district', 'rule', 'company', 'text'] as const
export type FilterName = (typeof FILTERS)[number]

const given = new URLSearchParams(location.search)
export const filters = reactive<Record<FilterName, string>>({
  assignee: given.get('assignee') ?? '', district: given.get('district') ?? '', rule: given.get('rule') ?? '',
  company: given.get('company') ?? '', text: given.get('text') ?? '',
})

const chosenMine = ref(readSetting('mine'))
/** A dispatcher begins with their own and their unit's, until they choose otherwise. */
export const mine = computed(() => (chosenMine.value === null ? person.value?.role === 'dispatcher' : chosenMine.value === 'true'))

export const query = computed<CaseQuery>(() => {
  const wanted: Record<string, string> = {}
  for (const name of FILTERS) if (filters[name].trim() !== '') wanted[name] = filters[name].trim()
  if (mine.value) wanted['mine'] = 'true'
  return wanted
})
export const isFiltered = computed(() => Object.keys(query.value).length > 0)

export function setFilter(name: FilterName, value: string): void {
  filters[name] = value
  writeAddress(name, value.trim() === '' ? null : value.trim())
}

export function setMine(on: boolean): void {
  chosenMine.value = String(on)
  writeSetting('mine', String(on))
}

export function clearFilters(): void {
  for (const name of FILTERS) setFilter(name, '')
  setMine(false)
}
