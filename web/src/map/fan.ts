/** Badges that lie on one another are spread in a ring when they are clicked, each with a line to its place. */
import type { GeoJSONSource, Map as MapLibre } from 'maplibre-gl'

import { collection } from './features'

const RING_PX = 34
const MOST = 12

type Properties = Record<string, unknown>

export class Fan {
  private isOpen = false

  constructor(private readonly map: MapLibre) {
    map.on('zoomstart', () => this.close())
  }

  /** Spread these badges about their place. */
  open(badges: Properties[], place: [number, number]): void {
    const centre = this.map.project(place)
    const shown = badges.slice(0, MOST)
    const features: GeoJSON.Feature[] = []
    shown.forEach((badge, index) => {
      const angle = (2 * Math.PI * index) / shown.length - Math.PI / 2
      const { lng, lat } = this.map.unproject([
        centre.x + RING_PX * Math.cos(angle),
        centre.y + RING_PX * Math.sin(angle),
      ])
      // A copy, because what the map gives back has no prototype, and its worker takes only what has one.
      features.push({ type: 'Feature', properties: { ...badge }, geometry: { type: 'Point', coordinates: [lng, lat] } })
      features.push({ type: 'Feature', properties: {}, geometry: { type: 'LineString', coordinates: [place, [lng, lat]] } })
    })
    this.show(features)
    const ids = shown.map((badge) => String(badge['id']))
    for (const layer of ['badges', 'badge-words']) this.map.setFilter(layer, ['!', ['in', ['get', 'id'], ['literal', ids]]])
    this.isOpen = true
  }

  close(): void {
    if (!this.isOpen) return
    this.isOpen = false
    this.show([])
    for (const layer of ['badges', 'badge-words']) this.map.setFilter(layer, null)
  }

  private show(features: GeoJSON.Feature[]): void {
    void this.map.getSource<GeoJSONSource>('fan')?.setData(collection(features))
  }
}
