/** The map itself: one MapLibre object for the life of the page, fed from the world. */
import { Map as MapLibre, ScaleControl, setWorkerUrl, type GeoJSONSource, type MapMouseEvent } from 'maplibre-gl'
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url'

import type { Alert, RegistryView } from '../api/client'
import type { Fleet } from '../live/fleet'
import type { Tokens } from '../theme'
import { badgeFeatures, collection, extent, given, stationFeatures, zoneNames } from './features'
import { layers, mapStyle, type SourceName } from './layers'
import type { MapLook } from './probe'
import { addSprites } from './sprites'
import { VehicleLayer } from './vehicles'

export interface MapEvents {
  pickedDevice(deviceId: string): void
  pickedAlert(id: string): void
  pickedNothing(): void
  pickedTrack(lon: number, lat: number): void
  hovered(deviceId: string | null, x: number, y: number): void
  lost(): void
}

const VEHICLE_LAYERS = ['vehicle-dots', 'vehicle-arrows']
const LIVE_LAYERS = [...VEHICLE_LAYERS, 'plates']
const TRACK_LAYERS = ['track-lines']
const CLOSE_ZOOM = 14.5
const TOUCH_PX = 6

export class DistrictMap {
  private readonly map: MapLibre
  private vehicles: VehicleLayer | null = null
  private registry: RegistryView | null = null
  private fitted = false
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
    this.map = new MapLibre({
      container,
      style: mapStyle(colors),
      center: [104.06, 30.66],
      zoom: 10,
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
    this.map.once('load', () => {
      this.ready = true
      this.vehicles = new VehicleLayer(this.source('vehicles'), fleet, serverNow)
      onReady()
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
      drawn: { vehicles: count(VEHICLE_LAYERS), badges: count(['badges']), zones: count(['zones']), routes: count(['routes']) },
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
    void this.source('stations').setData(stationFeatures(registry))
    this.vehicles?.redrawAll()
    if (!this.fitted) this.fit(false)
  }

  setAlerts(ongoing: Alert[]): void {
    void this.source('badges').setData(badgeFeatures(this.registry, ongoing))
  }

  setSelected(place: [number, number] | null): void {
    const features = place === null ? [] : [point(place)]
    void this.source('selection').setData(collection(features))
  }

  /** Show the way of one vehicle in the place of the live ones; null shows those again. */
  setTrack(way: GeoJSON.FeatureCollection | null): void {
    void this.source('track').setData(way ?? collection())
    for (const layer of LIVE_LAYERS) this.map.setLayoutProperty(layer, 'visibility', way === null ? 'visible' : 'none')
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
    const still = matchMedia('(prefers-reduced-motion: reduce)').matches
    const camera = { center: place, zoom: Math.max(this.map.getZoom(), CLOSE_ZOOM), padding: { right: covered_px } }
    if (still) this.map.jumpTo(camera)
    else this.map.flyTo({ ...camera, duration: 900 })
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
      const found = this.at(event, VEHICLE_LAYERS)
      this.map.getCanvas().style.cursor = found || this.at(event, ['badges']) ? 'pointer' : ''
      this.events.hovered(found ? String(found['device']) : null, event.point.x, event.point.y)
    })
    this.map.on('mouseout', () => this.events.hovered(null, 0, 0))
    this.map.on('webglcontextlost', () => this.events.lost())
  }

  private pick(event: MapMouseEvent): void {
    const badge = this.at(event, ['badges'])
    if (badge) return this.events.pickedAlert(String(badge['id']))
    if (this.at(event, TRACK_LAYERS)) return this.events.pickedTrack(event.lngLat.lng, event.lngLat.lat)
    const vehicle = this.at(event, VEHICLE_LAYERS)
    if (vehicle) return this.events.pickedDevice(String(vehicle['device']))
    this.events.pickedNothing()
  }

  /** The topmost thing within a finger's reach. */
  private at(event: MapMouseEvent, layerIds: string[]): Record<string, unknown> | undefined {
    if (!this.ready) return undefined
    const { x, y } = event.point
    const box: [[number, number], [number, number]] = [[x - TOUCH_PX, y - TOUCH_PX], [x + TOUCH_PX, y + TOUCH_PX]]
    return this.map.queryRenderedFeatures(box, { layers: layerIds })[0]?.properties
  }
}

function point(coordinates: [number, number]): GeoJSON.Feature {
  return { type: 'Feature', properties: {}, geometry: { type: 'Point', coordinates } }
}
