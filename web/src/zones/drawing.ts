/** Brings the open entry, the draft and the pen onto the map for as long as the page is shown. */
import { onBeforeUnmount, onMounted, shallowRef, watch } from 'vue'

import { theMap } from '../map/themap'
import { drawn, real } from '../map/crs'
import { extent } from '../map/features'
import { tokens } from '../theme'
import { language } from '../words'
import { addPart, canRedo, canUndo, corner, dragged, effect, fields, flaw, leave, live, moveCorner, opened, openEntry, redo, removeCorner, shape, tool, undo } from './editing'
import { entries, type Entry, mayEdit } from './entries'
import { DrawnLayers, type Mark, outlineOf } from './layers'
import { givenMarks } from './pasting'
import { Pen, type Tool } from './pen'
import { type Corner, isWithin, pathsOf, placeAt, type Position } from './shape'
import { snapTo } from './snapping'

const CHOOSE_PX = 12
const LINE_PX = 10
const STEP_M = 1
const FAR_STEP_M = 10

let pen: Pen | null = null
let layers: DrawnLayers | null = null
export const penReady = shallowRef(false)

export function useTool(next: Tool): void {
  corner.value = null
  tool.value = next
}

/** Take a step back: of what is being drawn, else of the entry. */
export function takeBack(): void {
  if (pen?.isDrawing) pen.undo()
  else if (canUndo.value) undo()
}
export function takeForth(): void {
  if (!pen?.redo() && canRedo.value) redo()
}

/** The shape to go to once there is a map: the list is there before it. */
let goingTo: Entry['shape'] = null

/** Bring a shape into view. */
export function goToShape(one: Entry['shape']): void {
  goingTo = theMap.value ? null : one
  if (!theMap.value || !one) return
  const seen: GeoJSON.FeatureCollection = { type: 'FeatureCollection', features: [{ type: 'Feature', properties: {}, geometry: outlineOf(one) }] }
  theMap.value.fitTo(seen, { padding: { top: 150, bottom: 70, left: 70, right: 70 }, maxZoom: 16.5 })
}

function bring(): void {
  const map = theMap.value?.map
  if (!map) return
  layers = new DrawnLayers(map, tokens.value)
  pen = new Pen(map, tokens.value, {
    drawn: addPart,
    dragged,
    drawing: (part) => (live.value = part),
    snap: (place, toScreen) => snapTo(place, toScreen, opened.value?.entry ?? null),
  })
  layers.raiseMarks()
  map.on('click', picked)
  penReady.value = true
  layers.setDraft(draftOthers())
  showOpen()
  if (goingTo) goToShape(goingTo)
}

function putAway(): void {
  penReady.value = false
  const map = theMap.value?.map
  if (map) {
    map.off('click', picked)
    pen?.close()
    layers?.close()
  }
  pen = layers = null
}

function draftOthers(): Entry[] {
  const own = opened.value?.entry
  return entries.value.filter((one) => !(own && one.kind === own.kind && one.id === own.id))
}

function showOpen(): void {
  if (!layers || !pen) return
  const seen = opened.value ? (live.value ?? shape.value) : null
  const half = fields.value['half_width_m']
  layers.setOpen(seen && (!mayEdit.value || seen.kind === 'line') ? seen : null, typeof half === 'number' ? half : 50)
  if (!live.value) pen.show(opened.value && mayEdit.value ? shape.value : null)
}

function showMarks(): void {
  const marks: Mark[] = [...givenMarks.value]
  // Too few corners to be drawn as a shape are shown one by one.
  if (opened.value && !live.value && flaw.value?.kind === 'too_few') marks.push(...pathsOf(shape.value).flatMap((path) => path.places.map((at): Mark => ({ kind: 'meant', at }))))
  const at = corner.value && opened.value && placeAt(live.value ?? shape.value, corner.value)
  if (at) marks.push({ kind: 'corner', at })
  if (opened.value && flaw.value && 'at' in flaw.value) marks.push({ kind: 'flaw', at: flaw.value.at })
  layers?.setMarks(marks)
}

/** A click beside the pen: on a corner it chooses that, on another shape it opens that. */
function picked(event: { point: { x: number; y: number }; lngLat: { lng: number; lat: number } }): void {
  if (tool.value !== 'select') return
  const near = nearestCorner(event.point)
  if (near) {
    corner.value = near
    return
  }
  corner.value = null
  const found = shapesAt(real([event.lngLat.lng, event.lngLat.lat]), event.point)
  const own = opened.value?.entry
  if (found.length === 0 || (own && found.some((one) => one.kind === own.kind && one.id === own.id))) return
  if (opened.value) leave()
  if (!opened.value) openEntry(found[0]!.kind, found[0]!.id)
}

function nearestCorner({ x, y }: { x: number; y: number }): Corner | null {
  const map = theMap.value?.map
  if (!map || !opened.value || !mayEdit.value) return null
  let best: { corner: Corner; px: number } | null = null
  for (const { polygon, ring, places } of pathsOf(shape.value)) {
    places.forEach((place, index) => {
      const at = map.project(drawn(place))
      const px = Math.hypot(at.x - x, at.y - y)
      if (px <= CHOOSE_PX && (best === null || px < best.px)) best = { corner: { polygon, ring, index }, px }
    })
  }
  return (best as { corner: Corner } | null)?.corner ?? null
}

/** The shapes at a place, the smallest first: of two, the one on top could else never be reached. */
function shapesAt(place: Position, { x, y }: { x: number; y: number }): Entry[] {
  const map = theMap.value?.map
  if (!map) return []
  const found = entries.value.filter(({ shape: one }) => {
    if (!one) return false
    if (one.kind === 'line') return one.line.some((to, at) => at > 0 && pixelsFrom(map.project(drawn(one.line[at - 1]!)), map.project(drawn(to)), x, y) <= LINE_PX)
    const outline = outlineOf(one)
    const polygons = outline.type === 'Polygon' ? [outline.coordinates] : outline.type === 'MultiPolygon' ? outline.coordinates : []
    return polygons.some(([outer, ...holes]) => isWithin(place, (outer ?? []) as Position[]) && !holes.some((hole) => isWithin(place, hole as Position[])))
  })
  return found.sort((one, other) => sizeOf(one) - sizeOf(other))
}

function sizeOf(one: Entry): number {
  const box = one.shape && one.shape.kind !== 'line' ? extent({ type: 'FeatureCollection', features: [{ type: 'Feature', properties: {}, geometry: outlineOf(one.shape) }] }) : null
  return box ? (box[2] - box[0]) * (box[3] - box[1]) : 0
}

function pixelsFrom(a: { x: number; y: number }, b: { x: number; y: number }, x: number, y: number): number {
  const length2 = (b.x - a.x) ** 2 + (b.y - a.y) ** 2
  const share = length2 === 0 ? 0 : Math.min(1, Math.max(0, ((x - a.x) * (b.x - a.x) + (y - a.y) * (b.y - a.y)) / length2))
  return Math.hypot(a.x + share * (b.x - a.x) - x, a.y + share * (b.y - a.y) - y)
}

const STEPS: Readonly<Record<string, [number, number]>> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }

/** The keys of the pen; off while somebody types or is at a control. */
function onKey(event: KeyboardEvent): void {
  const target = event.target as HTMLElement
  if (/^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) || document.querySelector('dialog[open]') || !opened.value) return
  if ((event.ctrlKey || event.metaKey) && ['z', 'y'].includes(event.key.toLowerCase())) {
    if (event.shiftKey || event.key.toLowerCase() === 'y') takeForth()
    else takeBack()
    return taken(event)
  }
  if (event.ctrlKey || event.metaKey || event.altKey || !mayEdit.value) return
  const atMap = target === document.body || target.tagName === 'CANVAS'
  if (event.key === 'Escape') {
    stepOut()
    return taken(event)
  }
  if (!atMap) return
  if (event.key === 'Enter' && pen?.isDrawing) {
    if (target.tagName !== 'CANVAS') pen.press('Enter')
    return
  }
  const step = STEPS[event.key]
  if (step && corner.value) {
    const by = event.shiftKey ? FAR_STEP_M : STEP_M
    moveCorner(step[0] * by, step[1] * by)
    return taken(event)
  }
  if ((event.key === 'Delete' || event.key === 'Backspace') && corner.value) {
    removeCorner(corner.value)
    return taken(event)
  }
}

function taken(event: KeyboardEvent): void {
  event.preventDefault()
  event.stopPropagation()
}

/** One step back: what is being drawn, then the tool, then the chosen corner, then the entry. */
function stepOut(): void {
  if (tool.value !== 'select') {
    if (pen?.isDrawing) pen.press('Escape')
    else useTool('select')
  } else if (corner.value) corner.value = null
  else leave()
}

export function useDrawing(): void {
  onMounted(() => {
    bring()
    addEventListener('keydown', onKey, { capture: true })
  })
  onBeforeUnmount(() => {
    removeEventListener('keydown', onKey, { capture: true })
    putAway()
  })
  watch(theMap, (now) => {
    pen = layers = null // those of a map that is gone went with it
    if (now) bring()
  })
  watch(tokens, (colors) => {
    layers?.setColors(colors)
    pen?.setColors(colors)
    showOpen()
  })
  watch([entries, opened, language], () => layers?.setDraft(draftOthers()))
  watch([opened, shape, live, fields], showOpen)
  watch(tool, (next) => pen?.use(next))
  watch([corner, opened, shape, live, flaw, givenMarks], showMarks)
  watch(effect, (found) => layers?.setBuffer(found?.exit_outline ?? null))
  watch(live, (now) => now && layers?.setBuffer(null))
}
