/** A circle of metres as a ring of degrees, closed. */
import { metresPerDegree, type Position, rounded } from './shape'

export function circleRing([lon, lat]: Position, radius_m: number, corners: number): Position[] {
  const [lonM, latM] = metresPerDegree(lat)
  const ring = Array.from({ length: corners }, (_, at): Position => {
    const turn = (2 * Math.PI * at) / corners
    return [rounded(lon + (radius_m * Math.cos(turn)) / lonM), rounded(lat + (radius_m * Math.sin(turn)) / latM)]
  })
  return [...ring, ring[0]!]
}
