/** The stops of a collection run as its form has them. */
import type { Entry } from '../api/drafts'

export interface GivenStop {
  id: string
  name?: string
  lon?: number
  lat?: number
  radius_m?: number
  from?: string
  to?: string
  min_stay_s?: number
}

const RADIUS_M = 30

export const stopsOf = (entry: Entry): GivenStop[] => (Array.isArray(entry['stops']) ? (entry['stops'] as GivenStop[]) : [])

/** One more stop: due when the last one is, of the same size, under the first number that is free. */
export function nextStop(stops: readonly GivenStop[]): GivenStop {
  const taken = new Set(stops.map((one) => one.id))
  let number = stops.length + 1
  while (taken.has(`S${number}`)) number += 1
  const last = stops.at(-1)
  return { id: `S${number}`, radius_m: last?.radius_m ?? RADIUS_M, from: last?.from ?? '06:00', to: last?.to ?? '07:00' }
}

/** When the first of some stops begins to be due, and the last ends; null where none says. */
export function hours(stops: readonly GivenStop[]): string | null {
  const froms = stops.flatMap((one) => one.from ?? []).sort()
  const tos = stops.flatMap((one) => (one.to === undefined ? [] : [one.from !== undefined && one.to < one.from ? `+${one.to}` : one.to]))
  if (froms.length === 0 || tos.length === 0) return null
  // Into the next day is later than any hour of this one.
  const next = tos.filter((one) => one.startsWith('+')).sort().at(-1)?.slice(1)
  return `${froms[0]}–${next ?? tos.sort().at(-1)}`
}
