/**
 * The pen: terra-draw on the page's map. It knows rings, lines and circles by their place in the shape; what they
 * mean, what was before and what goes into the draft is for `editing.ts`. Loaded with this page only.
 */
import type { Map as MapLibre } from 'maplibre-gl'
import {
  TerraDraw, TerraDrawCircleMode, TerraDrawLineStringMode, TerraDrawModeUndoRedo, TerraDrawPolygonMode, TerraDrawSelectMode,
  type GeoJSONStoreFeatures, type HexColor, type SnapToCustom,
} from 'terra-draw'
import { TerraDrawMapLibreGLAdapter } from 'terra-draw-maplibre-gl-adapter'

import { drawn, real } from '../map/crs'
import type { Tokens } from '../theme'
import { circleRing } from './circle'
import { type Circle, distance_m, type DrawnShape, pathsOf, type Position, rounded, withPath } from './shape'

export type DrawingTool = 'polygon' | 'circle' | 'linestring'
export type Tool = DrawingTool | 'select'

export interface PenEvents {
  /** A new ring, line or circle is finished. */
  drawn(part: DrawnShape): void
  /** The shown shape was changed by dragging; `done` once it is let go. */
  dragged(shape: DrawnShape, done: boolean): void
  /** How what is being drawn looks just now; null once nothing is. */
  drawing(part: DrawnShape | null): void
  /** What there is to snap to near a place on the screen. */
  snap(place: Position, toScreen: (place: Position) => { x: number; y: number }): Position | undefined
}

const MOST_STEPS = 100
const HANDLES = 4
/** Corners of a circle while it is changed: a multiple of its handles. */
const CIRCLE_CORNERS = 64

interface Known {
  polygon: number
  ring: number
}

export class Pen {
  private readonly draw: TerraDraw
  private readonly parts = new Map<string | number, Known>()
  /** Each corner as it is known, by what the pen has of it: what is not moved stays to the last digit. */
  private readonly corners = new Map<string, Position>()
  private shape: DrawnShape | null = null
  private nextId = 1

  constructor(
    private readonly map: MapLibre,
    colors: Tokens,
    private readonly events: PenEvents,
  ) {
    const toCustom: SnapToCustom = (event, { project }) => {
      const found = this.events.snap(real([event.lng, event.lat]), (place) => project(...drawn(place)))
      return found && penPlace(found)
    }
    const snapping = { toCustom }
    const edit = {
      draggable: true,
      selfIntersectable: true, // it is said where, not forbidden in the middle of a movement
      coordinates: { draggable: true, midpoints: { draggable: true }, deletable: true, snappable: snapping },
    }
    const cancel = 'Escape'
    const finish = 'Enter'
    const keyEvents = { cancel, finish }
    const styles = pointStyles(colors)
    this.draw = new TerraDraw({
      adapter: new TerraDrawMapLibreGLAdapter({ map, coordinatePrecision: 9 }),
      idStrategy: { isValidId: (id) => typeof id === 'number', getId: () => this.nextId++ },
      modes: [
        new TerraDrawSelectMode({
          flags: {
            polygon: { feature: edit },
            linestring: { feature: edit },
            circle: { feature: { draggable: true, coordinates: { resizable: 'center-fixed' } } },
          },
          keyEvents: { deselect: null, delete: null, rotate: null, scale: null },
          allowManualDeselection: false,
          styles: selectStyles(colors, () => this.shape?.kind === 'circle'),
        }),
        new TerraDrawPolygonMode({ snapping, keyEvents, showCoordinatePoints: true, styles: { ...areaStyles(colors), ...styles } }),
        new TerraDrawCircleMode({ keyEvents, segments: CIRCLE_CORNERS, styles: areaStyles(colors) }),
        new TerraDrawLineStringMode({
          snapping, keyEvents, showCoordinatePoints: true,
          styles: { lineStringColor: hex(colors.primary), lineStringWidth: 3, ...styles },
        }),
      ],
      undoRedo: { modeLevel: new TerraDrawModeUndoRedo({ maxStackSize: MOST_STEPS }) },
    })
    this.draw.start()
    this.draw.setMode('select')
    this.draw.on('change', (ids, type) => this.changed(ids, type))
    this.draw.on('finish', (id, { action }) => this.finished(id, action))
  }

  /** Show a shape with its handles, ready to be dragged; null shows none. */
  show(shape: DrawnShape | null): void {
    if (this.isDrawing) return
    this.shape = shape
    this.parts.clear()
    this.corners.clear()
    this.draw.clear()
    if (this.draw.getMode() !== 'select' || shape === null) return
    for (const place of pathsOf(shape).flatMap((path) => path.places)) this.corners.set(String(penPlace(place)), place)
    const features = featuresOf(shape).map(({ at, mode, geometry }) => {
      const id = this.nextId++
      this.parts.set(id, at)
      return { type: 'Feature' as const, id, properties: { mode }, geometry }
    })
    this.draw.addFeatures(features as GeoJSONStoreFeatures[])
    const first = features[0]
    if (first && this.draw.hasFeature(first.id)) this.draw.selectFeature(first.id)
  }

  use(tool: Tool): void {
    const { shape } = this
    this.draw.setMode(tool)
    if (tool === 'select') this.show(shape)
    this.events.drawing(null)
  }

  get isDrawing(): boolean {
    return this.draw.getModeState() === 'drawing'
  }

  /** Take back the last corner of what is being drawn. */
  undo(): boolean {
    return this.isDrawing && this.draw.canUndo() && this.draw.undo()
  }

  redo(): boolean {
    return this.draw.getMode() !== 'select' && this.draw.canRedo() && this.draw.redo()
  }

  /** Enter or Escape, wherever the focus is. */
  press(key: 'Enter' | 'Escape'): void {
    this.map.getCanvas().dispatchEvent(new KeyboardEvent('keyup', { key }))
    if (key === 'Escape') this.events.drawing(null)
  }

  setColors(colors: Tokens): void {
    this.draw.updateModeOptions<typeof TerraDrawSelectMode>('select', { styles: selectStyles(colors, () => this.shape?.kind === 'circle') })
    this.draw.updateModeOptions<typeof TerraDrawPolygonMode>('polygon', { styles: { ...areaStyles(colors), ...pointStyles(colors) } })
    this.draw.updateModeOptions<typeof TerraDrawCircleMode>('circle', { styles: areaStyles(colors) })
    this.draw.updateModeOptions<typeof TerraDrawLineStringMode>('linestring', {
      styles: { lineStringColor: hex(colors.primary), lineStringWidth: 3, ...pointStyles(colors) },
    })
  }

  close(): void {
    this.draw.stop()
  }

  private changed(ids: (string | number)[], type: string): void {
    if (type !== 'create' && type !== 'update') return
    for (const id of ids) {
      const feature = this.draw.getSnapshotFeature(id)
      if (!feature) continue
      const at = this.parts.get(id)
      if (at) this.drag(feature, at, false)
      else if (this.isDrawing && feature.properties['mode'] === this.draw.getMode()) this.tellDrawing(feature)
    }
  }

  private tellDrawing(feature: GeoJSONStoreFeatures): void {
    const part = this.partOf(feature)
    const path = part && part.kind !== 'circle' ? pathsOf(part)[0] : undefined
    // The last corner is where the pointer is: just after a click, on the one before it.
    if (part && path) this.events.drawing(withPath(part, path, path.places.filter((place, at) => String(place) !== String(path.places[at - 1]))))
    else if (part) this.events.drawing(part)
  }

  private finished(id: string | number, action: string): void {
    const feature = this.draw.getSnapshotFeature(id)
    if (!feature) return
    const at = this.parts.get(id)
    if (at) return this.drag(feature, at, true)
    if (action !== 'draw') return
    const part = this.partOf(feature)
    // Not within terra-draw's own event: it has yet to put away what it drew with.
    queueMicrotask(() => {
      this.draw.setMode('select')
      this.events.drawing(null)
      if (part) this.events.drawn(part)
    })
  }

  private drag(feature: GeoJSONStoreFeatures, at: Known, done: boolean): void {
    if (!this.shape) return
    const part = this.partOf(feature)
    if (!part) return
    const next = part.kind === 'circle' ? movedCircle(this.shape, part) : withPath(this.shape, at, pathsOf(part)[0]!.places)
    if (same(next, this.shape)) return
    if (done) this.shape = next
    this.events.dragged(next, done)
  }

  private partOf({ geometry, properties }: GeoJSONStoreFeatures): DrawnShape | null {
    if (geometry.type === 'LineString') return { kind: 'line', line: geometry.coordinates.map((at) => this.placeOf(at)) }
    if (geometry.type !== 'Polygon') return null
    const ring = (geometry.coordinates[0] ?? []).slice(0, -1).map((at) => this.placeOf(at))
    return properties['mode'] === 'circle' ? circleOf(ring) : { kind: 'area', polygons: [[ring]] }
  }

  private placeOf(at: number[]): Position {
    const [lon, lat] = real([at[0]!, at[1]!])
    return this.corners.get(String(at.slice(0, 2))) ?? [rounded(lon), rounded(lat)]
  }
}

/** A place as the pen takes it: where it is drawn, to nine places of degrees. */
function penPlace(place: Position): Position {
  const [lon, lat] = drawn(place)
  return [rounded(lon), rounded(lat)]
}

function same(one: DrawnShape, other: DrawnShape): boolean {
  if (one.kind === 'circle' && other.kind === 'circle' && one.centre && other.centre) {
    // The corners of a circle are rounded, so that its middle and radius never come back to the last digit.
    return distance_m(one.centre, other.centre) < 0.01 && Math.abs(one.radius_m - other.radius_m) < 0.01
  }
  return JSON.stringify(one) === JSON.stringify(other)
}

interface Drawn {
  at: Known
  mode: DrawingTool
  geometry: GeoJSON.Polygon | GeoJSON.LineString
}

function featuresOf(shape: DrawnShape): Drawn[] {
  if (shape.kind === 'circle') {
    if (!shape.centre || !(shape.radius_m > 0)) return []
    const ring = circleRing(shape.centre, shape.radius_m, CIRCLE_CORNERS).map(penPlace)
    return [{ at: { polygon: 0, ring: 0 }, mode: 'circle', geometry: { type: 'Polygon', coordinates: [ring] } }]
  }
  return pathsOf(shape).flatMap(({ polygon, ring, places }): Drawn[] => {
    const corners = places.map(penPlace)
    const at = { polygon, ring }
    if (shape.kind === 'line') {
      return corners.length < 2 ? [] : [{ at, mode: 'linestring' as const, geometry: { type: 'LineString' as const, coordinates: corners } }]
    }
    return corners.length < 3 ? [] : [{ at, mode: 'polygon' as const, geometry: { type: 'Polygon' as const, coordinates: [[...corners, corners[0]!]] } }]
  })
}

/** A circle that is moved has the radius that it had, whatever the map's projection made of it. */
function movedCircle(before: DrawnShape, after: Circle): Circle {
  const isMoved = before.kind === 'circle' && Math.abs(after.radius_m - before.radius_m) < before.radius_m / 500
  return isMoved ? { ...after, radius_m: before.radius_m } : after
}

/** The circle of a ring around it: its middle is that of two opposite corners. */
function circleOf(corners: Position[]): Circle {
  const first = corners[0] ?? [0, 0]
  const other = corners[Math.floor(corners.length / 2)] ?? first
  const centre: Position = [rounded((first[0] + other[0]) / 2), rounded((first[1] + other[1]) / 2)]
  return { kind: 'circle', centre, radius_m: Math.round(distance_m(centre, first) * 100) / 100 }
}

const hex = (color: string) => color as HexColor

function areaStyles(colors: Tokens) {
  return { fillColor: hex(colors.primary), fillOpacity: 0.12, outlineColor: hex(colors.primary), outlineWidth: 2.5 }
}

function pointStyles(colors: Tokens) {
  const ground = hex(colors.panel)
  const line = hex(colors.primary)
  return {
    closingPointColor: line, closingPointOutlineColor: ground, closingPointWidth: 6, closingPointOutlineWidth: 2,
    snappingPointColor: hex(colors.major), snappingPointOutlineColor: ground, snappingPointWidth: 6, snappingPointOutlineWidth: 2,
    coordinatePointColor: ground, coordinatePointOutlineColor: line, coordinatePointWidth: 4, coordinatePointOutlineWidth: 2,
  }
}

function selectStyles(colors: Tokens, isCircle: () => boolean) {
  const line = hex(colors.primary)
  const ground = hex(colors.panel)
  /** Of a circle's corners only a few are shown: each of them does the same. */
  const isHandle = (feature: GeoJSONStoreFeatures) => {
    const every = isCircle() ? CIRCLE_CORNERS / HANDLES : 1
    return Number(feature.properties['index'] ?? 0) % every === 0
  }
  return {
    selectedPolygonColor: line, selectedPolygonFillOpacity: 0.12, selectedPolygonOutlineColor: line, selectedPolygonOutlineWidth: 2.5,
    selectedLineStringColor: line, selectedLineStringWidth: 3,
    selectionPointColor: ground, selectionPointOutlineColor: line, selectionPointOutlineWidth: 2,
    selectionPointWidth: (feature: GeoJSONStoreFeatures) => (isHandle(feature) ? 5.5 : 0),
    selectionPointOutlineOpacity: (feature: GeoJSONStoreFeatures) => (isHandle(feature) ? 1 : 0),
    midPointColor: line, midPointOutlineColor: ground, midPointWidth: 3.5, midPointOutlineWidth: 1.5, midPointOpacity: 0.75,
  }
}
