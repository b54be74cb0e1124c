/** Open warnings from outside that have a place: for the map. */
import { shallowRef, watch } from 'vue'

import { type CaseView, getCases } from '../api/cases'
import { world } from '../live/world'
import { goTo } from '../navigation'
import { writeAddress } from '../settings'
import { externalTitle } from './acting'

const MOST = 500
export const warnings = shallowRef<CaseView[]>([])

let asked = 0
async function load(): Promise<void> {
  const mine = ++asked
  try {
    const page = await getCases('placed', {}, undefined, MOST)
    if (mine === asked) warnings.value = page.items
  } catch {
    // The next change asks again.
  }
}

/** Known alerts' cases are no warnings: only what came from outside asks anew. */
export function followWarnings(): void {
  watch(
    [world.loaded, world.cases.outside],
    ([loaded]) => (loaded ? void load() : (warnings.value = [])),
    { immediate: true },
  )
}

export function warningFeatures(): GeoJSON.FeatureCollection {
  return {
    type: 'FeatureCollection',
    features: warnings.value.map((one) => ({
      type: 'Feature',
      id: one.id,
      geometry: { type: 'Point', coordinates: [one.lon ?? 0, one.lat ?? 0] },
      properties: { id: one.id, label: externalTitle(one) },
    })),
  }
}

export function openWarningCase(id: number): void {
  writeAddress('case', String(id))
  goTo('cases')
}
