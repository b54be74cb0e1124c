/** How a vehicle is named where there is no room for its plate chip. */
import { world } from '../live/world'

export function vehicleTitle(deviceId: string): string {
  const vehicle = world.fleet.vehicleOf(deviceId)
  return vehicle ? vehicle.plate || vehicle.id : deviceId
}
