/**
 * The zones and routes of the page: those in force with what the draft makes of them, all in WGS-84. The document
 * itself, as it was written, is read only by who may edit.
 */
import { computed, ref, shallowRef, watch } from 'vue'

import { convertPlaces, type Crs, getRegistryDocument } from '../api/client'
import { mayDraft, useDraft } from '../drafts/draft'
import { world } from '../live/world'
import { term } from '../words'
import { type DrawnShape, pathsOf, type Position, shapeOf, withPath } from './shape'

export type Kind = 'zones' | 'routes'
export type Raw = Record<string, unknown>
export type State = 'same' | 'added' | 'changed' | 'removed'

export interface Entry {
  kind: Kind
  id: string
  /** The kind of a zone, or `route`. */
  type: string
  name: string
  state: State
  /** The entry as the draft or else the version in force writes it; null where only the map is known. */
  raw: Raw | null
  shape: DrawnShape | null
  /** The shape in force, where the draft has another or none. */
  before: DrawnShape | null
}

export const ZONE_KINDS = ['source_site', 'disposal_site', 'transfer_station', 'wash_bay', 'parking', 'fuel_station', 'no_go', 'speed_zone', 'other'] as const
export const TYPES = [...ZONE_KINDS, 'route'] as const

export const mayEdit = mayDraft

/** Each gives whether it was done; if not, `refusal` says why. */
export const { draft, put: putEntry, putAll, revert, problem: refusal } = useDraft()

const written = shallowRef(new Map<string, Raw>())
export const documentFailed = ref(false)
export const documentLoaded = ref(false)

/** The places of draft entries in other systems than the map's, as they lie in WGS-84. */
const converted = shallowRef(new Map<string, Position[]>())

export function crsOf(raw: Raw | null): Crs {
  const crs = raw?.['crs']
  return crs === 'GCJ02' || crs === 'BD09' ? crs : 'WGS84'
}

export function shapeOfRaw(raw: Raw): DrawnShape | null {
  return shapeOf(raw['geometry'], raw['radius_m'])
}

/** The shape with all its places anew, in their order. */
export function withPlaces(shape: DrawnShape, places: Position[]): DrawnShape {
  let at = 0
  return pathsOf(shape).reduce((made, path) => {
    const part = places.slice(at, (at += path.places.length))
    return withPath(made, path, part)
  }, shape)
}

const keyOf = (kind: string, id: string) => `${kind}/${id}`

export async function loadDocument(): Promise<void> {
  if (!mayEdit.value) return
  try {
    const document = await getRegistryDocument()
    const found = new Map<string, Raw>()
    for (const kind of ['zones', 'routes'] as const) {
      for (const one of (document[kind] as Raw[] | undefined) ?? []) found.set(keyOf(kind, String(one['id'])), one)
    }
    written.value = found
    documentFailed.value = false
    documentLoaded.value = true
  } catch {
    documentFailed.value = true
  }
}
watch([() => world.registry.value?.version, mayEdit], () => documentLoaded.value && void loadDocument())

const edits = computed(() => (draft.value?.edits ?? []).filter((one) => one.kind === 'zones' || one.kind === 'routes'))

watch(edits, async (all) => {
  const shifted = all.filter((one) => one.entry !== null && crsOf(one.entry) !== 'WGS84')
  const found = new Map<string, Position[]>()
  for (const one of shifted) {
    const shape = shapeOfRaw(one.entry as Raw)
    if (!shape) continue
    const places = pathsOf(shape).flatMap((path) => path.places)
    found.set(keyOf(one.kind, one.id), (await convertPlaces(crsOf(one.entry), 'WGS84', places)).places as Position[])
  }
  converted.value = found
}, { immediate: true })

function inForce(kind: Kind, feature: GeoJSON.Feature): Entry {
  const properties = (feature.properties ?? {}) as Raw
  const id = String(properties['id'])
  const centre = properties['centre'] as Position | undefined
  const shape = centre ? shapeOf({ type: 'Point', coordinates: centre }, properties['radius_m']) : shapeOf(feature.geometry)
  const type = kind === 'routes' ? 'route' : String(properties['kind'])
  return { kind, id, type, name: String(properties['name'] ?? ''), state: 'same', raw: written.value.get(keyOf(kind, id)) ?? null, shape, before: null }
}

export const entries = computed<Entry[]>(() => {
  const registry = world.registry.value
  const found = new Map<string, Entry>()
  for (const kind of ['zones', 'routes'] as const) {
    for (const feature of (registry?.[kind].features ?? []) as unknown as GeoJSON.Feature[]) {
      const one = inForce(kind, feature)
      found.set(keyOf(kind, one.id), one)
    }
  }
  for (const edit of edits.value) {
    const key = keyOf(edit.kind, edit.id)
    const known = found.get(key)
    if (edit.entry === null) {
      if (known) found.set(key, { ...known, state: 'removed', before: known.shape })
      continue
    }
    const raw = edit.entry as Raw
    const kind = edit.kind as Kind
    const asWritten = shapeOfRaw(raw)
    const places = converted.value.get(key)
    const shape = asWritten && crsOf(raw) !== 'WGS84' ? (places ? withPlaces(asWritten, places) : null) : asWritten
    found.set(key, {
      kind,
      id: edit.id,
      type: kind === 'routes' ? 'route' : String(raw['kind'] ?? 'other'),
      name: String(raw['name'] ?? ''),
      state: known ? 'changed' : 'added',
      raw,
      shape,
      before: known?.shape ?? null,
    })
  }
  return [...found.values()].sort(inOrder)
})

const ORDER = new Map<string, number>(['no_go', 'speed_zone', 'source_site', 'disposal_site', 'transfer_station', 'wash_bay', 'parking', 'fuel_station', 'other', 'route'].map((type, at) => [type, at]))

function inOrder(one: Entry, other: Entry): number {
  const edited = Number(other.state !== 'same') - Number(one.state !== 'same')
  return edited || (ORDER.get(one.type) ?? 99) - (ORDER.get(other.type) ?? 99) || titleOf(one).localeCompare(titleOf(other), 'zh-CN') || one.id.localeCompare(other.id)
}

export function titleOf(one: { name: string; id: string }): string {
  return one.name || one.id
}

export function typeWord(type: string): string {
  return term(type, 'zone_')
}

export function entryAt(kind: Kind, id: string): Entry | undefined {
  return entries.value.find((one) => one.kind === kind && one.id === id)
}

/** What the check of the draft says about an entry, by the first field of the path within it. */
export function problemsOf(kind: Kind, id: string): { field: string; message: string }[] {
  return (draft.value?.problems ?? [])
    .filter((one) => one.kind === kind && one.id === id)
    .map((one) => ({ field: /^\$\.\w+\[\d+\]\.(\w+)/.exec(one.path)?.[1] ?? '', message: one.message }))
}
