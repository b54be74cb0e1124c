/** The map itself: one MapLibre object for the life of the page, fed from the world. */
import { Map as MapLibre, ScaleControl, setWorkerUrl, type GeoJSONSource, type MapMouseEvent } from 'maplibre-gl'
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url'

import type { Alert, RegistryView } from '../api/client'
import type { Fleet } from '../live/fleet'
import type { Tokens } from '../theme'
import { type Camera, givenCamera, wantedBox, writeCamera, type Box } from './camera'
import { Fan } from './fan'
import { badgeFeatures, collection, extent, given, zoneNames } from './features'
import { graticule } from './graticule'
import { layers, mapStyle, type SourceName } from './layers'
import type { MapLook } from './probe'
import { type Group, GROUPS } from './shown'
import { addSprites } from './sprites'
import { VehicleLayer } from './vehicles'

export interface MapEvents {
  pickedDevice(deviceId: string): void
  pickedAlert(id: string): void
  pickedNothing(): void
  pickedTrack(lon: number, lat: number): void
  pickedStation(id: string): void
  hovered(what: Hovered | null): void
  /** The map looks somewhere else: what the service is asked to keep current. */
  looked(box: Box | null): void
  /** The person has moved the map. */
  moved(): void
  lost(): void
}

export interface Hovered {
  kind: 'vehicle' | 'station'
  id: string
  x: number
  y: number
}

const VEHICLE_LAYERS = ['vehicle-dots', 'vehicle-arrows']
const LIVE_LAYERS = [...VEHICLE_LAYERS, 'plates']
const BADGE_LAYERS = ['badges', 'fan']
const TRACK_LAYERS = ['track-lines']
const CLOSE_ZOOM = 14.5
const TOUCH_PX = 6

export class DistrictMap {
  readonly map: MapLibre
  private vehicles: VehicleLayer | null = null
  private registry: RegistryView | null = null
  private fitted = false
  private bare = false
  private showsWay = false
  private hidden: ReadonlySet<Group> = new Set()
  private readonly fan: Fan
  ready = false

  constructor(
    container: HTMLElement,
    colors: Tokens,
    private readonly fleet: Fleet,
    serverNow: () => number,
    private readonly events: MapEvents,
    onReady: () => void,
  ) {
    setWorkerUrl(workerUrl)
    const given = givenCamera()
    this.fitted = given !== null
    const camera: Camera = given ?? { center: [104.06, 30.66], zoom: 10 }
    this.map = new MapLibre({
      container,
      style: mapStyle(colors),
      ...camera,
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      renderWorldCopies: false,
      fadeDuration: 0,
      validateStyle: import.meta.env.DEV,
    })
    this.map.touchZoomRotate.disableRotation()
    this.map.keyboard.disableRotation()
    this.map.addControl(new ScaleControl({ unit: 'metric' }), 'bottom-left')
    addSprites(this.map, colors)
    this.fan = new Fan(this.map)
    this.map.once('load', () => {
      this.ready = true
      this.vehicles = new VehicleLayer(this.source('vehicles'), fleet, serverNow)
      onReady()
      this.looked()
    })
    this.listen()
  }

  close(): void {
    this.vehicles?.close()
    this.map.remove()
  }

  look(): MapLook {
    const { lng, lat } = this.map.getCenter()
    const count = (layers: string[]) =>
      this.ready ? this.map.queryRenderedFeatures({ layers }).length : 0
    return {
      ready: this.ready && this.map.loaded(),
      webgl: !this.map.painter?.context.gl.isContextLost(),
      zoom: this.map.getZoom(),
      center: [lng, lat],
      drawn: { vehicles: count(VEHICLE_LAYERS), badges: count(['badges']), zones: count(['zones']), routes: count(['routes']), stations: count(['stations']), fan: count(['fan']), districts: count(['district-counts']) },
    }
  }

  setColors(colors: Tokens): void {
    addSprites(this.map, colors)
    for (const layer of layers(colors)) {
      for (const [name, value] of Object.entries(layer.paint ?? {})) {
        this.map.setPaintProperty(layer.id, name as never, value as never)
      }
    }
  }

  setRegistry(registry: RegistryView | null): void {
    this.registry = registry
    void this.source('districts').setData(given(registry?.districts))
    void this.source('roads').setData(given(registry?.roads))
    void this.source('zones').setData(given(registry?.zones))
    void this.source('zone_names').setData(zoneNames(registry))
    void this.source('routes').setData(given(registry?.routes))
    this.vehicles?.redrawAll()
    if (!this.fitted) this.fit(false)
  }

  setAlerts(ongoing: Alert[]): void {
    void this.source('badges').setData(badgeFeatures(this.registry, ongoing))
  }

  setStations(stations: GeoJSON.FeatureCollection): void {
    void this.source('stations').setData(stations)
  }

  setDistrictCounts(counts: GeoJSON.FeatureCollection): void {
    void this.source('district_counts').setData(counts)
  }

  /** Leave out what the person does not want to see. */
  setHidden(hidden: ReadonlySet<Group>): void {
    this.hidden = hidden
    this.applyVisibility()
  }

  private applyVisibility(): void {
    for (const [group, ids] of Object.entries(GROUPS) as [Group, readonly string[]][]) {
      for (const id of ids) {
        const shown = !this.hidden.has(group) && !((this.showsWay || this.bare) && LIVE_LAYERS.includes(id))
        if (this.map.getLayer(id)) this.map.setLayoutProperty(id, 'visibility', shown ? 'visible' : 'none')
      }
    }
  }

  setSelected(place: [number, number] | null): void {
    const features = place === null ? [] : [point(place)]
    void this.source('selection').setData(collection(features))
  }

  /** Show the way of one vehicle in the place of the live ones; null shows those again, unless the map is for drawing. */
  setTrack(way: GeoJSON.FeatureCollection | null, drawing = false): void {
    this.bare = drawing
    void this.source('track').setData(way ?? collection())
    this.showsWay = way !== null
    this.applyVisibility()
  }

  setReplay(marker: GeoJSON.FeatureCollection): void {
    void this.source('replay').setData(marker)
  }

  /** Bring the whole way of the vehicle into view. */
  fitTrack(way: GeoJSON.FeatureCollection): void {
    const box = extent(way)
    if (!box) return
    this.fitted = true
    this.map.setPadding({ right: 0 })
    this.map.fitBounds(box, { padding: 60, maxZoom: 15.5, duration: 0 })
  }

  relabel(): void {
    void this.source('zone_names').setData(zoneNames(this.registry))
    this.vehicles?.redrawAll()
  }

  /** Go to a place, in the middle of what is not covered at the right. */
  flyTo(place: [number, number], covered_px = 0): void {
    const camera = { center: place, zoom: Math.max(this.map.getZoom(), CLOSE_ZOOM), padding: { right: covered_px } }
    if (still()) this.map.jumpTo(camera)
    else this.map.flyTo({ ...camera, duration: 900 })
  }

  /** Keep a place in the middle. */
  centre(place: [number, number]): void {
    this.map.easeTo({ center: place, duration: still() ? 0 : 900, easing: (part) => part })
  }

  zoomBy(step: number): void {
    this.map.zoomTo(this.map.getZoom() + step, { duration: 200 })
  }

  /** Show everything there is: the districts, else the zones and routes, else the vehicles. */
  fit(animated = true): void {
    this.map.setPadding({ right: 0 })
    const vehicles = [...this.fleet.tracks.values()]
      .filter((track) => track.lon !== null)
      .map((track) => point([track.lon ?? 0, track.lat ?? 0]))
    const box =
      extent(given(this.registry?.districts)) ??
      extent(given(this.registry?.zones), given(this.registry?.routes)) ??
      extent(collection(vehicles))
    if (!box) return
    this.fitted = true
    this.map.fitBounds(box, { padding: 28, maxZoom: 15, duration: animated ? 500 : 0 })
  }

  resize(): void {
    this.map.resize()
  }

  private source(name: SourceName): GeoJSONSource {
    const source = this.map.getSource<GeoJSONSource>(name)
    if (!source) throw new Error(`the map has no source ${name}`)
    return source
  }

  private listen(): void {
    this.map.on('click', (event) => this.pick(event))
    this.map.on('mousemove', (event) => {
      if (this.bare) return // the cursor is the pen's
      const vehicle = this.at(event, VEHICLE_LAYERS)
      const station = vehicle ? undefined : this.at(event, ['stations'])
      const found = vehicle ?? station ?? this.at(event, BADGE_LAYERS)
      this.map.getCanvas().style.cursor = found ? 'pointer' : ''
      const { x, y } = event.point
      if (vehicle) this.events.hovered({ kind: 'vehicle', id: String(vehicle['device']), x, y })
      else this.events.hovered(station ? { kind: 'station', id: String(station['id']), x, y } : null)
    })
    this.map.on('mouseout', () => this.events.hovered(null))
    this.map.on('moveend', () => this.looked())
    this.map.on('dragstart', () => this.events.moved())
    this.map.on('movestart', (event) => event.originalEvent instanceof KeyboardEvent && this.events.moved())
    this.map.on('webglcontextlost', () => this.events.lost())
  }

  private looked(): void {
    if (!this.ready) return
    if (this.map.getContainer().clientWidth === 0) return this.events.looked(null) // another page is shown
    const { lng, lat } = this.map.getCenter()
    const bounds = this.map.getBounds()
    const box: Box = [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()]
    void this.source('graticule').setData(graticule(box))
    writeCamera({ center: [lng, lat], zoom: this.map.getZoom() })
    this.events.looked(wantedBox(box, this.map.getZoom()))
  }

  private pick(event: MapMouseEvent): void {
    const spread = this.at(event, ['fan'])
    if (spread) return this.events.pickedAlert(String(spread['id']))
    this.fan.close()
    const badges = this.allAt(event, ['badges'])
    if (badges.length > 1) return this.fan.open(badges, [event.lngLat.lng, event.lngLat.lat])
    if (badges[0]) return this.events.pickedAlert(String(badges[0]['id']))
    if (this.at(event, TRACK_LAYERS)) return this.events.pickedTrack(event.lngLat.lng, event.lngLat.lat)
    const vehicle = this.at(event, VEHICLE_LAYERS)
    if (vehicle) return this.events.pickedDevice(String(vehicle['device']))
    const station = this.at(event, ['stations'])
    if (station) return this.events.pickedStation(String(station['id']))
    this.events.pickedNothing()
  }

  private at(event: MapMouseEvent, layerIds: string[]): Record<string, unknown> | undefined {
    return this.allAt(event, layerIds)[0]
  }

  /** What lies within a finger's reach, the topmost first, each once. */
  private allAt(event: MapMouseEvent, layerIds: string[]): Record<string, unknown>[] {
    if (!this.ready) return []
    const { x, y } = event.point
    const box: [[number, number], [number, number]] = [[x - TOUCH_PX, y - TOUCH_PX], [x + TOUCH_PX, y + TOUCH_PX]]
    const found = this.map.queryRenderedFeatures(box, { layers: layerIds }).map((one) => one.properties)
    return [...new Map(found.map((one) => [one['id'] ?? one['device'] ?? one, one])).values()]
  }
}

function still(): boolean {
  return matchMedia('(prefers-reduced-motion: reduce)').matches
}

function point(coordinates: [number, number]): GeoJSON.Feature {
  return { type: 'Feature', properties: {}, geometry: { type: 'Point', coordinates } }
}
