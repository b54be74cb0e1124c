/** The rows of each section as its list shows, searches and filters them. */
import { computed, type ComputedRef } from 'vue'

import type { DraftEdit } from '../api/drafts'
import { type Listed, useSection } from '../drafts/section'
import { world } from '../live/world'
import { filters, folded, type Section } from './editing'
import { text, texts, useLookup } from './lookup'
import { type GivenStop, hours, stopsOf } from './stops'
import { daysLeft, type PermitState, stateAt } from './validity'

interface Row {
  id: string
  act: DraftEdit['act'] | null
  /** All that it is found by, folded. */
  found: string
  companies: string[]
}
export interface PermitRow extends Row {
  plates: { plate: string; color: string }[]
  vehicles: number
  sources: string[]
  disposals: string[]
  state: PermitState
  daysLeft: number | null
  from: string
  to: string
  windows: { days?: string[]; from: string; to: string }[]
}
export interface VehicleRow extends Row {
  plate: string
  color: string
  kind: string
  status: string
  company: string
  device: string
  load: number | null
}
export interface StationRow extends Row {
  name: string
  district: string
  site: string
  device: string
  limits: string[]
}
export interface CompanyRow extends Row {
  name: string
  uscc: string
  vehicles: number
}

const PLATES_SHOWN = 2

function useRows<T extends Row>(section: Section, row: (one: Listed) => T): ComputedRef<T[] | null> {
  const all = useSection(section)
  return computed(() => all.value?.map(row) ?? null)
}

export function usePermits(): ComputedRef<PermitRow[] | null> {
  const { vehicleOf, zoneNames } = useLookup()
  return useRows('permits', ({ id, entry, act }) => {
    const vehicles = texts(entry['vehicle_ids'])
    const plates = vehicles.map((one) => ({ plate: text(vehicleOf.value.get(one)?.['plate']) || one, color: text(vehicleOf.value.get(one)?.['plate_color']) || 'other' }))
    const named = (name: string) => texts(entry[name]).map((one) => zoneNames.value.get(one) ?? one)
    const sources = named('source_zone_ids')
    const disposals = named('disposal_zone_ids')
    return {
      id, act, sources, disposals, vehicles: vehicles.length, plates: plates.slice(0, PLATES_SHOWN),
      found: folded([id, ...vehicles, ...plates.map((one) => one.plate), ...sources, ...disposals].join(' ')),
      companies: [...new Set(vehicles.map((one) => text(vehicleOf.value.get(one)?.['company_id'])))],
      state: stateAt(entry, world.minuteMs.value), daysLeft: daysLeft(entry, world.minuteMs.value),
      from: text(entry['valid_from']), to: text(entry['valid_to']),
      windows: (entry['windows'] as PermitRow['windows'] | undefined) ?? [],
    }
  })
}

export function useVehicles(): ComputedRef<VehicleRow[] | null> {
  const { companyNames } = useLookup()
  return useRows('vehicles', ({ id, entry, act }) => {
    const company = text(entry['company_id'])
    const name = companyNames.value.get(company) ?? company
    return {
      id, act, plate: text(entry['plate']), color: text(entry['plate_color']) || 'other', kind: text(entry['kind']),
      status: text(entry['status']) || 'formal', company: name, device: text(entry['device_id']),
      load: typeof entry['max_load_t'] === 'number' ? entry['max_load_t'] : null,
      companies: [company], found: folded([id, text(entry['plate']), text(entry['device_id']), name].join(' ')),
    }
  })
}

export function useStations(): ComputedRef<StationRow[] | null> {
  const { districtNames } = useLookup()
  return useRows('stations', ({ id, entry, act }) => {
    const district = text(entry['district_id'])
    const name = text(entry['name'])
    return {
      id, act, name, district: districtNames.value.get(district) ?? district, site: text(entry['site_id']),
      device: text(entry['device_id']), limits: texts(entry['limit_ids']), companies: [],
      found: folded([id, name, text(entry['device_id']), text(entry['site_id'])].join(' ')),
    }
  })
}

export interface PlanRow extends Row {
  name: string
  kind: string
  vehicles: number
  places: string[]
  year: number | null
  rounds: number | null
  km: number | null
}

const amount = (value: unknown): number | null => (typeof value === 'number' ? value : null)

export function usePlans(): ComputedRef<PlanRow[] | null> {
  const { zoneNames, routeNames } = useLookup()
  return useRows('work_plans', ({ id, entry, act }) => ({
    id, act, name: text(entry['name']), kind: text(entry['vehicle_kind']), vehicles: texts(entry['vehicle_ids']).length,
    places: [...texts(entry['zone_ids']).map((one) => zoneNames.value.get(one) ?? one), ...texts(entry['route_ids']).map((one) => routeNames.value.get(one) ?? one)],
    year: amount(entry['year']), rounds: amount(entry['rounds_per_day']), km: amount(entry['km_per_year']),
    companies: [], found: folded([id, text(entry['name'])].join(' ')),
  }))
}

export interface RunRow extends Row {
  plate: string
  color: string
  /** Null is every day. */
  days: string[] | null
  stops: string[]
  hours: string | null
}

export function useRuns(): ComputedRef<RunRow[] | null> {
  const { vehicleOf } = useLookup()
  return useRows('collection_runs', ({ id, entry, act }) => {
    const vehicle = text(entry['vehicle_id'])
    const known = vehicleOf.value.get(vehicle)
    const plate = text(known?.['plate']) || vehicle
    const stops = stopsOf(entry).map((one: GivenStop) => one.name || one.id)
    return {
      id, act, plate, color: text(known?.['plate_color']) || 'other', stops, hours: hours(stopsOf(entry)),
      days: Array.isArray(entry['days']) ? texts(entry['days']) : null,
      companies: [text(known?.['company_id'])], found: folded([id, vehicle, plate, ...stops].join(' ')),
    }
  })
}

export function useCompanies(): ComputedRef<CompanyRow[] | null> {
  const { vehicles } = useLookup()
  const counts = computed(() => {
    const found = new Map<string, number>()
    for (const one of vehicles.value) {
      const company = text(one.entry['company_id'])
      found.set(company, (found.get(company) ?? 0) + 1)
    }
    return found
  })
  return useRows('companies', ({ id, entry, act }) => ({
    id, act, name: text(entry['name']), uscc: text(entry['uscc']), vehicles: counts.value.get(id) ?? 0,
    companies: [id], found: folded([id, text(entry['name']), text(entry['uscc'])].join(' ')),
  }))
}

/** What the filters leave, and of it how many are in each state before that is filtered by. */
export function useFiltered<T extends Row>(rows: ComputedRef<T[] | null>, stateOf: (row: T) => string) {
  const fitting = computed(() => {
    const wanted = folded(filters.q)
    return (rows.value ?? []).filter(
      (one) => one.found.includes(wanted) && (filters.company === '' || one.companies.includes(filters.company)),
    )
  })
  const counts = computed(() => {
    const found: Record<string, number> = { edited: 0 }
    for (const one of fitting.value) {
      const state = stateOf(one)
      found[state] = (found[state] ?? 0) + 1
      if (one.act !== null) found['edited'] = found['edited']! + 1
    }
    return found
  })
  const shown = computed(() =>
    filters.state === '' ? fitting.value : fitting.value.filter((one) => (filters.state === 'edited' ? one.act !== null : stateOf(one) === filters.state)),
  )
  return { fitting, counts, shown }
}
