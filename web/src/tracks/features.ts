/** A track as features for the map: solid where it was driven, dashed across gaps, and the marker. */
import { collection } from '../map/features'
import { vehicleSprite } from '../map/sprites'
import { metres } from '../words/format'
import type { Moment, Point, Way } from './way'

const METRES_PER_DEGREE = 111_195
const MOVING_KMH = 3

type Place = [number, number]

export function trackFeatures(way: Way): GeoJSON.FeatureCollection {
  const gapAfter = new Set(way.gaps.map((gap) => gap.fromMs))
  const features: GeoJSON.Feature[] = []
  let line: Place[] = []
  let load = ''
  let last: Place | null = null
  let broken = false
  const end = (): void => {
    if (line.length > 1) features.push(feature(line, { load }))
  }
  for (const point of way.points) {
    const place = placeOf(point)
    if (place !== null) {
      if (broken && last) features.push(feature([last, place], { load: 'gap', label: metres(lengthOf(last, place)) }))
      const next = loadMark(point)
      if (broken || next !== load) {
        if (!broken) line.push(place)
        end()
        line = []
        load = next
      }
      line.push(place)
      last = place
      broken = false
    }
    if (gapAfter.has(point.ms)) {
      end()
      line = []
      broken = true
    }
  }
  end()
  return collection(features)
}

export function markerFeature(moment: Moment | null, title: string): GeoJSON.FeatureCollection {
  if (moment === null) return collection()
  const { point } = moment
  const moving = !moment.inGap && (point.speedKmh ?? 0) >= MOVING_KMH
  const icon = vehicleSprite(moving, loadMark(point), moment.inGap ? 'old' : 'live')
  return collection([{
    type: 'Feature',
    geometry: { type: 'Point', coordinates: [moment.lon, moment.lat] },
    properties: { icon, turn: moving ? (point.headingDeg ?? 0) : 0, label: title },
  }])
}

function loadMark(point: Point): 'loaded' | 'empty' | 'unknown' {
  return point.load === null ? 'unknown' : point.load === 'empty' ? 'empty' : 'loaded'
}

function placeOf(point: Point): Place | null {
  return point.lon === null || point.lat === null ? null : [point.lon, point.lat]
}

function feature(coordinates: Place[], properties: Record<string, string>): GeoJSON.Feature {
  return { type: 'Feature', properties, geometry: { type: 'LineString', coordinates } }
}

function lengthOf(one: Place, other: Place): number {
  const narrow = Math.cos((one[1] * Math.PI) / 180)
  return Math.hypot((other[0] - one[0]) * narrow, other[1] - one[1]) * METRES_PER_DEGREE
}
