/** Which alerts the list shows, and in what order; the choices are in the address. */
import { computed, ref, watch } from 'vue'

import { type Alert, type Severity, SEVERITIES } from '../api/client'
import { isOngoing, severityRank } from '../live/alertbook'
import { world } from '../live/world'
import { readSetting, writeAddress } from '../settings'
import { beginHistory, reachMs } from './history'
import { subjectOf } from './subject'

export type Tab = 'unack' | 'ongoing' | 'shelved' | 'all'
export type Order = 'urgent' | 'newest' | 'oldest' | 'subject'
export const TABS: readonly Tab[] = ['unack', 'ongoing', 'shelved', 'all']
export const ORDERS: readonly Order[] = ['urgent', 'newest', 'oldest', 'subject']

const address = () => new URLSearchParams(location.search)
export const tab = ref<Tab>(TABS.find((one) => one === readSetting('show')) ?? 'unack')
/** Severities that are filtered out, and `shelved`. */
export const hidden = ref(new Set((address().get('hide') ?? '').split(',').filter(Boolean)))
const chosenOrder = ref<Order | null>(ORDERS.find((one) => one === address().get('order')) ?? null)
export const order = computed<Order>(() => chosenOrder.value ?? (tab.value === 'all' ? 'newest' : 'urgent'))
/** Whether those that are only to be reviewed are shown, below the ones that are called out. */
export const reviewOpen = ref(address().get('review') !== 'closed')

/** Nobody has taken it yet, whether it still goes on or not. */
export function isUnacknowledged(alert: Alert): boolean {
  return !alert.withdrawn && world.cases.awaits(alert.id)
}

function isHidden(alert: Alert): boolean {
  return world.shelves.hiding(alert) !== undefined
}

export const unacknowledged = computed(() => world.alerts.newestFirst.value.filter((one) => isUnacknowledged(one) && !isHidden(one)))

export const ofTab = computed<Alert[]>(() => {
  switch (tab.value) {
    case 'unack':
      return unacknowledged.value
    case 'ongoing':
      return world.alerts.ongoing.value.filter((one) => !isHidden(one))
    case 'shelved':
      return world.alerts.newestFirst.value.filter((one) => isHidden(one) && (isOngoing(one) || isUnacknowledged(one)))
    case 'all':
      return world.alerts.newestFirst.value.filter((one) => Date.parse(one.detected_at) >= reachMs.value)
  }
})

const isWanted = (alert: Alert) => !hidden.value.has(alert.severity) && !(hidden.value.has('shelved') && isHidden(alert))
export const wanted = computed(() => {
  const found = ofTab.value.filter(isWanted)
  const by = ORDER_BY[order.value]
  return by === null ? found : found.sort(by)
})

/** Over everything there is, where the service counts it; null as long as it has not. */
export const countsOfTab = computed<Record<Severity, number>>(() => {
  const counted = world.backlog.counts.value
  if (tab.value === 'all' && counted) return counted.all as Record<Severity, number>
  const found = Object.fromEntries(SEVERITIES.map((one) => [one, 0])) as Record<Severity, number>
  for (const alert of ofTab.value) found[alert.severity] += 1
  const more = tab.value === 'unack' && world.backlog.reviewCursor.value !== null && counted
  return more ? { ...found, minor: counted.unacknowledged['minor'] ?? 0, info: counted.unacknowledged['info'] ?? 0 } : found
})
export const hiddenCount = computed(() => {
  const ofHidden = SEVERITIES.filter((one) => hidden.value.has(one)).reduce((all, one) => all + countsOfTab.value[one], 0)
  const shelved = hidden.value.has('shelved') ? ofTab.value.filter((one) => isHidden(one) && !hidden.value.has(one.severity)).length : 0
  return ofHidden + shelved
})

/** What nobody has taken, of all there are, by severity: the header's figures. */
export const untaken = computed<Record<Severity, number>>(() => {
  const found: Record<Severity, number> = { critical: 0, major: 0, minor: 0, info: 0 }
  for (const alert of unacknowledged.value) found[alert.severity] += 1
  const counted = world.backlog.counts.value?.unacknowledged
  if (world.backlog.reviewCursor.value === null || !counted) return found
  return { ...found, minor: counted['minor'] ?? 0, info: counted['info'] ?? 0 }
})

watch([tab, hidden, () => world.loaded.value], () => {
  if (tab.value === 'all' && world.loaded.value) void beginHistory(SEVERITIES.filter((one) => !hidden.value.has(one)))
}, { immediate: true })

export function chooseTab(next: Tab): void {
  tab.value = next
  writeAddress('show', next === 'unack' ? null : next)
}

export function chooseOrder(next: Order): void {
  chosenOrder.value = next
  writeAddress('order', next)
}

export function setHidden(next: Set<string>): void {
  hidden.value = next
  writeAddress('hide', next.size === 0 ? null : [...next].join(','))
}

export function toggleSeverity(severity: Severity | 'shelved'): void {
  const next = new Set(hidden.value)
  if (!next.delete(severity)) next.add(severity)
  setHidden(next)
}

export function setReviewOpen(open: boolean): void {
  reviewOpen.value = open
  writeAddress('review', open ? null : 'closed')
}

/** When it came up in the list: what is back from the shelf comes up again. */
function cameUpMs(alert: Alert): number {
  const detectedMs = Date.parse(alert.detected_at)
  const shelf = isUnacknowledged(alert) ? world.shelves.backFrom(alert) : undefined
  if (!shelf) return detectedMs
  return Math.max(detectedMs, shelf.over_because === null ? Date.parse(shelf.at) : Date.parse(shelf.over_at))
}

/** What nobody has taken comes first, the worst of it on top, then the newest. */
export function byUrgency(a: Alert, b: Alert): number {
  return (
    Number(isUnacknowledged(b)) - Number(isUnacknowledged(a)) ||
    severityRank(b.severity) - severityRank(a.severity) ||
    cameUpMs(b) - cameUpMs(a) ||
    (a.id < b.id ? -1 : 1)
  )
}

function byStart(a: Alert, b: Alert): number {
  return Date.parse(a.started_at) - Date.parse(b.started_at) || (a.id < b.id ? -1 : 1)
}

function bySubject(a: Alert, b: Alert): number {
  return nameOf(a).localeCompare(nameOf(b)) || byUrgency(a, b)
}

function nameOf(alert: Alert): string {
  const subject = subjectOf(world.registry.value, alert)
  return subject.plate || subject.name
}

/** Null: as the book has them, newest detected first. */
const ORDER_BY: Record<Order, ((a: Alert, b: Alert) => number) | null> = {
  urgent: byUrgency, newest: null, oldest: byStart, subject: bySubject,
}
