/** The vehicle that the map keeps in its middle, until the person moves the map; in the address as `follow`. */
import { ref, watch } from 'vue'

import { world } from '../live/world'
import { selectedAlert, selectedDeviceId } from '../selection'
import { writeAddress } from '../settings'

export const followedId = ref<string | null>(new URLSearchParams(location.search).get('follow'))

watch(followedId, (id) => {
  writeAddress('follow', id)
  world.pick('follow', id === null ? [] : [id])
}, { immediate: true })

/** Follow what is selected, or stop following. */
export function toggleFollow(): void {
  const selected = selectedDeviceId.value ?? selectedAlert.value?.device_id ?? null
  followedId.value = followedId.value === null ? selected : null
}
