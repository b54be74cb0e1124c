/** The map itself: one MapLibre object for the life of the page, fed from the world. */
import { Map as MapLibre, ScaleControl, setWorkerUrl, type FitBoundsOptions, type GeoJSONSource, type MapMouseEvent } from 'maplibre-gl'
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url'

import type { Alert, RegistryView } from '../api/client'
import type { Fleet } from '../live/fleet'
import { isWall } from '../settings'
import { isDark, type Tokens } from '../theme'
import { addBaseMap, baseLayers, dimBaseMap } from './basemap'
import { type Box, type Camera, givenCamera, VEHICLE_ZOOM, wantedBox, writeCamera } from './camera'
import { drawn, drawnFeatures, real } from './crs'
import { Fan } from './fan'
import { badgeFeatures, collection, extent, given, zoneNames } from './features'
import { SLIDE_MS, still } from './followedmark'
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
  pickedWarning(caseId: number): void
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

const VEHICLE_LAYERS = ['vehicle-dots', 'vehicle-arrows', 'followed']
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
  private readonly told = new Map<SourceName, string>()
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
    const camera: Camera = given === null ? { center: [104.06, 30.66], zoom: 10 } : { ...given, center: drawn(given.center) }
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
      maxCanvasSize: [8192, 8192], // a wall is wider than what is usual
    })
    this.map.touchZoomRotate.disableRotation()
    this.map.keyboard.disableRotation()
    if (!isWall) this.map.addControl(new ScaleControl({ unit: 'metric' }), 'bottom-left')
    addSprites(this.map, colors)
    this.fan = new Fan(this.map)
    this.map.once('load', () => {
      this.ready = true
      if (isWall) drawForWall(this.map)
      this.vehicles = new VehicleLayer(this.source('vehicles'), this.source('followed'), fleet, serverNow)
      onReady()
      this.looked()
      void addBaseMap(this.map, isDark.value).then(() => this.applyVisibility())
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
    dimBaseMap(this.map, isDark.value)
    for (const layer of layers(colors)) {
      for (const [name, value] of Object.entries(layer.paint ?? {})) {
        this.map.setPaintProperty(layer.id, name as never, value as never)
      }
    }
  }

  setRegistry(registry: RegistryView | null): void {
    this.registry = registry
    this.put('districts', given(registry?.districts))
    this.put('roads', given(registry?.roads))
    this.put('zones', given(registry?.zones))
    this.put('zone_names', zoneNames(registry))
    this.put('routes', given(registry?.routes))
    this.vehicles?.redrawAll()
    if (!this.fitted) this.fit(false)
  }

  /** Warnings from outside that have a place. */
  setWarnings(placed: GeoJSON.FeatureCollection): void {
    this.putNews('warnings', placed)
  }

  setAlerts(ongoing: Alert[]): void {
    this.putNews('badges', badgeFeatures(this.registry, ongoing))
  }

  setStations(stations: GeoJSON.FeatureCollection): void {
    this.putNews('stations', stations)
  }

  setDistrictCounts(counts: GeoJSON.FeatureCollection): void {
    this.putNews('district_counts', counts)
  }

  /** Leave out what the person does not want to see. */
  setHidden(hidden: ReadonlySet<Group>): void {
    this.hidden = hidden
    this.applyVisibility()
  }

  private applyVisibility(): void {
    for (const [group, ids] of Object.entries(GROUPS) as [Group, readonly string[]][]) {
      for (const id of group === 'base' ? baseLayers(this.map) : ids) {
        const shown = !this.hidden.has(group) && !((this.showsWay || this.bare) && LIVE_LAYERS.includes(id))
        if (this.map.getLayer(id)) this.map.setLayoutProperty(id, 'visibility', shown ? 'visible' : 'none')
      }
    }
  }

  setSelected(place: [number, number] | null): void {
    const features = place === null ? [] : [point(place)]
    this.put('selection', collection(features))
  }

  /** Show the way of one vehicle in the place of the live ones; null shows those again, unless the map is for drawing. */
  setTrack(way: GeoJSON.FeatureCollection | null, drawing = false): void {
    this.bare = drawing
    this.put('track', way ?? collection())
    this.showsWay = way !== null
    this.applyVisibility()
  }

  setReplay(marker: GeoJSON.FeatureCollection): void {
    this.put('replay', marker)
  }

  /** Bring the whole way of the vehicle into view. */
  fitTrack(way: GeoJSON.FeatureCollection): void {
    this.fitTo(way, { padding: 60, maxZoom: 15.5 })
  }

  /** Bring features, given in WGS-84, into view at once. */
  fitTo(features: GeoJSON.FeatureCollection, room: Pick<FitBoundsOptions, 'padding' | 'maxZoom'>): void {
    const box = extent(drawnFeatures(features))
    if (!box) return
    this.fitted = true
    this.map.setPadding({ left: 0, right: 0, top: 0, bottom: 0 })
    this.map.fitBounds(box, { ...room, duration: 0 })
  }

  relabel(): void {
    this.put('zone_names', zoneNames(this.registry))
    this.vehicles?.redrawAll()
  }

  /** Go to a place, in the middle of what is not covered at the right. */
  flyTo(place: [number, number], covered_px = 0): void {
    const camera = { center: drawn(place), zoom: Math.max(this.map.getZoom(), CLOSE_ZOOM), padding: { right: covered_px } }
    if (still()) this.map.jumpTo(camera)
    else this.map.flyTo({ ...camera, duration: 900 })
  }

  /** Draw this vehicle by a mark that slides from fix to fix; null follows nobody. */
  follow(deviceId: string | null): void {
    this.vehicles?.follow(deviceId)
  }

  /** Keep a place in the middle. */
  centre(place: [number, number]): void {
    this.map.easeTo({ center: drawn(place), duration: still() ? 0 : SLIDE_MS, easing: (part) => part })
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
    const seen = (...of: GeoJSON.FeatureCollection[]) => extent(...of.map(drawnFeatures))
    const box =
      seen(given(this.registry?.districts)) ??
      seen(given(this.registry?.zones), given(this.registry?.routes)) ??
      seen(collection(vehicles))
    if (!box) return
    this.fitted = true
    this.map.fitBounds(box, { padding: 28, maxZoom: 15, duration: animated ? 500 : 0 })
  }

  resize(): void {
    this.map.resize()
  }

  /** Draw features where they are others than before: most changes of an alert change no mark, and each update draws the whole map. */
  private putNews(name: SourceName, features: GeoJSON.FeatureCollection): void {
    const told = JSON.stringify(features)
    if (told === this.told.get(name)) return
    this.told.set(name, told)
    this.put(name, features)
  }

  /** Draw features, given in WGS-84. */
  private put(name: SourceName, features: GeoJSON.FeatureCollection): void {
    void this.source(name).setData(drawnFeatures(features))
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
    const realBox: Box = [...real([box[0], box[1]]), ...real([box[2], box[3]])]
    void this.source('graticule').setData(graticule(box)) // the map's own degrees
    writeCamera({ center: real([lng, lat]), zoom: this.map.getZoom() })
    this.events.looked(wantedBox(realBox, this.map.getZoom()))
  }

  private pick(event: MapMouseEvent): void {
    const spread = this.at(event, ['fan'])
    if (spread) return this.events.pickedAlert(String(spread['id']))
    this.fan.close()
    const badges = this.allAt(event, ['badges'])
    if (badges.length > 1) return this.fan.open(badges, [event.lngLat.lng, event.lngLat.lat])
    if (badges[0]) return this.events.pickedAlert(String(badges[0]['id']))
    const warning = this.at(event, ['warnings'])
    if (warning) return this.events.pickedWarning(Number(warning['id']))
    if (this.at(event, TRACK_LAYERS)) return this.events.pickedTrack(...real([event.lngLat.lng, event.lngLat.lat]))
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

/** From three metres: dots at every zoom, larger marks, districts with their counts, no small print. */
function drawForWall(map: MapLibre): void {
  map.setLayerZoomRange('vehicle-dots', VEHICLE_ZOOM, 24)
  map.setPaintProperty('vehicle-dots', 'circle-radius', 6)
  map.setLayerZoomRange('district-counts', 0, 24)
  map.setLayoutProperty('district-counts', 'text-size', 30)
  map.setLayoutProperty('district-counts', 'text-anchor', 'top')
  map.setLayoutProperty('stations', 'text-field', '')
  map.setLayoutProperty('badges', 'icon-size', ['match', ['get', 'severity'], 'critical', 1.9, 'major', 1.7, 1.2])
  for (const id of ['vehicle-arrows', 'plates', 'zone-names', 'station-names', 'badge-words', 'warning-words', 'graticule-labels']) map.setLayerZoomRange(id, 24, 24)
}

function point(coordinates: [number, number]): GeoJSON.Feature {
  return { type: 'Feature', properties: {}, geometry: { type: 'Point', coordinates } }
}
