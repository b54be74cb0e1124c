/** Which page is shown; it is in the address, so that a pasted link shows the same. */
import { ref } from 'vue'

import { writeAddress } from './settings'

export type Page = 'live' | 'alert' | 'cases' | 'dust' | 'tracks' | 'zones' | 'rules' | 'registry' | 'reports' | 'scores' | 'work' | 'devices' | 'settings'
export const PAGES: readonly Page[] = ['live', 'alert', 'cases', 'dust', 'tracks', 'zones', 'rules', 'registry', 'reports', 'scores', 'work', 'devices', 'settings']

export const page = ref<Page>(PAGES.find((one) => one === new URLSearchParams(location.search).get('page')) ?? 'live')

export function goTo(next: Page): void {
  page.value = next
  writeAddress('page', next === 'live' ? null : next)
}
