/** The layers of the map, bottom up. Everything is drawn from the registry: no tile, font or picture from outside. */
import type { ExpressionSpecification, LayerSpecification, StyleSpecification } from 'maplibre-gl'

import type { Tokens } from '../theme'
import { VEHICLE_ZOOM } from './camera'

export const SOURCES = ['districts', 'roads', 'zones', 'zone_names', 'routes', 'graticule', 'district_counts', 'track', 'stations', 'vehicles', 'followed', 'replay', 'warnings', 'badges', 'fan', 'selection'] as const
export type SourceName = (typeof SOURCES)[number]

const FONT = ['Noto Sans CJK SC', 'Microsoft YaHei', 'PingFang SC', 'sans-serif']
const BOLD = ['Noto Sans CJK SC Bold', 'Microsoft YaHei', 'PingFang SC', 'sans-serif']

/** Below this zoom vehicles are dots, from it on arrows. */
export const ARROW_ZOOM = 12
const PLATE_ZOOM = 14
const STATION_NUMBER_ZOOM = 11
const ZONE_NAME_ZOOM = 13

export function mapStyle(colors: Tokens): StyleSpecification {
  const empty = { type: 'FeatureCollection' as const, features: [] }
  const sources: StyleSpecification['sources'] = {}
  for (const name of SOURCES) sources[name] = { type: 'geojson', data: empty, buffer: 16, maxzoom: 14 }
  return { version: 8, sources, layers: layers(colors) }
}

export function layers(colors: Tokens): LayerSpecification[] {
  return [
    { id: 'ground', type: 'background', paint: { 'background-color': colors.ground } },
    ...districts(colors),
    ...roads(colors),
    ...zones(colors),
    ...routes(colors),
    ...graticule(colors),
    ...track(colors),
    ...stations(colors),
    ...vehicles(colors),
    ...oneVehicle(colors),
    ...warnings(colors),
    ...badges(colors),
    ...fan(colors),
    ...districtCounts(colors),
    ...selection(colors),
  ]
}

function districts(colors: Tokens): LayerSpecification[] {
  return [
    { id: 'districts', type: 'fill', source: 'districts', paint: { 'fill-color': colors.land } },
    {
      id: 'district-edges', type: 'line', source: 'districts',
      paint: { 'line-color': colors.muted, 'line-width': 1.5, 'line-opacity': 0.6, 'line-dasharray': [6, 3, 1, 3] },
    },
  ]
}

function roads(colors: Tokens): LayerSpecification[] {
  const major: ExpressionSpecification = ['in', ['coalesce', ['get', 'class'], ['get', 'kind']], ['literal', ['arterial', 'primary', 'expressway', 'trunk']]]
  return [
    {
      id: 'roads', type: 'line', source: 'roads',
      layout: { 'line-cap': 'round', 'line-join': 'round' },
      paint: {
        'line-color': colors.road,
        'line-width': ['interpolate', ['exponential', 1.5], ['zoom'], 9, ['case', major, 1.2, 0.5], 16, ['case', major, 12, 6]],
      },
    },
  ]
}

export function zoneColor(colors: Tokens): ExpressionSpecification {
  return [
    'match', ['get', 'kind'],
    'source_site', colors.source_site,
    'disposal_site', colors.disposal_site,
    'transfer_station', colors.transfer_station,
    'no_go', colors.no_go,
    'speed_zone', colors.speed_zone,
    colors.thin_zone,
  ]
}

const isKind = (...kinds: string[]): ExpressionSpecification => ['in', ['get', 'kind'], ['literal', kinds]]

function zones(colors: Tokens): LayerSpecification[] {
  const color = zoneColor(colors)
  return [
    {
      id: 'zones', type: 'fill', source: 'zones',
      paint: { 'fill-color': color, 'fill-opacity': ['match', ['get', 'kind'], 'speed_zone', 0.06, 'no_go', 0.06, 0.14] },
    },
    { id: 'zones-hatched', type: 'fill', source: 'zones', filter: isKind('no_go'), paint: { 'fill-pattern': 'hatching' } },
    { id: 'zones-dotted', type: 'fill', source: 'zones', filter: isKind('disposal_site'), paint: { 'fill-pattern': 'dots' } },
    {
      id: 'zone-edges', type: 'line', source: 'zones', filter: ['!', isKind('speed_zone')],
      layout: { 'line-join': 'round' },
      paint: {
        'line-color': color,
        'line-width': ['match', ['get', 'kind'], 'no_go', 2.6, ['source_site', 'disposal_site', 'transfer_station'], 1.8, 1],
      },
    },
    {
      id: 'zone-edges-dashed', type: 'line', source: 'zones', filter: isKind('speed_zone'),
      paint: { 'line-color': color, 'line-width': 1.4, 'line-dasharray': [4, 3] },
    },
    {
      id: 'zone-names', type: 'symbol', source: 'zone_names', minzoom: ZONE_NAME_ZOOM,
      layout: {
        'text-field': ['get', 'label'], 'text-font': FONT, 'text-size': 12, 'text-max-width': 9, 'text-padding': 4,
        'text-anchor': 'top', 'text-offset': [0, 0.25],
      },
      paint: { 'text-color': color, 'text-halo-color': colors.halo, 'text-halo-width': 1.6 },
    },
  ]
}

function routes(colors: Tokens): LayerSpecification[] {
  return [
    {
      id: 'routes', type: 'line', source: 'routes',
      layout: { 'line-cap': 'round', 'line-join': 'round' },
      paint: {
        // Opaque: where many routes share a road, see-through lines would add up to the strongest thing on the map.
        'line-color': colors.route_line,
        'line-width': ['interpolate', ['linear'], ['zoom'], 9, 1, 12, 1.8, 16, 4],
      },
    },
  ]
}

/** The way of one vehicle: wide where it was loaded, dashed with its length where nothing is known. */
function track(colors: Tokens): LayerSpecification[] {
  const isGap: ExpressionSpecification = ['==', ['get', 'load'], 'gap']
  const line = { 'line-cap': 'round', 'line-join': 'round' } as const
  const width: ExpressionSpecification = ['match', ['get', 'load'], 'loaded', 4.5, 2.5]
  return [
    {
      id: 'track-halo', type: 'line', source: 'track', filter: ['!', isGap], layout: line,
      paint: { 'line-color': colors.halo, 'line-width': ['+', width, 3] },
    },
    {
      id: 'track-lines', type: 'line', source: 'track', filter: ['!', isGap], layout: line,
      paint: { 'line-color': colors.primary, 'line-width': width },
    },
    {
      id: 'track-gaps', type: 'line', source: 'track', filter: isGap,
      paint: { 'line-color': colors.muted, 'line-width': 2, 'line-dasharray': [3, 3] },
    },
    {
      id: 'track-gap-lengths', type: 'symbol', source: 'track', filter: isGap,
      layout: { 'symbol-placement': 'line-center', 'text-field': ['get', 'label'], 'text-font': FONT, 'text-size': 12, 'text-offset': [0, -0.9] },
      paint: { 'text-color': colors.text, 'text-halo-color': colors.halo, 'text-halo-width': 1.8 },
    },
  ]
}

/** One vehicle by a mark of its own: the one that is followed, or the one of the replay at its moment. */
function oneVehicle(colors: Tokens): LayerSpecification[] {
  return (['followed', 'replay'] as const).map((id) => ({
    id, type: 'symbol', source: id,
    layout: {
      'icon-image': ['get', 'icon'], 'icon-rotate': ['get', 'turn'], 'icon-rotation-alignment': 'map', 'icon-size': 1.2,
      'icon-allow-overlap': true, 'icon-ignore-placement': true,
      'text-field': ['get', 'label'], 'text-font': BOLD, 'text-size': 12, 'text-offset': [0, 1.3], 'text-anchor': 'top', 'text-allow-overlap': true,
    },
    paint: { 'text-color': colors.text, 'text-halo-color': colors.halo, 'text-halo-width': 1.8 },
  }))
}

function graticule(colors: Tokens): LayerSpecification[] {
  return [
    {
      id: 'graticule', type: 'line', source: 'graticule', filter: ['==', ['geometry-type'], 'LineString'],
      paint: { 'line-color': colors.muted, 'line-width': 0.6, 'line-opacity': 0.25 },
    },
    {
      id: 'graticule-labels', type: 'symbol', source: 'graticule', filter: ['==', ['geometry-type'], 'Point'],
      layout: {
        'text-field': ['get', 'label'], 'text-font': FONT, 'text-size': 10.5, 'text-padding': 0,
        'text-anchor': ['match', ['get', 'side'], 'x', 'top', 'right'], 'text-offset': [0, 0],
      },
      paint: { 'text-color': colors.muted, 'text-halo-color': colors.halo, 'text-halo-width': 1.2 },
    },
  ]
}

/** From far off a district is its name and how many of its vehicles report. */
function districtCounts(colors: Tokens): LayerSpecification[] {
  return [
    {
      id: 'district-counts', type: 'symbol', source: 'district_counts', maxzoom: VEHICLE_ZOOM,
      layout: {
        'text-field': ['format', ['get', 'name'], { 'font-scale': 0.85 }, '\n', {}, ['get', 'count'], { 'font-scale': 1.15 }],
        'text-font': BOLD, 'text-size': 13, 'text-allow-overlap': true, 'text-ignore-placement': true,
      },
      paint: { 'text-color': colors.text, 'text-halo-color': colors.halo, 'text-halo-width': 2 },
    },
  ]
}

function stations(colors: Tokens): LayerSpecification[] {
  const words = { 'text-halo-color': colors.halo, 'text-halo-width': 1.4 }
  return [
    {
      id: 'stations', type: 'symbol', source: 'stations', minzoom: 9.5,
      layout: {
        'icon-image': ['concat', 'station-', ['get', 'look']], 'icon-allow-overlap': true, 'icon-ignore-placement': true,
        'icon-size': ['interpolate', ['linear'], ['zoom'], 9.5, 0.5, STATION_NUMBER_ZOOM, 1],
        'symbol-sort-key': ['get', 'rank'],
        'text-field': ['step', ['zoom'], '', STATION_NUMBER_ZOOM, ['get', 'value']], 'text-font': BOLD, 'text-size': 11,
        'text-allow-overlap': true, 'text-ignore-placement': true,
      },
      paint: { 'text-color': ['match', ['get', 'look'], 'over', colors.on_major, 'near', colors.on_minor, colors.text] },
    },
    {
      id: 'station-names', type: 'symbol', source: 'stations', minzoom: 14,
      layout: { 'text-field': ['get', 'label'], 'text-font': FONT, 'text-size': 11, 'text-offset': [0, 1.4], 'text-anchor': 'top' },
      paint: { 'text-color': colors.muted, ...words },
    },
  ]
}

function vehicles(colors: Tokens): LayerSpecification[] {
  const color: ExpressionSpecification = ['match', ['get', 'age'], 'old', colors.vehicle_old, colors.vehicle]
  return [
    {
      id: 'vehicle-dots', type: 'circle', source: 'vehicles', minzoom: VEHICLE_ZOOM, maxzoom: ARROW_ZOOM,
      paint: {
        'circle-radius': ['interpolate', ['linear'], ['zoom'], 8, 2.4, 11.9, 4.2],
        'circle-color': ['match', ['get', 'load'], 'empty', colors.halo, color],
        'circle-stroke-color': ['match', ['get', 'load'], 'empty', color, colors.halo],
        'circle-stroke-width': 1.2,
      },
    },
    {
      id: 'vehicle-arrows', type: 'symbol', source: 'vehicles', minzoom: ARROW_ZOOM,
      layout: {
        'icon-image': ['get', 'icon'], 'icon-rotate': ['get', 'turn'], 'icon-rotation-alignment': 'map',
        'icon-allow-overlap': true, 'icon-ignore-placement': true,
        'icon-size': ['interpolate', ['linear'], ['zoom'], 12, 0.72, 15, 1.05],
      },
    },
    {
      id: 'plates', type: 'symbol', source: 'vehicles', minzoom: PLATE_ZOOM,
      layout: {
        'text-field': ['get', 'label'], 'text-font': FONT, 'text-size': 12, 'text-offset': [0, 1.15],
        'text-anchor': 'top', 'text-padding': 2,
      },
      paint: { 'text-color': colors.text, 'text-halo-color': colors.halo, 'text-halo-width': 1.8 },
    },
  ]
}

/** Warnings from outside: a diamond of their own, for nothing of ours has judged them. */
function warnings(colors: Tokens): LayerSpecification[] {
  return [
    {
      id: 'warnings', type: 'symbol', source: 'warnings',
      layout: { 'text-field': '◆', 'text-font': BOLD, 'text-size': 26, 'text-allow-overlap': true, 'text-ignore-placement': true },
      paint: { 'text-color': colors.primary, 'text-halo-color': colors.halo, 'text-halo-width': 2 },
    },
    {
      id: 'warning-words', type: 'symbol', source: 'warnings', minzoom: 12,
      layout: { 'text-field': ['get', 'label'], 'text-font': BOLD, 'text-size': 12, 'text-anchor': 'top', 'text-offset': [0, 1.1], 'text-max-width': 14 },
      paint: { 'text-color': colors.text, 'text-halo-color': colors.halo, 'text-halo-width': 1.8 },
    },
  ]
}

function badges(colors: Tokens): LayerSpecification[] {
  return [
    {
      id: 'badges', type: 'symbol', source: 'badges',
      layout: {
        'icon-image': ['concat', 'badge-', ['get', 'severity']], 'icon-allow-overlap': true,
        // Above the vehicle, which would else be hidden by its own alert.
        'icon-ignore-placement': true, 'icon-offset': [0, -24],
        'icon-size': ['match', ['get', 'severity'], 'critical', 0.95, 'major', 0.85, 0.66],
        'symbol-sort-key': ['get', 'rank'],
      },
    },
    {
      // Apart from the marks: what is placed first keeps its words, and that must be the gravest.
      id: 'badge-words', type: 'symbol', source: 'badges', minzoom: 13,
      layout: {
        'symbol-sort-key': ['-', ['get', 'rank']],
        'text-field': ['get', 'label'], 'text-font': BOLD, 'text-size': 12,
        'text-anchor': 'bottom', 'text-offset': [0, -2.7],
      },
      paint: { 'text-color': colors.text, 'text-halo-color': colors.halo, 'text-halo-width': 1.8 },
    },
  ]
}

function fan(colors: Tokens): LayerSpecification[] {
  return [
    {
      id: 'fan-lines', type: 'line', source: 'fan', filter: ['==', ['geometry-type'], 'LineString'],
      paint: { 'line-color': colors.outline, 'line-width': 1.2 },
    },
    {
      id: 'fan', type: 'symbol', source: 'fan', filter: ['==', ['geometry-type'], 'Point'],
      layout: {
        'icon-image': ['concat', 'badge-', ['get', 'severity']], 'icon-allow-overlap': true, 'icon-ignore-placement': true,
      },
    },
  ]
}

function selection(colors: Tokens): LayerSpecification[] {
  return [
    {
      id: 'selection', type: 'circle', source: 'selection',
      paint: {
        'circle-radius': 17, 'circle-opacity': 0, 'circle-stroke-color': colors.primary, 'circle-stroke-width': 3,
      },
    },
  ]
}
