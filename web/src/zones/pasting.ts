/** Coordinates as people paste them: which number is which, in which system, and where they come to lie. */
import { ref, shallowRef } from 'vue'

import { convertPlaces, type Crs } from '../api/zones'
import { type Mark, outlineOf } from './layers'
import { type DrawnShape, pathsOf, type Position, rounded } from './shape'

export const SYSTEMS: readonly Crs[] = ['WGS84', 'GCJ02', 'BD09']
export const SYSTEM_WORDS: Readonly<Record<Crs, string>> = { WGS84: 'WGS-84 / CGCS2000', GCJ02: 'GCJ-02', BD09: 'BD-09' }

export interface Pasted {
  places: Position[]
  /** The number of the first line that cannot be read, and what it says. */
  bad: { line: number; text: string } | null
  order: 'lon_lat' | 'lat_lon'
}

/** Two numbers a line, or a list of pairs as in JSON; which of the two is the longitude is seen by their size. */
export function parsePlaces(text: string): Pasted {
  const lines = text.replace(/\]\s*,\s*\[/g, '\n').replace(/;/g, '\n').split('\n')
  const pairs: Position[] = []
  let bad: Pasted['bad'] = null
  lines.forEach((line, at) => {
    if (line.replace(/[[\]\s,]/g, '') === '') return
    const numbers = line.match(/[-+]?\d+(?:\.\d+)?/g)?.map(Number) ?? []
    if (numbers.length < 2) bad ??= { line: at + 1, text: line.trim().slice(0, 40) }
    else pairs.push([numbers.at(0)!, numbers.at(1)!])
  })
  // In China a longitude is above 70 and a latitude below 60; elsewhere the order of GeoJSON holds.
  const latFirst = pairs.length > 0 && pairs.every(([first, second]) => Math.abs(first) <= 60 && Math.abs(second) > 60)
  const places = pairs.map(([first, second]): Position => (latFirst ? [second, first] : [first, second]))
  const outside = places.findIndex(([lon, lat]) => Math.abs(lon) > 180 || Math.abs(lat) > 90)
  if (outside >= 0) bad ??= { line: outside + 1, text: String(pairs[outside]) }
  return { places: withoutEnd(places), bad, order: latFirst ? 'lat_lon' : 'lon_lat' }
}

/** A ring that is closed by hand has its first place twice. */
function withoutEnd(places: Position[]): Position[] {
  const [first, last] = [places[0], places.at(-1)]
  return places.length > 3 && first && last && first[0] === last[0] && first[1] === last[1] ? places.slice(0, -1) : places
}

export interface Shifted {
  before: Position[]
  after: Position[]
  shifts_m: number[]
}

/** Where places of a system lie in WGS-84. */
export async function toMap(crs: Crs, places: Position[]): Promise<Shifted> {
  if (crs === 'WGS84') return { before: places, after: places, shifts_m: places.map(() => 0) }
  const found = await convertPlaces(crs, 'WGS84', places)
  return { before: places, after: found.places.map(([lon, lat]): Position => [rounded(lon), rounded(lat)]), shifts_m: found.shifts_m }
}

/** What is about to be pasted or imported, before and after, on the map. */
export const givenMarks = shallowRef<Mark[]>([])
const MOST_MARKS = 500

/** Shapes as they are given and as they are meant, on the map. */
export function markShapes(given: DrawnShape[], meant: DrawnShape[]): void {
  const marks = (kind: Mark['kind'], shapes: DrawnShape[]) =>
    shapes.flatMap((shape) => {
      const places = pathsOf(shape).flatMap((path) => path.places)
      return places.map((at, number): Mark => (number === 0 ? { kind, at, outline: outlineOf(shape) } : { kind, at }))
    }).slice(0, MOST_MARKS)
  givenMarks.value = [...marks('given', given), ...marks('meant', meant)]
}

/** Which panel lies over the list: pasting, importing, or none. */
export const showsImport = ref(false)
