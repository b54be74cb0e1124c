/**
 * The shape of a zone or route while it is drawn: rings without their repeated end, in WGS-84 degrees. How large
 * it is, where it crosses itself, and what a step of some metres makes of a corner; nothing here knows a map.
 */
export type Position = [number, number]

export interface Area {
  kind: 'area'
  /** Polygons, each of an outer ring and its holes. */
  polygons: Position[][][]
}
export interface Circle {
  kind: 'circle'
  centre: Position | null
  radius_m: number
}
export interface Line {
  kind: 'line'
  line: Position[]
}
export type DrawnShape = Area | Circle | Line

/** Which corner of a shape: of a circle it is the centre. */
export interface Corner {
  polygon: number
  ring: number
  index: number
}

/** A list of corners that belong together: a ring, the line, or the centre alone. */
export interface Path {
  polygon: number
  ring: number
  places: Position[]
}

export function emptyShape(kind: DrawnShape['kind']): DrawnShape {
  if (kind === 'area') return { kind, polygons: [] }
  return kind === 'line' ? { kind, line: [] } : { kind, centre: null, radius_m: 100 }
}

export function pathsOf(shape: DrawnShape): Path[] {
  if (shape.kind === 'line') return [{ polygon: 0, ring: 0, places: shape.line }]
  if (shape.kind === 'circle') return [{ polygon: 0, ring: 0, places: shape.centre ? [shape.centre] : [] }]
  return shape.polygons.flatMap((rings, polygon) => rings.map((places, ring) => ({ polygon, ring, places })))
}

/** The shape with other places in one path; a ring without places is gone, and a polygon without its outer ring. */
export function withPath(shape: DrawnShape, at: { polygon: number; ring: number }, places: Position[]): DrawnShape {
  if (shape.kind === 'line') return { ...shape, line: places }
  if (shape.kind === 'circle') return { ...shape, centre: places[0] ?? null }
  const polygons = shape.polygons.map((rings) => [...rings])
  while (polygons.length <= at.polygon) polygons.push([])
  polygons[at.polygon]![at.ring] = places
  const kept = polygons.map((rings) => (rings[0]?.length ? rings.filter((ring) => ring.length > 0) : []))
  return { ...shape, polygons: kept.filter((rings) => rings.length > 0) }
}

export function placeAt(shape: DrawnShape, corner: Corner): Position | undefined {
  return pathsOf(shape).find((path) => path.polygon === corner.polygon && path.ring === corner.ring)?.places[corner.index]
}

export function withPlace(shape: DrawnShape, corner: Corner, place: Position): DrawnShape {
  const path = pathsOf(shape).find((one) => one.polygon === corner.polygon && one.ring === corner.ring)
  if (!path) return shape
  return withPath(shape, corner, path.places.map((one, index) => (index === corner.index ? place : one)))
}

/** Metres in a degree of longitude and of latitude of WGS-84, there. */
export function metresPerDegree(lat: number): Position {
  const phi = (lat * Math.PI) / 180
  return [
    111_412.84 * Math.cos(phi) - 93.5 * Math.cos(3 * phi) + 0.118 * Math.cos(5 * phi),
    111_132.954 - 559.822 * Math.cos(2 * phi) + 1.175 * Math.cos(4 * phi),
  ]
}

export function distance_m(one: Position, other: Position): number {
  const [lonM, latM] = metresPerDegree((one[1] + other[1]) / 2)
  return Math.hypot((other[0] - one[0]) * lonM, (other[1] - one[1]) * latM)
}

/** A place some metres to the east and north. */
export function moved([lon, lat]: Position, east_m: number, north_m: number): Position {
  const [lonM, latM] = metresPerDegree(lat)
  return [rounded(lon + east_m / lonM), rounded(lat + north_m / latM)]
}

/** Nine places of degrees, a tenth of a millimetre: as many as the pen takes. */
export function rounded(degrees: number): number {
  return Math.round(degrees * 1e9) / 1e9
}

export function area_m2(shape: DrawnShape): number | null {
  if (shape.kind === 'line') return null
  if (shape.kind === 'circle') return shape.centre ? Math.PI * shape.radius_m ** 2 : 0
  let sum = 0
  for (const rings of shape.polygons) rings.forEach((ring, index) => (sum += (index === 0 ? 1 : -1) * ringArea_m2(ring)))
  return sum
}

function ringArea_m2(ring: Position[]): number {
  const first = ring[0]
  if (!first) return 0
  const [lonM, latM] = metresPerDegree(first[1])
  let twice = 0
  ring.forEach(([lon, lat], index) => {
    const [nextLon, nextLat] = ring[(index + 1) % ring.length]!
    twice += (lon - first[0]) * (nextLat - first[1]) - (nextLon - first[0]) * (lat - first[1])
  })
  return (Math.abs(twice) / 2) * lonM * latM
}

/** The length of a line, or the way once around an area. */
export function length_m(shape: DrawnShape): number {
  if (shape.kind === 'circle') return shape.centre ? 2 * Math.PI * shape.radius_m : 0
  let sum = 0
  for (const { places } of pathsOf(shape)) for (const [from, to] of edgesOf(places, shape.kind === 'area')) sum += distance_m(from, to)
  return sum
}

export function cornerCount(shape: DrawnShape): number {
  return pathsOf(shape).reduce((sum, path) => sum + path.places.length, 0)
}

function edgesOf(places: Position[], closed: boolean): [Position, Position][] {
  const edges: [Position, Position][] = []
  for (let at = 1; at < places.length; at += 1) edges.push([places[at - 1]!, places[at]!])
  if (closed && places.length > 2) edges.push([places.at(-1)!, places[0]!])
  return edges
}

export type Flaw =
  | { kind: 'nothing' | 'too_few' | 'no_radius' | 'out_of_range' }
  | { kind: 'crossing'; at: Position }
  | { kind: 'hole_outside'; at: Position }

/** What keeps a shape from being one; the service checks again what is saved. */
export function flawOf(shape: DrawnShape): Flaw | null {
  const paths = pathsOf(shape)
  if (paths.every((path) => path.places.length === 0)) return { kind: 'nothing' }
  if (paths.some((path) => path.places.some(([lon, lat]) => !(Math.abs(lon) <= 180 && Math.abs(lat) <= 90)))) return { kind: 'out_of_range' }
  if (shape.kind === 'circle') return shape.radius_m > 0 ? null : { kind: 'no_radius' }
  const least = shape.kind === 'area' ? 3 : 2
  if (paths.some((path) => new Set(path.places.map(String)).size < least)) return { kind: 'too_few' }
  return shape.kind === 'area' ? areaFlaw(shape) : null
}

function areaFlaw(shape: Area): Flaw | null {
  for (const rings of shape.polygons) {
    const edges = rings.flatMap((ring, number) => edgesOf(ring, true).map(([a, b], index, all) => ({ a, b, ring: number, index, of: all.length })))
    for (let i = 0; i < edges.length; i += 1) {
      for (let j = i + 1; j < edges.length; j += 1) {
        const one = edges[i]!
        const other = edges[j]!
        const neighbours = one.ring === other.ring && (other.index - one.index === 1 || other.index - one.index === one.of - 1)
        const at = meeting(one.a, one.b, other.a, other.b, neighbours)
        if (at && !(one.ring !== other.ring && isCorner(at, one, other))) return { kind: 'crossing', at }
      }
    }
    const outer = rings[0]!
    for (const hole of rings.slice(1)) if (!isWithin(hole[0]!, outer)) return { kind: 'hole_outside', at: hole[0]! }
  }
  return null
}

function isCorner(at: Position, one: { a: Position; b: Position }, other: { a: Position; b: Position }): boolean {
  return [one.a, one.b, other.a, other.b].some((corner) => corner[0] === at[0] && corner[1] === at[1])
}

/** Where two edges meet; neighbours may share their corner, and nothing else. */
function meeting(a: Position, b: Position, c: Position, d: Position, neighbours: boolean): Position | null {
  if (Math.max(a[0], b[0]) < Math.min(c[0], d[0]) || Math.max(c[0], d[0]) < Math.min(a[0], b[0])) return null
  if (Math.max(a[1], b[1]) < Math.min(c[1], d[1]) || Math.max(c[1], d[1]) < Math.min(a[1], b[1])) return null
  const ofC = turn(a, b, c)
  const ofD = turn(a, b, d)
  const ofA = turn(c, d, a)
  const ofB = turn(c, d, b)
  if (ofC * ofD > 0 || ofA * ofB > 0) return null
  if (ofC === 0 && ofD === 0) {
    // On one line: neighbours that go back over each other share more than their corner.
    const shared = [a, b].filter((end) => between(end, c, d)).concat([c, d].filter((end) => between(end, a, b)))
    const differ = new Set(shared.map(String)).size
    return differ > 1 || (differ === 1 && !neighbours) ? shared[0]! : null
  }
  if (neighbours) return null
  const share = cross(a, c, d) / (cross(a, c, d) - cross(b, c, d))
  return [a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])]
}

function between(place: Position, from: Position, to: Position): boolean {
  return place[0] >= Math.min(from[0], to[0]) && place[0] <= Math.max(from[0], to[0]) && place[1] >= Math.min(from[1], to[1]) && place[1] <= Math.max(from[1], to[1])
}

function cross(a: Position, b: Position, c: Position): number {
  return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
}

function turn(a: Position, b: Position, c: Position): number {
  return Math.sign(cross(a, b, c))
}

export function isWithin([lon, lat]: Position, ring: Position[]): boolean {
  let inside = false
  for (const [a, b] of edgesOf(ring, true)) {
    if (a[1] > lat !== b[1] > lat && lon < a[0] + ((lat - a[1]) / (b[1] - a[1])) * (b[0] - a[0])) inside = !inside
  }
  return inside
}

/** As GeoJSON: a circle is a Point, and its radius stands beside it. */
export function geometryOf(shape: DrawnShape): GeoJSON.Geometry {
  if (shape.kind === 'circle') return { type: 'Point', coordinates: shape.centre ?? [] }
  if (shape.kind === 'line') return { type: 'LineString', coordinates: shape.line }
  const polygons = shape.polygons.map((rings) => rings.map((ring) => [...ring, ring[0]!]))
  return polygons.length === 1 ? { type: 'Polygon', coordinates: polygons[0]! } : { type: 'MultiPolygon', coordinates: polygons }
}

/** The shape of a GeoJSON geometry; null where it is none that a zone or a route can have. */
export function shapeOf(geometry: unknown, radius_m?: unknown): DrawnShape | null {
  const { type, coordinates } = (geometry ?? {}) as { type?: unknown; coordinates?: unknown }
  if (type === 'Point') {
    const centre = position(coordinates)
    return centre && typeof radius_m === 'number' ? { kind: 'circle', centre, radius_m } : null
  }
  if (type === 'LineString') {
    const line = places(coordinates)
    return line && { kind: 'line', line }
  }
  const given = type === 'Polygon' ? [coordinates] : type === 'MultiPolygon' ? coordinates : null
  if (!Array.isArray(given)) return null
  const polygons = given.map((rings) => (Array.isArray(rings) ? rings.map(openRing) : [null]))
  return polygons.flat().includes(null) ? null : { kind: 'area', polygons: polygons as Position[][][] }
}

function openRing(given: unknown): Position[] | null {
  const ring = places(given)
  if (!ring) return null
  const last = ring.at(-1)
  return ring.length > 1 && last && last[0] === ring[0]![0] && last[1] === ring[0]![1] ? ring.slice(0, -1) : ring
}

function places(given: unknown): Position[] | null {
  if (!Array.isArray(given)) return null
  const found = given.map(position)
  return found.includes(null) ? null : (found as Position[])
}

function position(given: unknown): Position | null {
  if (!Array.isArray(given) || typeof given[0] !== 'number' || typeof given[1] !== 'number') return null
  return [given[0], given[1]]
}
