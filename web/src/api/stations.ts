/** Dust stations: now, their windows and their readings. */
import { get } from './client'
import type { components } from './schema'

type Schemas = components['schemas']
export type StationWindows = Schemas['StationWindows']
export type StationReadings = Schemas['StationReadings']
export type StationNow = Schemas['StationNow']

function ofStation(id: string, what: string, fromMs: number, toMs: number): string {
  const span = new URLSearchParams({ from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() })
  return `/api/stations/${encodeURIComponent(id)}/${what}?${span}`
}

export function getStations(): Promise<Schemas['StationsNow']> {
  return get('/api/stations')
}

export function getStationWindows(id: string, fromMs: number, toMs: number): Promise<StationWindows> {
  return get<StationWindows>(ofStation(id, 'windows', fromMs, toMs))
}

export function getStationReadings(id: string, fromMs: number, toMs: number): Promise<StationReadings> {
  return get<StationReadings>(ofStation(id, 'readings', fromMs, toMs))
}
