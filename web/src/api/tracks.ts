/** A vehicle's track. */
import { get } from './client'
import type { components } from './schema'

type Schemas = components['schemas']
export type Track = Schemas['Track']

/** Points enough that most of a day's are there, and the marker slides. */
const MOST_POINTS = 6000

export function getTrack(vehicleId: string, fromMs: number, toMs: number): Promise<Track> {
  const params = new URLSearchParams({
    from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString(), max_points: String(MOST_POINTS),
  })
  return get<Track>(`/api/vehicles/${encodeURIComponent(vehicleId)}/track?${params}`)
}
