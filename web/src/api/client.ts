/** The API as the page uses it; shapes come from the service's own OpenAPI document. */
import type { components } from './schema'

type Schemas = components['schemas']
export type Alert = Schemas['Alert']
export type RegistryView = Schemas['RegistryView']
export type Vehicle = Schemas['Vehicle']
export type Severity = Alert['severity']

export const SEVERITIES: readonly Severity[] = ['critical', 'major', 'minor', 'info']
export type RuleKind = components['schemas']['RuleKind']
export const RULES: readonly RuleKind[] = [
  'illegal_dumping', 'off_route', 'out_of_hours', 'no_permit', 'forbidden_zone', 'cross_district', 'uncovered_load', 'overload',
  'speeding', 'unexpected_stop', 'trip_overdue', 'wash_skipped', 'missed_collection', 'device_silent', 'terminal_tamper',
  'position_fault', 'signal_fault', 'identity_conflict', 'suspected_dump_site', 'dust_exceedance', 'noise_exceedance',
  'sensor_fault', 'capped_readings', 'station_silent',
]

export class ApiFailure extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly details: readonly Readonly<Record<string, string>>[] = [],
  ) {
    super(message)
  }
}

/** Told when the service no longer knows who asks: the session has ended. */
let signedOut = () => {}
export function onSignedOut(listener: () => void): void {
  signedOut = listener
}

export async function send<T>(method: string, path: string, body?: BodyInit | object): Promise<T> {
  const isRaw = body === undefined || body instanceof Blob
  const response = await fetch(path, {
    method,
    headers: { accept: 'application/json', ...(isRaw ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: isRaw ? (body as Blob) : JSON.stringify(body) }),
  })
  if (response.status === 204) return undefined as T
  const answer: unknown = await response.json()
  if (!response.ok) {
    const { code, message, details } = (answer as Schemas['ErrorBody']).error
    if (response.status === 401 && path !== '/api/session') signedOut()
    throw new ApiFailure(response.status, code, message, details ?? [])
  }
  return answer as T
}

export function get<T>(path: string): Promise<T> {
  return send<T>('GET', path)
}
