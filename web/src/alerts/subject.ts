/** Whom an alert is about. */
import type { Alert, RegistryView, Vehicle } from '../api/client'

export interface Subject {
  plate: string
  color: string
  name: string
  company: string
}

/** By id: else each of hundreds of rows would walk a city's vehicles. */
const vehicles = new WeakMap<RegistryView, ReadonlyMap<string, Vehicle>>()

export function vehicleOf(registry: RegistryView | null, id: string | null | undefined): Vehicle | undefined {
  if (registry === null || !id) return undefined
  const known = vehicles.get(registry) ?? new Map(registry.vehicles.map((one) => [one.id, one]))
  vehicles.set(registry, known)
  return known.get(id)
}

export function subjectOf(registry: RegistryView | null, alert: Alert): Subject {
  const vehicle = vehicleOf(registry, alert.vehicle_id)
  if (vehicle) {
    return { plate: vehicle.plate, color: vehicle.plate_color, name: vehicle.id, company: vehicle.company_name ?? '' }
  }
  const station = registry?.stations.find((s) => s.id === alert.station_id)
  const name = station?.name || alert.vehicle_id || alert.station_id || alert.area || alert.device_id || ''
  return { plate: '', color: 'other', name, company: '' }
}
