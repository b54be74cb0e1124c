/**
 * WGS-84 to what the base map is drawn in, and back: places are shifted where they are drawn, nowhere else.
 *
 * The page and the service know places in WGS-84 alone; the formulas are those of the service's `crs.py`.
 */
import { ref } from 'vue'

export type Place = [lon: number, lat: number]

/** The system of the base map. */
export const mapCrs = ref<'wgs84' | 'gcj02'>('wgs84')

const AXIS_M = 6378245
const ECCENTRICITY2 = 0.00669342162296594323
const ROUNDS = 3

/** Where a place in WGS-84 is drawn. */
export function drawn(place: Place): Place {
  if (mapCrs.value === 'wgs84' || !isShifted(place)) return place
  const [east, north] = shift(place)
  return [place[0] + east, place[1] + north]
}

/** The place in WGS-84 that is drawn here. */
export function real(at: Place): Place {
  if (mapCrs.value === 'wgs84' || !isShifted(at)) return at
  let found = at
  for (let round = 0; round < ROUNDS; round += 1) {
    const [east, north] = shift(found)
    found = [at[0] - east, at[1] - north]
  }
  return found
}

/** The same features where they are drawn. */
export function drawnFeatures(given: GeoJSON.FeatureCollection): GeoJSON.FeatureCollection {
  if (mapCrs.value === 'wgs84') return given
  const features = given.features.map((one) => ({ ...one, geometry: moved(one.geometry) }))
  return { ...given, features }
}

function moved(geometry: GeoJSON.Geometry): GeoJSON.Geometry {
  return 'coordinates' in geometry ? ({ ...geometry, coordinates: each(geometry.coordinates) } as GeoJSON.Geometry) : geometry
}

function each(given: unknown): unknown {
  const [lon, lat] = given as unknown[]
  return typeof lon === 'number' && typeof lat === 'number' ? drawn([lon, lat]) : (given as unknown[]).map(each)
}

function isShifted([lon, lat]: Place): boolean {
  return lon >= 72.004 && lon <= 137.8347 && lat >= 0.8293 && lat <= 55.8271
}

/** The shift in degrees at a place in WGS-84. */
function shift([lon, lat]: Place): Place {
  const { sin, cos, sqrt, abs, PI } = Math
  const [x, y] = [lon - 105, lat - 35]
  const [px, py] = [x * PI, y * PI]
  const root = sqrt(abs(x))
  const both = 20 * (sin(6 * px) + sin(2 * px))
  const waves = (p: number, far: number, last: number) => ((both + 20 * sin(p) + 40 * sin(p / 3) + far * sin(p / 12) + last * sin(p / 30)) * 2) / 3
  const east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + waves(px, 150, 300)
  const north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + waves(py, 160, 320)
  const phi = (lat * PI) / 180
  const m = 1 - ECCENTRICITY2 * sin(phi) ** 2
  return [
    (180 * east) / ((AXIS_M / sqrt(m)) * cos(phi) * PI),
    (180 * north) / (((AXIS_M * (1 - ECCENTRICITY2)) / (m * sqrt(m))) * PI),
  ]
}
