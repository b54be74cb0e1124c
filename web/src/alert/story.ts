/** The alert that is shown in full: its explanation, and its vehicle's way around it on the one replay. */
import { computed, ref, shallowRef } from 'vue'

import { steps } from '../alerts/held'
import { type Explanation, getExplanation } from '../api/alerts'
import { ApiFailure, type Alert } from '../api/client'
import { goTo, page } from '../navigation'
import { goThere, selectAlert, selectedAlertId } from '../selection'
import { atMs, keepUp, spanAround, takeUp } from '../tracks/replay'
import type { Word } from '../words'

export const story = shallowRef<Explanation | null>(null)
export const failure = ref<Word | null>(null)

/** Whether a vehicle's way around its alert is on the map. */
export const showsWay = computed(() => page.value === 'alert' && typeof story.value?.alert.vehicle_id === 'string')

export function openAlert(id: string): void {
  selectAlert(id, false)
  goTo('alert')
}

/** The alert after the shown one in the live list, or before it. */
export function stepAlert(by: 1 | -1): void {
  const rows = steps.value
  const at = selectedAlertId.value === null ? -1 : rows.indexOf(selectedAlertId.value)
  const next = rows[at === -1 ? 0 : at + by]
  if (next !== undefined) selectAlert(next, false)
}

let asked = 0
let isFirst = true
export async function load(): Promise<void> {
  const id = selectedAlertId.value
  const mine = ++asked
  failure.value = null
  if (id === null || story.value?.alert.id !== id) story.value = null
  if (id === null) return
  try {
    const found = await getExplanation(id)
    if (mine !== asked) return
    const isOther = story.value === null
    story.value = found
    if (isOther) show(found.alert)
    else keepUp(found.alert)
  } catch (error) {
    if (mine !== asked) return
    failure.value = error instanceof ApiFailure && (error.status === 404 || error.status === 422) ? 'story_not_there' : 'story_failed'
  }
}

/** Bring the way around it, or its place, on the map; a pasted address keeps its moment. */
function show(alert: Alert): void {
  if (alert.vehicle_id) {
    const around = spanAround(alert)
    const keeps = isFirst && around[0] <= atMs.value && atMs.value <= around[1]
    takeUp(alert.vehicle_id, around, keeps ? atMs.value : Date.parse(alert.started_at))
  } else goThere.value += 1
  isFirst = false
}
