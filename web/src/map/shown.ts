/** Which layers of the map are shown: in the address, so that a pasted link shows the same. */
import { ref } from 'vue'

import { readSetting, writeSetting } from '../settings'

export const GROUPS = {
  base: [] as readonly string[], // whatever it brings
  districts: ['districts', 'district-edges', 'district-counts'],
  roads: ['roads'],
  zones: ['zones', 'zones-hatched', 'zones-dotted', 'zone-edges', 'zone-edges-dashed', 'zone-names'],
  routes: ['routes'],
  stations: ['stations', 'station-names'],
  vehicles: ['vehicle-dots', 'vehicle-arrows', 'followed'],
  plates: ['plates'],
  badges: ['warnings', 'warning-words', 'badges', 'badge-words', 'fan-lines', 'fan'],
  graticule: ['graticule', 'graticule-labels'],
} as const satisfies Record<string, readonly string[]>
export type Group = keyof typeof GROUPS

const given = (readSetting('without') ?? '').split(',')
export const hiddenGroups = ref(new Set((Object.keys(GROUPS) as Group[]).filter((one) => given.includes(one))))

export function showGroup(group: Group, shown: boolean): void {
  const next = new Set(hiddenGroups.value)
  if (shown) next.delete(group)
  else next.add(group)
  hiddenGroups.value = next
  writeSetting('without', [...next].join(','))
}
