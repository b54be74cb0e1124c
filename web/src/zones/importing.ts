/** GeoJSON from elsewhere, feature by feature: what each would be, or why it can be nothing. */
import type { Crs } from '../api/zones'
import { type Kind, type Raw, withPlaces, ZONE_KINDS } from './entries'
import { freeId } from './naming'
import { toMap } from './pasting'
import { cornerCount, type DrawnShape, type Flaw, flawOf, geometryOf, pathsOf, shapeOf } from './shape'

export const MOST_FEATURES = 1000

export interface Candidate {
  number: number
  kind: Kind
  raw: Raw
  shape: DrawnShape | null
  /** Why it cannot be taken. */
  flaw: Flaw | { kind: 'no_shape' | 'point_without_radius' | 'id_twice' } | null
}

const ZONE_FIELDS = ['name', 'site_id', 'district_id', 'speed_limit_kmh', 'windows', 'valid_from', 'valid_to'] as const

/** The features of a document; null where it is no GeoJSON. */
export function featuresIn(text: string): unknown[] | null {
  let given: unknown
  try {
    given = JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch {
    return null
  }
  const { type, features } = (given ?? {}) as { type?: unknown; features?: unknown }
  if (type === 'FeatureCollection') return Array.isArray(features) ? features : null
  if (type === 'Feature') return [given]
  return typeof type === 'string' && 'coordinates' in (given as object) ? [{ type: 'Feature', properties: {}, geometry: given }] : null
}

export async function candidatesOf(features: unknown[], crs: Crs, zoneKind: string): Promise<Candidate[]> {
  const ids = new Set<string>()
  const found = features.map((feature, at) => candidate(feature, at + 1, crs, zoneKind, ids))
  if (crs === 'WGS84') return found
  const places = found.flatMap((one) => (one.shape ? pathsOf(one.shape).flatMap((path) => path.places) : []))
  if (places.length === 0) return found
  const { after } = await toMap(crs, places)
  let from = 0
  return found.map((one) => {
    if (!one.shape) return one
    const count = cornerCount(one.shape)
    return { ...one, shape: withPlaces(one.shape, after.slice(from, (from += count))) }
  })
}

function candidate(feature: unknown, number: number, crs: Crs, zoneKind: string, ids: Set<string>): Candidate {
  const { id, geometry, properties } = (feature ?? {}) as { id?: unknown; geometry?: { type?: unknown }; properties?: Raw | null }
  const given = properties ?? {}
  const shape = shapeOf(geometry, given['radius_m'])
  const kind: Kind = shape?.kind === 'line' ? 'routes' : 'zones'
  const wanted = [given['id'], id].find((one) => typeof one === 'string' || typeof one === 'number')
  const own = wanted === undefined ? nextFree(kind, ids) : String(wanted)
  let flaw: Candidate['flaw'] = null
  if (!shape) flaw = { kind: geometry?.type === 'Point' ? 'point_without_radius' : 'no_shape' }
  else if (ids.has(`${kind}/${own}`)) flaw = { kind: 'id_twice' }
  else flaw = flawOf(shape)
  ids.add(`${kind}/${own}`)
  const known = Object.fromEntries(ZONE_FIELDS.flatMap((name) => (given[name] === undefined || given[name] === null ? [] : [[name, given[name]]])))
  const stated = ZONE_KINDS.find((one) => one === given['kind'])
  const raw: Raw =
    kind === 'zones'
      ? { id: own, kind: stated ?? zoneKind, ...known }
      : { id: own, ...(typeof given['name'] === 'string' ? { name: given['name'] } : {}), ...(typeof given['half_width_m'] === 'number' ? { half_width_m: given['half_width_m'] } : {}) }
  if (crs !== 'WGS84') raw['crs'] = crs
  if (shape) {
    raw['geometry'] = geometryOf(shape)
    if (shape.kind === 'circle') raw['radius_m'] = shape.radius_m
  }
  return { number, kind, raw, shape, flaw }
}

function nextFree(kind: Kind, ids: Set<string>): string {
  let id = freeId(kind)
  for (let number = 2; ids.has(`${kind}/${id}`); number += 1) id = freeId(kind, `${kind === 'zones' ? 'Z' : 'R'}-new-${number}`)
  return id
}
