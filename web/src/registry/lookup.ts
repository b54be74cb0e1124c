/** The names of what entries refer to, by id, and lists to choose from. */
import { computed, type ComputedRef } from 'vue'

import type { Kind } from '../api/drafts'
import { type Listed, useSection } from '../drafts/section'

export interface Choice {
  id: string
  label: string
  /** What else it is found by. */
  more?: string
}

export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const

export const text = (value: unknown): string => (typeof value === 'string' ? value : '')
export const texts = (value: unknown): string[] => (Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [])

function useKept(kind: Kind): ComputedRef<Listed[]> {
  const all = useSection(kind)
  return computed(() => all.value?.filter((one) => one.act !== 'removed') ?? [])
}

export function useLookup() {
  const vehicles = useKept('vehicles')
  const companies = useKept('companies')
  const zones = useKept('zones')
  const routes = useKept('routes')
  const districts = useKept('districts')
  const limits = useKept('limits')
  const stations = useKept('stations')
  const vehicleOf = computed(() => new Map(vehicles.value.map((one) => [one.id, one.entry])))
  const companyNames = computed(() => names(companies.value))
  const zoneNames = computed(() => names(zones.value))
  const routeNames = computed(() => names(routes.value))
  const districtNames = computed(() => names(districts.value))
  const zonesOf = (...kinds: string[]) => computed(() => choices(zones.value.filter((one) => kinds.includes(text(one.entry['kind'])))))
  return {
    vehicles, companies, stations, limits, vehicleOf, companyNames, zoneNames, routeNames, districtNames,
    vehicleChoices: computed<Choice[]>(() => vehicles.value.map((one) => ({ id: one.id, label: text(one.entry['plate']) || one.id, more: one.id }))),
    companyChoices: computed(() => choices(companies.value)),
    districtChoices: computed(() => choices(districts.value)),
    routeChoices: computed(() => choices(routes.value)),
    zoneChoices: computed(() => choices(zones.value)),
    sourceChoices: zonesOf('source_site'),
    disposalChoices: zonesOf('disposal_site', 'transfer_station'),
    /** A site is whatever zones bear its id. */
    siteIds: computed(() => [...new Set(zones.value.map((one) => text(one.entry['site_id'])).filter(Boolean))].sort()),
  }
}

function names(entries: readonly Listed[]): Map<string, string> {
  return new Map(entries.map((one) => [one.id, text(one.entry['name']) || one.id]))
}
function choices(entries: readonly Listed[]): Choice[] {
  return entries.map((one) => ({ id: one.id, label: text(one.entry['name']) || one.id, more: one.id }))
}
