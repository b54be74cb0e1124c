/** What is selected, for the list and the map together; an alert's id is in the address. */
import { computed, ref } from 'vue'

import { world } from './live/world'
import { writeAddress } from './settings'

export const selectedAlertId = ref<string | null>(new URLSearchParams(location.search).get('alert'))
export const selectedDeviceId = ref<string | null>(null)
/** Raised each time the map is asked to go to the selection. */
export const goThere = ref(0)

export const selectedAlert = computed(() => {
  // Read the list so that a change of the alert is seen here too.
  void world.alerts.newestFirst.value
  return selectedAlertId.value === null ? undefined : world.alerts.get(selectedAlertId.value)
})

export function selectAlert(id: string | null, fly = true): void {
  selectedAlertId.value = id
  selectedDeviceId.value = null
  writeAddress('alert', id)
  if (id !== null && fly) goThere.value += 1
}

export function selectDevice(deviceId: string | null): void {
  selectAlert(null)
  selectedDeviceId.value = deviceId
}

export function closeSelection(): void {
  selectDevice(null)
}
