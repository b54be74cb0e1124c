/** What the zones page draws on the map besides what is in force: the draft, the open entry, its buffer and marks. */
import type { GeoJSONSource, LayerSpecification, Map as MapLibre } from 'maplibre-gl'

import { drawnFeatures } from '../map/crs'
import { extent } from '../map/features'
import type { Tokens } from '../theme'
import { t } from '../words'
import { circleRing } from './circle'
import type { Entry } from './entries'
import { type DrawnShape, geometryOf, type Position } from './shape'

const SOURCES = ['drawn-draft', 'drawn-open', 'drawn-buffer', 'drawn-marks'] as const
type Source = (typeof SOURCES)[number]
const FONT = ['Noto Sans CJK SC', 'Microsoft YaHei', 'PingFang SC', 'sans-serif']

/** Something at a place; of what is given and what is meant by it, the outline too. */
export interface Mark {
  kind: 'corner' | 'flaw' | 'given' | 'meant'
  at: Position
  outline?: GeoJSON.Geometry
}

export class DrawnLayers {
  constructor(
    private readonly map: MapLibre,
    private colors: Tokens,
  ) {
    for (const id of SOURCES) map.addSource(id, { type: 'geojson', data: none(), tolerance: 0 })
    for (const layer of layersOf(colors)) map.addLayer(layer)
  }

  /** The marks above whatever was put on the map since. */
  raiseMarks(): void {
    for (const { id } of layersOf(this.colors).filter((layer) => 'source' in layer && layer.source === 'drawn-marks')) this.map.moveLayer(id)
  }

  setColors(colors: Tokens): void {
    this.colors = colors
    for (const layer of layersOf(colors)) {
      for (const [name, value] of Object.entries(layer.paint ?? {})) this.map.setPaintProperty(layer.id, name as never, value as never)
    }
  }

  /** What the draft adds, changes and removes. */
  setDraft(entries: Entry[]): void {
    this.set('drawn-draft', entries.flatMap((one) => {
      const shape = one.state === 'removed' ? one.before : one.shape
      if (one.state === 'same' || !shape) return []
      const label = `${t(`drawn_${one.state}`)} ${one.name || one.id}`
      const outline = outlineOf(shape)
      const top = topOf(outline)
      // One point for the words: on an area they would be written once a tile.
      return [
        { type: 'Feature' as const, properties: { state: one.state }, geometry: outline },
        ...(top ? [{ type: 'Feature' as const, properties: { label }, geometry: { type: 'Point' as const, coordinates: top } }] : []),
      ]
    }))
  }

  /** The open entry where it cannot be drawn on, and the width of a route in metres. */
  setOpen(shape: DrawnShape | null, half_width_m: number | null): void {
    this.set('drawn-open', shape ? [{ type: 'Feature', properties: {}, geometry: outlineOf(shape) }] : [])
    const lat = shape?.kind === 'line' ? (shape.line[0]?.[1] ?? 0) : 0
    const across_m = shape?.kind === 'line' ? 2 * (half_width_m ?? 0) : 0
    // Twice as many pixels a metre with every level of zoom.
    const px = (zoom: number) => (across_m * 512 * 2 ** zoom) / (40_075_016.7 * Math.cos((lat * Math.PI) / 180))
    this.map.setPaintProperty('drawn-width', 'line-width', ['interpolate', ['exponential', 2], ['zoom'], 0, px(0), 22, px(22)])
  }

  setBuffer(outline: unknown): void {
    this.set('drawn-buffer', outline ? [{ type: 'Feature', properties: {}, geometry: outline as GeoJSON.Geometry }] : [])
  }

  setMarks(marks: Mark[]): void {
    const feature = (kind: string, geometry: GeoJSON.Geometry): GeoJSON.Feature => ({ type: 'Feature', properties: { kind }, geometry })
    this.set('drawn-marks', marks.flatMap(({ kind, at, outline }) => [
      ...(outline ? [feature(`${kind}-outline`, outline)] : []),
      feature(kind, { type: 'Point', coordinates: at }),
    ]))
  }

  close(): void {
    for (const layer of layersOf(this.colors)) if (this.map.getLayer(layer.id)) this.map.removeLayer(layer.id)
    for (const id of SOURCES) if (this.map.getSource(id)) this.map.removeSource(id)
  }

  private set(id: Source, features: GeoJSON.Feature[]): void {
    void this.map.getSource<GeoJSONSource>(id)?.setData(drawnFeatures({ type: 'FeatureCollection', features }))
  }
}

export function outlineOf(shape: DrawnShape): GeoJSON.Geometry {
  if (shape.kind !== 'circle') return geometryOf(shape)
  return { type: 'Polygon', coordinates: shape.centre ? [circleRing(shape.centre, shape.radius_m, 64)] : [] }
}

/** The middle of the upper edge of what something covers. */
function topOf(geometry: GeoJSON.Geometry): Position | null {
  const box = extent({ type: 'FeatureCollection', features: [{ type: 'Feature', properties: {}, geometry }] })
  return box && [(box[0] + box[2]) / 2, box[3]]
}

function none(): GeoJSON.FeatureCollection {
  return { type: 'FeatureCollection', features: [] }
}

function layersOf(colors: Tokens): LayerSpecification[] {
  const isMark = (kind: string) => ['==', ['get', 'kind'], kind] as never
  const removed = ['==', ['get', 'state'], 'removed'] as never
  return [
    {
      id: 'drawn-width', type: 'line', source: 'drawn-open', layout: { 'line-cap': 'round', 'line-join': 'round' },
      paint: { 'line-color': colors.primary, 'line-opacity': 0.16, 'line-width': 0 },
    },
    { id: 'drawn-draft-fill', type: 'fill', source: 'drawn-draft', filter: ['!', removed] as never, paint: { 'fill-color': colors.primary, 'fill-opacity': 0.1 } },
    {
      id: 'drawn-draft-line', type: 'line', source: 'drawn-draft',
      paint: { 'line-color': ['case', removed, colors.muted, colors.primary], 'line-width': 2.2, 'line-dasharray': [2, 1.5] },
    },
    {
      id: 'drawn-draft-words', type: 'symbol', source: 'drawn-draft', minzoom: 11, filter: ['has', 'label'],
      layout: { 'text-field': ['get', 'label'], 'text-font': FONT, 'text-size': 12, 'text-anchor': 'bottom', 'text-offset': [0, -0.3] },
      paint: { 'text-color': colors.text, 'text-halo-color': colors.halo, 'text-halo-width': 1.8 },
    },
    { id: 'drawn-open-line', type: 'line', source: 'drawn-open', paint: { 'line-color': colors.primary, 'line-width': 3 } },
    { id: 'drawn-buffer-line', type: 'line', source: 'drawn-buffer', paint: { 'line-color': colors.text, 'line-width': 1.4, 'line-dasharray': [4, 4], 'line-opacity': 0.75 } },
    {
      id: 'drawn-corner', type: 'circle', source: 'drawn-marks', filter: isMark('corner'),
      paint: { 'circle-radius': 9, 'circle-opacity': 0, 'circle-stroke-color': colors.major, 'circle-stroke-width': 3.5 },
    },
    {
      id: 'drawn-given-outline', type: 'line', source: 'drawn-marks', filter: isMark('given-outline'),
      paint: { 'line-color': colors.muted, 'line-width': 1.5, 'line-dasharray': [2, 2] },
    },
    { id: 'drawn-meant-outline', type: 'line', source: 'drawn-marks', filter: isMark('meant-outline'), paint: { 'line-color': colors.primary, 'line-width': 2 } },
    {
      id: 'drawn-given', type: 'circle', source: 'drawn-marks', filter: isMark('given'),
      paint: { 'circle-radius': 4, 'circle-color': colors.halo, 'circle-stroke-color': colors.muted, 'circle-stroke-width': 1.5 },
    },
    {
      id: 'drawn-meant', type: 'circle', source: 'drawn-marks', filter: isMark('meant'),
      paint: { 'circle-radius': 5, 'circle-color': colors.primary, 'circle-stroke-color': colors.halo, 'circle-stroke-width': 1.5 },
    },
    {
      id: 'drawn-flaw', type: 'symbol', source: 'drawn-marks', filter: isMark('flaw'),
      layout: { 'text-field': '✕', 'text-font': FONT, 'text-size': 26, 'text-allow-overlap': true, 'text-ignore-placement': true },
      paint: { 'text-color': colors.critical, 'text-halo-color': colors.halo, 'text-halo-width': 2.5 },
    },
  ]
}
