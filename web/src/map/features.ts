/** The registry and the alerts as features for the map. */
import type { Alert, RegistryView } from '../api/client'
import { ruleWord } from '../alerts/sentence'
import { severityRank } from '../live/alertbook'
import type { DistrictCount } from '../live/stream'
import { isWall } from '../settings'
import { term } from '../words'

type Collection = GeoJSON.FeatureCollection

export function collection(features: GeoJSON.Feature[] = []): Collection {
  return { type: 'FeatureCollection', features }
}

export function given(features: { features: Record<string, unknown>[] } | undefined): Collection {
  return collection((features?.features ?? []) as unknown as GeoJSON.Feature[])
}

/** One point a zone, at its lower edge, with its name: on the area itself it would be written once a tile. */
export function zoneNames(registry: RegistryView | null): Collection {
  return collection(
    given(registry?.zones).features.flatMap((zone) => {
      const box = extent(collection([zone]))
      if (!box) return []
      const below = [(box[0] + box[2]) / 2, box[1]]
      const properties = { kind: zone.properties?.['kind'] as unknown, label: zoneLabel(zone.properties ?? {}) }
      return [{ type: 'Feature' as const, geometry: { type: 'Point' as const, coordinates: below }, properties }]
    }),
  )
}

function zoneLabel(properties: Record<string, unknown>): string {
  const kind = String(properties['kind'] ?? 'other')
  const name = String(properties['name'] || term(kind, 'zone_'))
  const limit = properties['speed_limit_kmh']
  return kind === 'speed_zone' && typeof limit === 'number' ? `${name}\n${limit} km/h` : name
}

/** Each district at its middle, with how many of its known vehicles report. */
export function districtCounts(registry: RegistryView | null, counts: readonly DistrictCount[]): Collection {
  return collection(
    given(registry?.districts).features.flatMap((district) => {
      const box = extent(collection([district]))
      if (!box) return []
      const id = String(district.properties?.['id'])
      const count = counts.find((one) => one.district_id === id)
      const properties = {
        name: String(district.properties?.['name'] || id),
        count: count ? `${count.reporting} / ${count.known}` : '0',
      }
      // On a wall, which shows the vehicles too, at its upper edge.
      const middle = [(box[0] + box[2]) / 2, isWall ? box[3] : (box[1] + box[3]) / 2]
      return [{ type: 'Feature' as const, geometry: { type: 'Point' as const, coordinates: middle }, properties }]
    }),
  )
}

/** Where an alert is shown: its own place, else its station's. */
export function alertPlace(registry: RegistryView | null, alert: Alert): [number, number] | null {
  if (typeof alert.lon === 'number' && typeof alert.lat === 'number') return [alert.lon, alert.lat]
  const station = registry?.stations.find((s) => s.id === alert.station_id)
  return station && station.lon !== null && station.lat !== null ? [station.lon, station.lat] : null
}

export function badgeFeatures(registry: RegistryView | null, alerts: Alert[]): Collection {
  const features: GeoJSON.Feature[] = []
  for (const alert of alerts) {
    const place = alertPlace(registry, alert)
    if (!place) continue
    features.push({
      type: 'Feature',
      id: features.length + 1,
      geometry: { type: 'Point', coordinates: place },
      properties: {
        id: alert.id, severity: alert.severity, rank: severityRank(alert.severity), label: ruleWord(alert),
      },
    })
  }
  return collection(features)
}

/** West, south, east, north of everything there is to see; null where there is nothing. */
export function extent(...collections: Collection[]): [number, number, number, number] | null {
  const box: [number, number, number, number] = [Infinity, Infinity, -Infinity, -Infinity]
  for (const { features } of collections) {
    for (const { geometry } of features) if (geometry && 'coordinates' in geometry) widen(box, geometry.coordinates)
  }
  return box[0] <= box[2] ? box : null
}

function widen(box: [number, number, number, number], given: unknown): void {
  if (!Array.isArray(given)) return
  const [lon, lat] = given as unknown[]
  if (typeof lon !== 'number' || typeof lat !== 'number') {
    for (const part of given) widen(box, part)
    return
  }
  box[0] = Math.min(box[0], lon)
  box[1] = Math.min(box[1], lat)
  box[2] = Math.max(box[2], lon)
  box[3] = Math.max(box[3], lat)
}
