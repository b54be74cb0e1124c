/**
 * The base map beneath the registry's shapes, where one is configured: tiles passed on by the service, or a style.
 *
 * It lies over the plain ground and the roads of the registry and under everything else. Tiles that do not come
 * leave those to be seen, so nothing has to be put back.
 */
import type { LayerSpecification, Map as MapLibre, StyleSpecification } from 'maplibre-gl'
import { shallowRef } from 'vue'

import { getBaseMap, type BaseMap } from '../api/registry'
import { mapCrs } from './crs'

/** What is configured; null until the service has said so, or where it cannot be asked. */
export const baseMap = shallowRef<BaseMap | null>(null)
/** The base map is configured and does not come. */
export const baseFails = shallowRef(false)

const UNDER = 'district-edges'
const LABELS_UNDER = 'graticule'
const PREFIX = 'base'
const FAILURES = 4

export function hasBase(): boolean {
  return baseMap.value !== null && (baseMap.value.has_tiles || baseMap.value.style_url !== null)
}

/** Ask what is configured; the coordinate system has to be known before anything is drawn. */
export async function loadBaseMap(): Promise<void> {
  if (baseMap.value !== null) return
  try {
    baseMap.value = await getBaseMap()
    mapCrs.value = baseMap.value.crs
  } catch {
    // Drawn without.
  }
}

/** Put it under the map's own layers. */
export async function addBaseMap(map: MapLibre, isDark: boolean): Promise<void> {
  const given = baseMap.value
  if (given === null || !hasBase()) return
  watchFailures(map)
  if (given.has_tiles) addTiles(map)
  else if (given.style_url !== null) await addStyle(map, given.style_url)
  dimBaseMap(map, isDark)
}

/** The ids of its layers, the ground first. */
export function baseLayers(map: MapLibre): string[] {
  return map.getStyle().layers.map((layer) => layer.id).filter((id) => id.startsWith(PREFIX))
}

/** On a dark page pictures are darker and paler. */
export function dimBaseMap(map: MapLibre, isDark: boolean): void {
  for (const id of baseLayers(map)) {
    if (map.getLayer(id)?.type !== 'raster') continue
    map.setPaintProperty(id, 'raster-brightness-max', isDark ? 0.42 : 1)
    map.setPaintProperty(id, 'raster-saturation', isDark ? -0.7 : -0.25)
  }
}

function addTiles(map: MapLibre): void {
  for (const [layer, under] of [['vec', UNDER], ['cva', LABELS_UNDER]] as const) {
    const id = `${PREFIX}-${layer}`
    map.addSource(id, { type: 'raster', tiles: [`${location.origin}/api/map/tiles/${layer}/{z}/{x}/{y}`], tileSize: 256, minzoom: 1, maxzoom: 18 })
    map.addLayer({ id, type: 'raster', source: id, paint: { 'raster-fade-duration': 0 } }, under)
  }
}

/** A style's sources and layers under names of their own; its fonts are the system's, as everywhere on the page. */
async function addStyle(map: MapLibre, address: string): Promise<void> {
  try {
    const style = (await (await fetch(address)).json()) as StyleSpecification
    if (typeof style.sprite === 'string') map.setSprite(new URL(style.sprite, address).href)
    for (const [name, source] of Object.entries(style.sources)) map.addSource(`${PREFIX}-${name}`, absolute(source, address))
    for (const layer of style.layers) {
      const own = { ...layer, id: `${PREFIX}-${layer.id}`, ...('source' in layer ? { source: `${PREFIX}-${layer.source}` } : {}) }
      map.addLayer(own as LayerSpecification, layer.type === 'symbol' ? LABELS_UNDER : UNDER)
    }
  } catch {
    baseFails.value = true
  }
}

function absolute(source: StyleSpecification['sources'][string], address: string): StyleSpecification['sources'][string] {
  // Braces of a tile's address must not be escaped.
  const whole = (url: string) => decodeURI(new URL(url, address).href)
  if ('tiles' in source && source.tiles) return { ...source, tiles: source.tiles.map(whole) }
  if ('url' in source && typeof source.url === 'string') return { ...source, url: whole(source.url) }
  return source
}

/** Say so after a few failures with nothing between them, and take it back with the next tile. */
function watchFailures(map: MapLibre): void {
  let failed = 0
  const isBase = (event: object) => 'sourceId' in event && String(event.sourceId).startsWith(PREFIX)
  map.on('error', (event) => {
    if (!isBase(event)) return
    failed += 1
    if (failed >= FAILURES) baseFails.value = true
  })
  map.on('sourcedata', (event) => {
    if (!isBase(event) || !('tile' in event) || (event.tile as { state?: string }).state !== 'loaded') return
    failed = 0
    baseFails.value = false
  })
}
