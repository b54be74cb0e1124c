/** Which entries the list shows, and which one is open; all of it is in the address. */
import { computed, ref } from 'vue'

import { writeAddress } from '../settings'
import { entries, type Entry, type Kind, TYPES } from './entries'

const given = new URLSearchParams(location.search)

export const wanted = ref(given.get('zq') ?? '')
export const type = ref<string | null>(TYPES.find((one) => one === given.get('zt')) ?? null)
export const onlyDraft = ref(given.get('zd') === '1')
/** `zones/Z1`, or null. */
export const openKey = ref<string | null>(given.get('entry'))

export function search(text: string): void {
  wanted.value = text
  writeAddress('zq', text || null)
}
export function chooseType(next: string | null): void {
  type.value = next
  writeAddress('zt', next)
}
export function chooseDraft(only: boolean): void {
  onlyDraft.value = only
  writeAddress('zd', only ? '1' : null)
}
export function showOpen(kind: Kind | null, id: string | null): void {
  openKey.value = kind === null || id === null ? null : `${kind}/${id}`
  writeAddress('entry', openKey.value)
}

/** Case, dots, spaces and dashes do not count. */
const folded = (text: string) => text.toUpperCase().replace(/[\s·.•-]/g, '')

const found = computed<Entry[]>(() => {
  const text = folded(wanted.value)
  return entries.value.filter((one) => (!onlyDraft.value || one.state !== 'same') && (text === '' || folded(one.name).includes(text) || folded(one.id).includes(text)))
})

export const shown = computed(() => (type.value === null ? found.value : found.value.filter((one) => one.type === type.value)))

export const countsByType = computed(() => {
  const counts: Record<string, number> = {}
  for (const one of found.value) counts[one.type] = (counts[one.type] ?? 0) + 1
  return counts
})
