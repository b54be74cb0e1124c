/** Zones and places: what a drawn shape does, and coordinate systems. */
import { send } from './client'
import type { components } from './schema'

type Schemas = components['schemas']
export type Crs = Schemas['PlacesToConvert']['from_crs']
export type ZoneEffect = Schemas['ZoneEffect']

export function judgeZone(kind: Schemas['DrawnShape']['kind'], entry: Record<string, unknown>): Promise<ZoneEffect> {
  return send<ZoneEffect>('POST', '/api/zones/effect', { kind, entry })
}

/** The same places in another coordinate system, and how far each moved by it, in metres. */
export function convertPlaces(fromCrs: Crs, toCrs: Crs, places: [number, number][]): Promise<Schemas['ConvertedPlaces']> {
  return send('POST', '/api/places/convert', { from_crs: fromCrs, to_crs: toCrs, places })
}
