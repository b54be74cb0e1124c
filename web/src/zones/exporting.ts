/** Entries as a GeoJSON file in WGS-84: a circle is a Point with `radius_m`, as the registry has it. */
import type { Entry } from './entries'
import { geometryOf } from './shape'

export function featureOf(one: Entry): GeoJSON.Feature | null {
  if (!one.shape || one.state === 'removed') return null
  const { geometry: _geometry, crs: _crs, ...known } = one.raw ?? {}
  const circle = one.shape.kind === 'circle' ? { radius_m: one.shape.radius_m } : {}
  const properties = { id: one.id, name: one.name, ...(one.kind === 'zones' ? { kind: one.type } : {}), ...known, ...circle }
  return { type: 'Feature', id: one.id, geometry: geometryOf(one.shape), properties }
}

export function exportEntries(list: Entry[]): void {
  const features = list.flatMap((one) => featureOf(one) ?? [])
  const text = JSON.stringify({ type: 'FeatureCollection', features }, null, 1)
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob([text], { type: 'application/geo+json' }))
  link.download = list.length === 1 ? `${list[0]!.id}.geojson` : 'haulwatch-zones.geojson'
  link.click()
  URL.revokeObjectURL(link.href)
}
