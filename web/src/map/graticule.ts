/** Lines of whole steps of degrees with their numbers, for a map without roads or tiles to go by. */
import { collection } from './features'

const STEPS_DEG = [10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001]
const FEWEST_LINES = 3

/** Lines across a box (west, south, east, north) that is in sight. */
export function graticule([west, south, east, north]: [number, number, number, number]): GeoJSON.FeatureCollection {
  const step = STEPS_DEG.find((one) => (east - west) / one >= FEWEST_LINES) ?? STEPS_DEG.at(-1)!
  const digits = Math.max(0, -Math.floor(Math.log10(step)))
  const steps = (from: number, to: number): number[] => {
    const first = Math.ceil(from / step)
    return Array.from({ length: Math.max(0, Math.floor(to / step) - first + 1) }, (_, index) => (first + index) * step)
  }
  const features: GeoJSON.Feature[] = []
  const add = (line: [number, number][], label: string, side: 'x' | 'y'): void => {
    features.push({ type: 'Feature', properties: {}, geometry: { type: 'LineString', coordinates: line } })
    features.push({ type: 'Feature', properties: { label, side }, geometry: { type: 'Point', coordinates: line[0]! } })
  }
  for (const lon of steps(west, east)) add([[lon, north], [lon, south]], `${Math.abs(lon).toFixed(digits)}°${lon < 0 ? 'W' : 'E'}`, 'x')
  for (const lat of steps(south, north)) add([[east, lat], [west, lat]], `${Math.abs(lat).toFixed(digits)}°${lat < 0 ? 'S' : 'N'}`, 'y')
  return collection(features)
}
