/** Where the map looks: in the address as `at=lat,lon,zoom`. */
import { writeAddress } from '../settings'

export interface Camera {
  center: [number, number]
  zoom: number
}

export type Box = [west: number, south: number, east: number, north: number]

/** Below this zoom the districts carry counts, and no vehicle is drawn. */
export const VEHICLE_ZOOM = 9
/** How far beyond its edges a view is kept current, so that a small move shows no empty strip. */
const MARGIN = 0.35

export function givenCamera(): Camera | null {
  const [lat, lon, zoom] = (new URLSearchParams(location.search).get('at') ?? '').split(',').map(Number)
  const isPlace = Math.abs(lat ?? NaN) <= 85 && Math.abs(lon ?? NaN) <= 180 && (zoom ?? NaN) >= 0
  return isPlace ? { center: [lon!, lat!], zoom: zoom! } : null
}

export function writeCamera({ center: [lon, lat], zoom }: Camera): void {
  writeAddress('at', `${lat.toFixed(5)},${lon.toFixed(5)},${zoom.toFixed(2)}`)
}

/** What the service is asked to keep current, in hundredths of a degree outwards; null where no vehicle is drawn. */
export function wantedBox([west, south, east, north]: Box, zoom: number): Box | null {
  if (zoom < VEHICLE_ZOOM) return null
  const [wide, high] = [(east - west) * MARGIN, (north - south) * MARGIN]
  const step = (value: number, round: (x: number) => number) => round(value * 1000) / 1000
  return [step(west - wide, Math.floor), step(south - high, Math.floor), step(east + wide, Math.ceil), step(north + high, Math.ceil)]
}
