/** How a vehicle is named where there is no room for its plate chip, and what it does. */
import { standing, type Track } from '../live/fleet'
import { world } from '../live/world'
import { t } from '../words'

export function vehicleTitle(deviceId: string): string {
  const vehicle = world.fleet.vehicleOf(deviceId)
  return vehicle ? vehicle.plate || vehicle.id : deviceId
}

/** Off line or parked where nothing was heard for a while, else moving or standing. */
export function standingWord(track: Track, nowMs: number): string {
  const stands = standing(track, nowMs)
  if (stands === 'offline' || stands === 'parked') return t(`vehicle_${stands}`)
  return track.moving === null ? t('unknown') : t(track.moving ? 'moving' : 'standing')
}
