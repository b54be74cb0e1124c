/** Devices: who reports, what was received, and what was refused. */
import { get } from './client'
import type { components } from './schema'

type Schemas = components['schemas']
export type DeviceState = Schemas['DeviceItem']['state']
export type Rejection = Schemas['RejectionItem']

export function getDevices(state: DeviceState | null, cursor: string | null): Promise<Schemas['DevicePage']> {
  const params = new URLSearchParams({ limit: '100' })
  if (state !== null) params.set('state', state)
  if (cursor !== null) params.set('cursor', cursor)
  return get(`/api/devices?${params}`)
}

export function getUnknownDevices(): Promise<Schemas['UnknownDeviceList']> {
  return get('/api/devices/unknown?limit=500')
}

export function getBadFields(days: { first: string; last: string }): Promise<Schemas['BadFieldList']> {
  return get(`/api/devices/bad-fields?first=${days.first}&last=${days.last}`)
}

export function getLossDays(days: { first: string; last: string }): Promise<Schemas['LossDays']> {
  return get(`/api/loss/days?first=${days.first}&last=${days.last}`)
}

export function getNoisiest(): Promise<Schemas['NoisyList']> {
  return get('/api/devices/noisiest')
}

export function getRejections(before: number | null): Promise<Schemas['RejectionPage']> {
  return get(`/api/rejections?limit=50${before === null ? '' : `&before=${before}`}`)
}
