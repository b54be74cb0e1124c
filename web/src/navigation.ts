/** Which page is shown, and which bulletin: in the address, so that a pasted link shows the same, and a step of Back each. */
import { ref } from 'vue'

import { addStep, takeStep } from './settings'

export type Page = 'live' | 'alert' | 'cases' | 'dust' | 'tracks' | 'zones' | 'rules' | 'registry' | 'reports' | 'scores' | 'work' | 'devices' | 'settings'
export const PAGES: readonly Page[] = ['live', 'alert', 'cases', 'dust', 'tracks', 'zones', 'rules', 'registry', 'reports', 'scores', 'work', 'devices', 'settings']

const BULLETIN = /^\d{4}-(W\d\d|\d\d)$/

export const page = ref<Page>('live')
export const shownBulletin = ref<string | null>(null)
/** The district that the bulletin is of alone. */
export const onlyDistrict = ref<string | null>(null)

function take(address: URLSearchParams): void {
  const bulletin = address.get('bulletin') ?? ''
  page.value = PAGES.find((one) => one === address.get('page')) ?? 'live'
  shownBulletin.value = BULLETIN.test(bulletin) ? bulletin : null
  onlyDistrict.value = address.get('only')
}
take(new URLSearchParams(location.search))
addEventListener('popstate', () => take(takeStep(['page', 'bulletin', 'only'])))

function step(next: Page, bulletin: string | null): void {
  if (next === page.value && bulletin === shownBulletin.value) return
  page.value = next
  shownBulletin.value = bulletin
  if (bulletin === null) onlyDistrict.value = null
  addStep({ page: next === 'live' ? null : next, bulletin, only: onlyDistrict.value })
}

/** Whoever goes to a page leaves the bulletin. */
export function goTo(next: Page): void {
  step(next, null)
}

export function showBulletin(name: string | null): void {
  step('reports', name)
}
