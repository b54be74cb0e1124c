/** The one entry that is open: its fields and shape, what was before and what was undone, and what it would see. */
import { computed, ref, shallowRef, watch } from 'vue'

import { convertPlaces, type Crs, judgeZone, type ZoneEffect } from '../api/zones'
import { crsOf, entryAt, type Entry, type Kind, mayEdit, placesOf, putEntry, type Raw, refusal, shapeOfRaw, withPlaces } from './entries'
import { openKey, showOpen } from './listing'
import type { Tool } from './pen'
import { type Corner, type DrawnShape, emptyShape, flawOf, geometryOf, moved, pathsOf, placeAt, type Position, rounded, withPath, withPlace } from './shape'

export interface Opened {
  kind: Kind
  isNew: boolean
  entry: Entry | null
}
interface Snapshot {
  fields: Raw
  shape: DrawnShape
}

const MOST_STEPS = 100
const EFFECT_AFTER_MS = 350

export const opened = shallowRef<Opened | null>(null)
export const fields = shallowRef<Raw>({})
export const shape = shallowRef<DrawnShape>(emptyShape('area'))
/** The shape while it is dragged or drawn, before it counts. */
export const live = shallowRef<DrawnShape | null>(null)
export const corner = shallowRef<Corner | null>(null)
export const tool = ref<Tool>('select')
/** What the next ring is for: a polygon of its own or a hole. */
export const drawsHole = ref(false)
export const asksToLeave = ref(false)
export const saving = ref(false)
export const saveFailed = ref<string | null>(null)

const past = shallowRef<Snapshot[]>([])
const future = shallowRef<Snapshot[]>([])
const saved = ref('')
let lastTag: string | null = null
/** Each place as it is written, in the entry's own system, by the place on the map: what is not moved stays to the last digit. */
let origin = new Map<string, Position>()

export const flaw = computed(() => flawOf(live.value ?? shape.value))
export const canUndo = computed(() => past.value.length > 0)
export const canRedo = computed(() => future.value.length > 0)
const now = (): Snapshot => ({ fields: fields.value, shape: shape.value })
export const isDirty = computed(() => opened.value !== null && JSON.stringify([fields.value, shape.value]) !== saved.value)

const keyOf = ([lon, lat]: Position) => `${rounded(lon)},${rounded(lat)}`

/** Fields of an entry without its shape. */
function fieldsOf(raw: Raw | null): Raw {
  const { geometry: _geometry, radius_m: _radius, ...rest } = raw ?? {}
  return structuredClone(rest)
}

export function openEntry(kind: Kind, id: string): void {
  const entry = entryAt(kind, id)
  const isBeingConverted = entry?.shape === null && entry.raw !== null && shapeOfRaw(entry.raw) !== null
  if (!entry || isBeingConverted) return
  origin = new Map()
  const asWritten = entry.raw && shapeOfRaw(entry.raw)
  if (asWritten && entry.shape) {
    const given = placesOf(asWritten)
    placesOf(entry.shape).forEach((place, at) => given[at] && origin.set(keyOf(place), given[at]))
  }
  begin({ kind, isNew: false, entry }, fieldsOf(entry.raw), entry.shape ?? emptyShape(kind === 'routes' ? 'line' : 'area'))
  showOpen(kind, id)
}

export function openNew(kind: Kind, with_: Raw, of: DrawnShape['kind']): void {
  origin = new Map()
  begin({ kind, isNew: true, entry: null }, with_, emptyShape(of))
  showOpen(null, null)
  tool.value = { area: 'polygon', circle: 'circle', line: 'linestring' }[of] as Tool
}

function begin(what: Opened, given: Raw, drawn: DrawnShape): void {
  opened.value = what
  fields.value = given
  shape.value = drawn
  past.value = []
  future.value = []
  saved.value = JSON.stringify([given, drawn])
  live.value = corner.value = saveFailed.value = lastTag = null
  asksToLeave.value = drawsHole.value = false
  tool.value = 'select'
}

/** Back to the list; what is not in the draft yet is asked about first. */
export function leave(sure = false): void {
  if (isDirty.value && !sure) {
    asksToLeave.value = true
    return
  }
  opened.value = null
  asksToLeave.value = false
  live.value = corner.value = effect.value = null
  tool.value = 'select'
  showOpen(null, null)
}

/** One step that can be undone; steps with the same tag in a row are one. */
export function commit(next: Partial<Snapshot>, tag: string | null = null): void {
  const merged = { ...now(), ...next }
  if (JSON.stringify(merged) === JSON.stringify(now())) return
  if (tag === null || tag !== lastTag) past.value = [...past.value.slice(1 - MOST_STEPS), now()]
  lastTag = tag
  future.value = []
  fields.value = merged.fields
  shape.value = merged.shape
  live.value = null
  if (next.shape) tool.value = 'select'
}

export function setField(name: string, value: unknown): void {
  const next = { ...fields.value }
  if (value === null || value === '' || value === undefined) delete next[name]
  else next[name] = value
  commit({ fields: next })
}

function step(from: typeof past, to: typeof future): void {
  const taken = from.value.at(-1)
  if (!taken) return
  from.value = from.value.slice(0, -1)
  to.value = [...to.value, now()]
  fields.value = taken.fields
  shape.value = taken.shape
  live.value = lastTag = null
  if (corner.value && !placeAt(shape.value, corner.value)) corner.value = null
}
export const undo = () => step(past, future)
export const redo = () => step(future, past)

/** A part that was drawn: the shape itself where there is none yet, else a hole or one more polygon. */
export function addPart(part: DrawnShape): void {
  const was = shape.value
  if (part.kind !== 'area' || was.kind !== 'area' || was.polygons.length === 0) return commit({ shape: part })
  const ring = part.polygons[0]?.[0] ?? []
  const polygons = drawsHole.value
    ? was.polygons.map((rings, at) => (at === (corner.value?.polygon ?? 0) ? [...rings, ring] : rings))
    : [...was.polygons, [ring]]
  drawsHole.value = false
  commit({ shape: { kind: 'area', polygons } })
}

export function dragged(next: DrawnShape, done: boolean): void {
  chooseMoved(next)
  if (done) commit({ shape: next })
  else live.value = next
}

/** The corner that a drag has moved is the chosen one: the arrows go on from there. */
function chooseMoved(next: DrawnShape): void {
  const before = pathsOf(shape.value)
  for (const path of pathsOf(next)) {
    const was = before.find((one) => one.polygon === path.polygon && one.ring === path.ring)?.places ?? []
    if (was.length !== path.places.length) continue
    const differ = path.places.flatMap((place, index) => (keyOf(place) === keyOf(was[index]!) ? [] : [index]))
    if (differ.length === 1) corner.value = { polygon: path.polygon, ring: path.ring, index: differ[0]! }
  }
}

export function moveCorner(east_m: number, north_m: number): void {
  const at = corner.value
  const place = at && placeAt(shape.value, at)
  if (!at || !place) return
  commit({ shape: withPlace(shape.value, at, moved(place, east_m, north_m)) }, `arrow ${JSON.stringify(at)}`)
}

export function removeCorner(at: Corner): void {
  const path = pathsOf(shape.value).find((one) => one.polygon === at.polygon && one.ring === at.ring)
  if (!path) return
  corner.value = null
  commit({ shape: withPath(shape.value, at, path.places.filter((_, index) => index !== at.index)) })
}

/** A corner more, halfway to the next one. */
export function addCornerAfter(at: Corner): void {
  const path = pathsOf(shape.value).find((one) => one.polygon === at.polygon && one.ring === at.ring)
  const from = path?.places[at.index]
  if (!path || !from) return
  const to = path.places[at.index + 1] ?? (shape.value.kind === 'area' ? path.places[0]! : from)
  const between: Position = [rounded((from[0] + to[0]) / 2), rounded((from[1] + to[1]) / 2)]
  commit({ shape: withPath(shape.value, at, path.places.toSpliced(at.index + 1, 0, between)) })
  corner.value = { ...at, index: at.index + 1 }
}

/** The entry as the document takes it, in the system it is written in. */
export async function written(): Promise<Raw> {
  const crs: Crs = crsOf(fields.value)
  const places = placesOf(shape.value)
  const fresh = places.filter((place) => !origin.has(keyOf(place))).map(([lon, lat]): Position => [round7(lon), round7(lat)])
  const inCrs = crs === 'WGS84' || fresh.length === 0 ? fresh : ((await convertPlaces('WGS84', crs, fresh)).places as Position[])
  const next = inCrs.map(([lon, lat]): Position => (crs === 'WGS84' ? [lon, lat] : [round7(lon), round7(lat)]))[Symbol.iterator]()
  const all = places.map((place) => origin.get(keyOf(place)) ?? next.next().value!)
  const kept = withPlaces(shape.value, all)
  return { ...fields.value, geometry: geometryOf(kept), ...(kept.kind === 'circle' ? { radius_m: kept.radius_m } : {}) }
}

/** Seven places of degrees: a centimetre. */
const round7 = (degrees: number) => Math.round(degrees * 1e7) / 1e7

export async function save(): Promise<boolean> {
  const what = opened.value
  if (!what || saving.value) return false
  saving.value = true
  saveFailed.value = null
  try {
    const before = JSON.stringify([fields.value, shape.value])
    const raw = await written()
    const id = String(raw['id'])
    if (!(await putEntry(what.kind, id, raw))) {
      saveFailed.value = refusal.value
      return false
    }
    if (opened.value === what) {
      saved.value = before
      opened.value = { kind: what.kind, isNew: false, entry: entryAt(what.kind, id) ?? null }
      showOpen(what.kind, id)
    }
    return true
  } catch {
    saveFailed.value = '' // the places could not be brought into the entry's system
    return false
  } finally {
    saving.value = false
  }
}

/** What the shape would have seen; asked anew a moment after each change. */
export const effect = shallowRef<ZoneEffect | null>(null)
export const effectState = ref<'none' | 'asking' | 'failed' | 'told'>('none')
let asked = 0
watch([opened, shape, fields], () => {
  const mine = ++asked
  if (opened.value === null || flawOf(shape.value) !== null || !mayEdit.value) {
    effect.value = null
    effectState.value = 'none'
    return
  }
  effectState.value = 'asking'
  setTimeout(() => mine === asked && void askEffect(mine), EFFECT_AFTER_MS)
})

async function askEffect(mine: number): Promise<void> {
  const { crs: _crs, ...rest } = fields.value
  const drawn = shape.value
  const entry = { ...rest, geometry: geometryOf(drawn), ...(drawn.kind === 'circle' ? { radius_m: drawn.radius_m } : {}) }
  try {
    const found = await judgeZone(opened.value?.kind ?? 'zones', entry)
    if (mine !== asked) return
    effect.value = found
    effectState.value = 'told'
  } catch {
    if (mine === asked) effectState.value = 'failed'
  }
}

/** The entry that the address names, once it is known. */
export function openFromAddress(): void {
  if (openKey.value === null || opened.value !== null) return
  const [kind, ...id] = openKey.value.split('/')
  if (kind === 'zones' || kind === 'routes') openEntry(kind, id.join('/'))
}
