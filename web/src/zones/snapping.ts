/** Snapping to neighbours: to their corners first, else to their edges, within some pixels. */
import { computed } from 'vue'

import { entries, type Entry } from './entries'
import { outlineOf } from './layers'
import { type Position, rounded } from './shape'

const CORNER_PX = 10
const EDGE_PX = 8

interface Neighbour {
  key: string
  paths: Position[][]
  west: number
  south: number
  east: number
  north: number
}
type ToScreen = (place: Position) => { x: number; y: number }

const neighbours = computed<Neighbour[]>(() =>
  entries.value.flatMap((one) => {
    if (!one.shape || one.shape.kind === 'circle') return []
    const paths = pathsOf(outlineOf(one.shape))
    const places = paths.flat()
    if (places.length === 0) return []
    const lons = places.map(([lon]) => lon)
    const lats = places.map(([, lat]) => lat)
    return [{ key: `${one.kind}/${one.id}`, paths, west: min(lons), south: min(lats), east: -min(lons.map((lon) => -lon)), north: -min(lats.map((lat) => -lat)) }]
  }),
)

const min = (values: number[]) => values.reduce((least, value) => Math.min(least, value), Infinity)

function pathsOf(outline: GeoJSON.Geometry): Position[][] {
  if (outline.type === 'LineString') return [outline.coordinates as Position[]]
  if (outline.type === 'Polygon') return outline.coordinates as Position[][]
  return outline.type === 'MultiPolygon' ? (outline.coordinates.flat() as Position[][]) : []
}

export function snapTo(place: Position, toScreen: ToScreen, own: Entry | null): Position | undefined {
  const at = toScreen(place)
  const east = toScreen([place[0] + 0.001, place[1]])
  const reach = (0.001 * CORNER_PX * 1.5) / Math.max(0.001, Math.hypot(east.x - at.x, east.y - at.y))
  const ownKey = own && `${own.kind}/${own.id}`
  let corner: { place: Position; px: number } | null = null
  let edge: { place: Position; px: number } | null = null
  for (const one of neighbours.value) {
    const beside = place[0] < one.west - reach || place[0] > one.east + reach || place[1] < one.south - reach || place[1] > one.north + reach
    if (one.key === ownKey || beside) continue
    for (const path of one.paths) {
      let from: { place: Position; x: number; y: number } | null = null
      for (const to of path) {
        const here = { place: to, ...pick(toScreen(to)) }
        const px = Math.hypot(here.x - at.x, here.y - at.y)
        if (px <= CORNER_PX && px < (corner?.px ?? Infinity)) corner = { place: to, px }
        if (from) {
          const share = Math.min(1, Math.max(0, along(from, here, at)))
          const off = Math.hypot(from.x + share * (here.x - from.x) - at.x, from.y + share * (here.y - from.y) - at.y)
          if (off <= EDGE_PX && off < (edge?.px ?? Infinity)) {
            edge = { place: [from.place[0] + share * (to[0] - from.place[0]), from.place[1] + share * (to[1] - from.place[1])], px: off }
          }
        }
        from = here
      }
    }
  }
  const found = corner?.place ?? edge?.place
  return found && [rounded(found[0]), rounded(found[1])]
}

const pick = ({ x, y }: { x: number; y: number }) => ({ x, y })

function along(from: { x: number; y: number }, to: { x: number; y: number }, at: { x: number; y: number }): number {
  const length2 = (to.x - from.x) ** 2 + (to.y - from.y) ** 2
  return length2 === 0 ? 0 : ((at.x - from.x) * (to.x - from.x) + (at.y - from.y) * (to.y - from.y)) / length2
}
