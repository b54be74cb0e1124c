/**
 * The zones and routes of the page: those in force with what the draft makes of them, all in WGS-84. The document
 * itself, as it was written, is read only by who may edit.
 */
import { computed, shallowRef, watch } from 'vue'

import { convertPlaces, type Crs } from '../api/zones'
import { useDraft } from '../drafts/draft'
import { fieldOf, said } from '../drafts/problems'
import { useDocument } from '../drafts/section'
import { world } from '../live/world'
import { mayDraft } from '../people/session'
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
export const { document: written, failed: documentFailed, retry: loadDocument } = useDocument()

export function crsOf(raw: Raw | null): Crs {
  const crs = raw?.['crs']
  return crs === 'GCJ02' || crs === 'BD09' ? crs : 'WGS84'
}

export function shapeOfRaw(raw: Raw): DrawnShape | null {
  return shapeOf(raw['geometry'], raw['radius_m'])
}

export function placesOf(shape: DrawnShape): Position[] {
  return pathsOf(shape).flatMap((path) => path.places)
}

/** The shape with all its places anew, in their order. */
export function withPlaces(shape: DrawnShape, places: Position[]): DrawnShape {
  let at = 0
  return pathsOf(shape).reduce((made, path) => withPath(made, path, places.slice(at, (at += path.places.length))), shape)
}

const keyOf = (kind: string, id: string) => `${kind}/${id}`
const KINDS = ['zones', 'routes'] as const

const given = computed(() =>
  KINDS.flatMap((kind) => ((written.value?.content[kind] as Raw[] | undefined) ?? []).map((raw) => ({ kind, id: String(raw['id']), raw }))),
)
const edits = computed(() =>
  (draft.value?.edits ?? []).flatMap(({ kind, id, entry }) => (kind === 'zones' || kind === 'routes' ? [{ kind, id, raw: entry as Raw | null }] : [])),
)

/** Places in other systems than the map's, as they lie in WGS-84, by what is written. */
const converted = shallowRef(new Map<string, Position[]>())
const MOST_AT_ONCE = 10_000
const writtenAs = (raw: Raw) => `${crsOf(raw)} ${JSON.stringify(raw['geometry'])}`

const CONVERT_AGAIN_MS = 3000
watch([given, edits], () => void convertAll(), { immediate: true })

async function convertAll(): Promise<void> {
  try {
    await convertNew()
  } catch {
    setTimeout(() => void convertAll(), CONVERT_AGAIN_MS)
  }
}

async function convertNew(): Promise<void> {
  const raws = [...given.value, ...edits.value].flatMap(({ raw }) => (raw && crsOf(raw) !== 'WGS84' && !converted.value.has(writtenAs(raw)) ? [raw] : []))
  const found = new Map<string, Position[]>()
  for (const crs of ['GCJ02', 'BD09'] as const) {
    const parts = raws.filter((raw) => crsOf(raw) === crs).map((raw) => ({ key: writtenAs(raw), places: placesOf(shapeOfRaw(raw) ?? { kind: 'line', line: [] }) }))
    const all = parts.flatMap((part) => part.places)
    const after: Position[] = []
    for (let at = 0; at < all.length; at += MOST_AT_ONCE) after.push(...((await convertPlaces(crs, 'WGS84', all.slice(at, at + MOST_AT_ONCE))).places as Position[]))
    let from = 0
    for (const { key, places } of parts) found.set(key, after.slice(from, (from += places.length)))
  }
  if (found.size > 0) converted.value = new Map([...converted.value, ...found])
}

/** The shape of an entry on the map; null while its places are being brought into WGS-84. */
function onMap(raw: Raw): DrawnShape | null {
  const asWritten = shapeOfRaw(raw)
  if (!asWritten || crsOf(raw) === 'WGS84') return asWritten
  const places = converted.value.get(writtenAs(raw))
  return places ? withPlaces(asWritten, places) : null
}

function entryOf(kind: Kind, id: string, raw: Raw, state: State, before: DrawnShape | null): Entry {
  const type = kind === 'routes' ? 'route' : String(raw['kind'] ?? 'other')
  return { kind, id, type, name: String(raw['name'] ?? ''), state, raw, shape: onMap(raw), before }
}

/** For those who may not edit: what the map shows. */
function seen(kind: Kind, feature: GeoJSON.Feature): Entry {
  const properties = (feature.properties ?? {}) as Raw
  const centre = properties['centre'] as Position | undefined
  const shape = centre ? shapeOf({ type: 'Point', coordinates: centre }, properties['radius_m']) : shapeOf(feature.geometry)
  const { drawn_in: _system, centre: _centre, radius_m: _radius, ...raw } = properties
  return { ...entryOf(kind, String(properties['id']), raw, 'same', null), shape }
}

export const entries = computed<Entry[]>(() => {
  if (!mayEdit.value) {
    const registry = world.registry.value
    return KINDS.flatMap((kind) => ((registry?.[kind].features ?? []) as unknown as GeoJSON.Feature[]).map((feature) => seen(kind, feature))).sort(inOrder)
  }
  const found = new Map(given.value.map(({ kind, id, raw }) => [keyOf(kind, id), entryOf(kind, id, raw, 'same', null)]))
  for (const { kind, id, raw } of edits.value) {
    const known = found.get(keyOf(kind, id))
    if (raw !== null) found.set(keyOf(kind, id), entryOf(kind, id, raw, known ? 'changed' : 'added', known?.shape ?? null))
    else if (known) found.set(keyOf(kind, id), { ...known, state: 'removed', before: known.shape })
  }
  return [...found.values()].sort(inOrder)
})
/** Whether all that there is to edit is known. */
export const documentLoaded = computed(() => written.value !== null)
export const listed = computed(() => (mayEdit.value ? written.value !== null : world.registry.value !== null))

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
    .map((one) => ({ field: fieldOf(one.path), message: said(one) }))
}
