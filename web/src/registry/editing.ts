/** What the registry's page shows: the section, the filters and the open entry, all in the address. */
import { computed, reactive, ref, watch } from 'vue'

import type { Entry } from '../api/drafts'
import { goTo, page } from '../navigation'
import { writeAddress } from '../settings'

export const SECTIONS = ['permits', 'vehicles', 'stations', 'companies', 'work_plans', 'collection_runs'] as const
export type Section = (typeof SECTIONS)[number]

const given = new URLSearchParams(page.value === 'registry' ? location.search : '')
export const section = ref<Section>(SECTIONS.find((one) => one === given.get('section')) ?? 'permits')
export const openId = ref<string | null>(given.get('entry'))
/** Whether a file is being looked at instead of the list. */
export const importing = ref(given.get('sheet') === '1')
/** What a new entry begins with; null while none is made. */
export const newEntry = ref<Entry | null>(null)

export const FILTERS = ['q', 'state', 'company', 'kind'] as const
export type Filter = (typeof FILTERS)[number]
export const filters = reactive<Record<Filter, string>>({
  q: given.get('q') ?? '', state: given.get('state') ?? '', company: given.get('company') ?? '', kind: given.get('kind') ?? '',
})
export const isFiltered = computed(() => FILTERS.some((name) => filters[name] !== ''))

export function clearFilters(): void {
  for (const name of FILTERS) filters[name] = ''
}
export function show(next: Section): void {
  section.value = next
  importing.value = false
  close()
  clearFilters()
}
export function open(id: string): void {
  newEntry.value = null
  openId.value = id
}
export function begin(entry: Entry = {}): void {
  openId.value = null
  newEntry.value = entry
}
export function close(): void {
  openId.value = null
  newEntry.value = null
}

/** From another page: the form of a new entry with what is known already. */
export function register(where: Section, entry: Entry): void {
  show(where)
  begin(entry)
  goTo('registry')
}

watch([page, section, openId, importing, () => ({ ...filters })], () => {
  const isHere = page.value === 'registry'
  writeAddress('section', isHere && section.value !== 'permits' ? section.value : null)
  writeAddress('entry', isHere ? openId.value : null)
  writeAddress('sheet', isHere && importing.value ? '1' : null)
  for (const name of FILTERS) if (isHere || name !== 'state') writeAddress(name, isHere ? filters[name] || null : null)
})

/** Case, dots, spaces and dashes do not count in a search. */
export const folded = (text: string) => text.toUpperCase().replace(/[\s·.•-]/g, '')
