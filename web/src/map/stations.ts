/** How the dust stations stand, for their squares on the map: asked for again while somebody looks. */
import { computed, shallowRef } from 'vue'

import { getStations, type StationNow } from '../api/stations'
import { collection } from './features'

const EVERY_MS = 30_000

export const stationsNow = shallowRef<StationNow[]>([])

/** The window that counts most: the one nearest to its limit, or farthest over it; a limit of other hours does not count. */
export function worstWindow(station: StationNow): StationNow['windows'][number] | null {
  const judged = station.windows.filter((one) => one.window.in_force && one.window.value !== null && one.window.verdict !== 'none')
  return judged.sort((a, b) => (b.window.value ?? 0) / b.limit - (a.window.value ?? 0) / a.limit)[0] ?? null
}

export const stationFeatures = computed(() =>
  collection(
    stationsNow.value
      .filter((one) => one.station.lon !== null && one.station.lat !== null)
      .map((one, index) => {
        const worst = worstWindow(one)
        const value = worst?.window.value ?? null
        return {
          type: 'Feature' as const,
          id: index + 1,
          geometry: { type: 'Point' as const, coordinates: [one.station.lon ?? 0, one.station.lat ?? 0] },
          properties: {
            id: one.station.id,
            label: one.station.name || one.station.id,
            look: one.look,
            rank: ['fine', 'silent', 'no_verdict', 'near', 'over'].indexOf(one.look),
            value: one.look === 'silent' || one.look === 'no_verdict' || value === null ? '' : String(Math.round(value)),
          },
        }
      }),
  ),
)

let timer = 0
let asking = false

/** Ask at once and then every half minute; a hidden page waits until it is looked at again. */
export function watchStations(): () => void {
  const ask = async (): Promise<void> => {
    if (document.hidden || asking) return
    asking = true
    try {
      stationsNow.value = (await getStations()).items
    } catch {
      // The last known stay; the feed's own state says what is wrong.
    } finally {
      asking = false
    }
  }
  void ask()
  timer = window.setInterval(() => void ask(), EVERY_MS)
  return () => clearInterval(timer)
}
