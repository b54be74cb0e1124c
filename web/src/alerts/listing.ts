/** Which alerts the list shows, and in what order; the choices are in the address. */
import { computed, ref, shallowRef } from 'vue'

import { type Alert, type Severity, SEVERITIES } from '../api/client'
import { severityRank } from '../live/alertbook'
import { world } from '../live/world'
import { selectedAlertId } from '../selection'
import { readSetting, writeAddress } from '../settings'

export type Tab = 'unack' | 'ongoing' | 'all'
export const TABS: readonly Tab[] = ['unack', 'ongoing', 'all']

export const tab = ref<Tab>(TABS.find((one) => one === readSetting('show')) ?? 'unack')
export const hidden = ref(
  new Set((new URLSearchParams(location.search).get('hide') ?? '').split(',').filter(Boolean)),
)

/** Nobody has taken it yet, whether it still goes on or not. */
export function isUnacknowledged(alert: Alert): boolean {
  return !alert.withdrawn && world.cases.awaits(alert.id)
}

export const unacknowledged = computed(() => world.alerts.newestFirst.value.filter(isUnacknowledged).sort(byUrgency))
const ongoing = computed(() => [...world.alerts.ongoing.value].sort(byUrgency))
export const ofTab = computed(() =>
  tab.value === 'unack' ? unacknowledged.value : tab.value === 'ongoing' ? ongoing.value : world.alerts.newestFirst.value,
)
export const wanted = computed(() => ofTab.value.filter((alert) => !hidden.value.has(alert.severity)))

/** The rows as they are on the screen: a list that is held has others than are wanted. */
export const shownIds = shallowRef<string[]>([])

/** Show what is wanted. The open alert stays between its neighbours when it was taken: J goes on from there. */
export function showWanted(): void {
  const ids = wanted.value.map((alert) => alert.id)
  const open = selectedAlertId.value === null ? undefined : world.alerts.get(selectedAlertId.value)
  const at = open === undefined ? -1 : shownIds.value.indexOf(open.id)
  if (open === undefined || at === -1 || tab.value === 'all' || isUnacknowledged(open)) {
    shownIds.value = ids
    return
  }
  const others = ids.filter((id) => id !== open.id)
  const below = new Set(shownIds.value.slice(at + 1))
  const before = others.findIndex((id) => below.has(id))
  others.splice(before === -1 ? others.length : before, 0, open.id)
  shownIds.value = others
}

export function chooseTab(next: Tab): void {
  tab.value = next
  writeAddress('show', next === 'unack' ? null : next)
}

export function setHidden(next: Set<string>): void {
  hidden.value = next
  writeAddress('hide', next.size === 0 ? null : [...next].join(','))
}

export function toggleSeverity(severity: Severity): void {
  const next = new Set(hidden.value)
  if (!next.delete(severity)) next.add(severity)
  setHidden(next)
}

export const countsOfTab = computed(() => {
  const found = Object.fromEntries(SEVERITIES.map((one) => [one, 0])) as Record<Severity, number>
  for (const alert of ofTab.value) found[alert.severity] += 1
  return found
})

/** What nobody has taken comes first, the worst of it on top, then the newest. */
function byUrgency(a: Alert, b: Alert): number {
  return (
    Number(isUnacknowledged(b)) - Number(isUnacknowledged(a)) ||
    severityRank(b.severity) - severityRank(a.severity) ||
    Date.parse(b.detected_at) - Date.parse(a.detected_at) ||
    (a.id < b.id ? -1 : 1)
  )
}
