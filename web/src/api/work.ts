/** Fleet work. */
import { get } from './client'
import type { components } from './schema'

type Schemas = components['schemas']
export type WorkTrips = Schemas['WorkTrips']
export type WorkCleaning = Schemas['WorkCleaning']
export type WorkCollection = Schemas['WorkCollection']
export type VehicleDays = Schemas['VehicleDays']
/** What the answers of all kinds say of their days. */
export type WorkSpan = Pick<WorkTrips, 'so_far'>
export type Works = { trips: WorkTrips; cleaning: WorkCleaning; collection: WorkCollection }

export function getWork<K extends keyof Works>(kind: K, days: readonly [string, string], by: string, only: Readonly<Record<string, string>>): Promise<Works[K]> {
  return get<Works[K]>(`/api/work/${kind}?${new URLSearchParams({ first: days[0], last: days[1], by, ...only })}`)
}

export function getVehicleDays(vehicle: string, days: readonly [string, string]): Promise<VehicleDays> {
  return get<VehicleDays>(`/api/work/days?${new URLSearchParams({ first: days[0], last: days[1], vehicle })}`)
}

export function workAddress(days: readonly [string, string], lang: string): string {
  return `/api/work/days.csv?${new URLSearchParams({ first: days[0], last: days[1], lang })}`
}
