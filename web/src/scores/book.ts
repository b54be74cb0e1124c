/** Which cycle, tab, company or vehicle of the scores is looked at: in the address. */
import { ref } from 'vue'

import type { About, Listed, Named, Standing } from '../api/scores'
import { world } from '../live/world'
import { writeAddress } from '../settings'
import { language, t } from '../words'

export const TABS = ['standings', 'appeals', 'scheme'] as const
export type Tab = (typeof TABS)[number]
export interface Who {
  about: About
  id: string
}

const address = new URLSearchParams(location.search)
const DAY = /^\d{4}-\d\d-\d\d$/

export const tab = ref<Tab>(TABS.find((one) => one === address.get('scores')) ?? 'standings')
/** A day of the cycle; null for the running one. */
export const day = ref<string | null>(DAY.test(address.get('cycle') ?? '') ? address.get('cycle') : null)
export const who = ref<Who | null>(readWho(address.get('of')))

function readWho(text: string | null): Who | null {
  const found = /^(company|vehicle):(.+)$/.exec(text ?? '')
  return found === null ? null : { about: found[1] as About, id: found[2]! }
}

export function showTab(next: Tab): void {
  tab.value = next
  writeAddress('scores', next === 'standings' ? null : next)
}

export function showCycle(first: string | null): void {
  day.value = first
  writeAddress('cycle', first)
}

export function showLedger(next: Who | null): void {
  who.value = next
  writeAddress('of', next === null ? null : `${next.about}:${next.id}`)
}

export const isShown = (one: Pick<Standing, 'about' | 'id'>): boolean => who.value?.about === one.about && who.value.id === one.id

export const said = (one: Named): string => one[language.value]

/** The colour of a plate by the registry in force. */
export const colorOf = (vehicleId: string): string => world.registry.value?.vehicles.find((one) => one.id === vehicleId)?.plate_color ?? 'other'

export const bandName = (one: Pick<Standing, 'band' | 'grade'>): string => (one.band ? said(one.band) : t(`grade_${one.grade}`))

/** Why somebody is on a list, in a sentence. */
export const whyListed = (one: Listed): string => (one.by === 'hand' ? one.reason : one.why ? said(one.why) : t('score_by_points'))

