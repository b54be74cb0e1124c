/** Whether it is a flood at this seat: from more than ten annunciated in ten minutes until fewer than five. */
import { computed, ref, watch } from 'vue'

import type { Alert, Severity } from '../api/client'
import { world } from '../live/world'

const WINDOW_MS = 600_000
const BEGINS_ABOVE = 10
const ENDS_BELOW = 5

/** What is called out at a seat; the rest is a list to review. */
export function isAnnunciated(severity: Severity): boolean {
  return severity === 'critical' || severity === 'major'
}

/** What was called out in the last ten minutes, whatever has become of it; newest first. */
export const annunciated = computed<Alert[]>(() => {
  const sinceMs = world.nowMs.value - WINDOW_MS
  const found: Alert[] = []
  for (const alert of world.alerts.newestFirst.value) {
    if (Date.parse(alert.detected_at) <= sinceMs) break
    if (isAnnunciated(alert.severity) && !alert.found_late && !world.shelves.hiding(alert)) found.push(alert)
  }
  return found
})

export const isFlood = ref(false)
watch(() => annunciated.value.length, (count) => {
  if (count > BEGINS_ABOVE) isFlood.value = true
  else if (count < ENDS_BELOW) isFlood.value = false
}, { immediate: true, flush: 'sync' })
