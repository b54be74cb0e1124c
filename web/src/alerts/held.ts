/**
 * The rows as they are on the screen. While a person is at the list nothing moves: what is shown stays shown, by
 * its key, in its place; only what the person does opens or closes rows.
 */
import { computed, ref, shallowRef } from 'vue'

import type { Alert } from '../api/client'
import { isFlood } from '../duty/flood'
import { world } from '../live/world'
import { selectedAlertId } from '../selection'
import { writeAddress } from '../settings'
import { type Block, blocksOf, one } from './blocks'
import { byUrgency, isUnacknowledged, order, reviewOpen, tab, wanted } from './listing'

export interface Row {
  key: string
  kind: 'alert' | 'review'
  id: string
  /** The group that it heads, or is shown in. */
  block: Block | null
  nested: boolean
}

const MOST_ROWS = 300

export const blocks = shallowRef<Block[]>([])
export const opened = ref(new Set((new URLSearchParams(location.search).get('open') ?? '').split(' ').filter(Boolean)))
/** A flood closes the groups and the ones to review; a person may open them again. */
export const reviewShown = ref(true)
export const mostRows = ref(MOST_ROWS)
let wasFlood = false

/** Show what is wanted. The open alert stays between its neighbours when it was taken: J goes on from there. */
export function showWanted(): void {
  if (isFlood.value && !wasFlood) opened.value = new Set()
  if (isFlood.value !== wasFlood) reviewShown.value = !isFlood.value && reviewOpen.value
  wasFlood = isFlood.value
  const next = tab.value === 'all' ? wanted.value.map(one) : blocksOf(wanted.value, world.registry.value, byUrgency)
  blocks.value = withOpenOne(next)
}

function withOpenOne(next: Block[]): Block[] {
  const open = selectedAlertId.value === null ? undefined : world.alerts.get(selectedAlertId.value)
  const at = open === undefined ? -1 : blocks.value.findIndex((block) => block.ids.includes(open.id))
  if (open === undefined || at === -1 || tab.value === 'all' || isUnacknowledged(open)) return next
  const others = next.map((block) => without(block, open.id)).filter((block) => block.ids.length > 0)
  const below = new Set(blocks.value.slice(at + 1).flatMap((block) => block.ids))
  const before = others.findIndex((block) => block.ids.some((id) => below.has(id)))
  const kept = { ...one(open), review: blocks.value[at]!.review }
  others.splice(before === -1 ? others.length : before, 0, kept)
  return others
}

function without(block: Block, id: string): Block {
  return block.ids.includes(id) ? { ...block, ids: block.ids.filter((member) => member !== id) } : block
}

/** Those to review stand under a head of their own, below the ones that are called out. */
const isDivided = computed(() => tab.value === 'unack' && order.value === 'urgent')
export const reviewCount = computed(() => blocks.value.filter((block) => block.review).reduce((all, block) => all + block.ids.length, 0))

const allRows = computed<Row[]>(() => {
  const rows: Row[] = []
  const calledOut = isDivided.value ? blocks.value.filter((block) => !block.review) : blocks.value
  for (const block of calledOut) rows.push(...rowsOf(block))
  if (!isDivided.value || reviewCount.value === 0) return rows
  rows.push({ key: 'review', kind: 'review', id: '', block: null, nested: false })
  if (reviewShown.value) for (const block of blocks.value) if (block.review) rows.push(...rowsOf(block))
  return rows
})
export const rows = computed(() => allRows.value.slice(0, mostRows.value))
export const rowsLeft = computed(() => allRows.value.length - rows.value.length)
/** The alerts that have a row, in order: what J and K step through. */
export const steps = computed(() => rows.value.filter((row) => row.kind === 'alert').map((row) => row.id))

function rowsOf(block: Block): Row[] {
  const group = block.ids.length > 1 ? block : null
  const head: Row = { key: block.ids[0]!, kind: 'alert', id: block.ids[0]!, block: group, nested: false }
  if (!group || !opened.value.has(block.key)) return [head]
  return [head, ...block.ids.slice(1).map((id) => ({ key: id, kind: 'alert' as const, id, block: group, nested: true }))]
}

export function toggleGroup(key: string, open = !opened.value.has(key)): void {
  const next = new Set(opened.value)
  if (open) next.add(key)
  else next.delete(key)
  opened.value = next
  writeAddress('open', next.size === 0 ? null : [...next].join(' '))
}

/** The groups of which only the head has a row. */
export const closedGroups = computed(() => rows.value.flatMap((row) => (row.block && !opened.value.has(row.block.key) ? [row.block] : [])))
/** The closed group that an alert heads: acting on it acts on all its members. */
export function closedGroupOf(id: string | null): Block | null {
  return closedGroups.value.find((block) => block.ids[0] === id) ?? null
}

/** What is wanted and not on the screen yet. */
export const pending = computed<Alert[]>(() => {
  const known = new Set(blocks.value.flatMap((block) => block.ids))
  return wanted.value.filter((alert) => !known.has(alert.id))
})
