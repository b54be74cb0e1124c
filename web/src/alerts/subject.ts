/** Whom an alert is about. */
import type { Alert, RegistryView } from '../api/client'

export interface Subject {
  plate: string
  color: string
  name: string
  company: string
}

export function subjectOf(registry: RegistryView | null, alert: Alert): Subject {
  const vehicle = registry?.vehicles.find((v) => v.id === alert.vehicle_id)
  if (vehicle) {
    return { plate: vehicle.plate, color: vehicle.plate_color, name: vehicle.id, company: vehicle.company_name ?? '' }
  }
  const station = registry?.stations.find((s) => s.id === alert.station_id)
  const name = station?.name || alert.vehicle_id || alert.station_id || alert.area || alert.device_id || ''
  return { plate: '', color: 'other', name, company: '' }
}
