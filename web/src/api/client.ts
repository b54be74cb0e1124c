/** The API as the page uses it; shapes come from the service's own OpenAPI document. */
import type { components } from './schema'

type Schemas = components['schemas']
export type Alert = Schemas['Alert']
export type AlertPage = Schemas['AlertPage']
export type Position = Schemas['Position']
export type Positions = Schemas['Positions']
export type RegistryView = Schemas['RegistryView']
export type Vehicle = Schemas['Vehicle']
export type Station = Schemas['Station']
export type Severity = Alert['severity']

export const SEVERITIES: readonly Severity[] = ['critical', 'major', 'minor', 'info']

export class ApiFailure extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message)
  }
}

async function get<T>(path: string): Promise<T> {
  const response = await fetch(path, { headers: { accept: 'application/json' } })
  const body: unknown = await response.json()
  if (!response.ok) {
    const { code, message } = (body as Schemas['ErrorBody']).error
    throw new ApiFailure(response.status, code, message)
  }
  return body as T
}

/** The newest registry, or null before the first is loaded. */
export async function getRegistry(): Promise<RegistryView | null> {
  try {
    return await get<RegistryView>('/api/registry')
  } catch (error) {
    if (error instanceof ApiFailure && error.status === 404) return null
    throw error
  }
}

export function getPositions(): Promise<Positions> {
  return get<Positions>('/api/positions')
}

export function getAlerts(query: { open?: boolean; cursor?: string; limit?: number }): Promise<AlertPage> {
  const params = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) params.set(name, String(value))
  return get<AlertPage>(`/api/alerts?${params}`)
}

/** All ongoing alerts, however many pages they are: a count over one page would be a lie. */
export async function getOngoingAlerts(): Promise<Alert[]> {
  const found: Alert[] = []
  let cursor: string | undefined
  do {
    const page = await getAlerts({ open: true, limit: 500, ...(cursor === undefined ? {} : { cursor }) })
    found.push(...page.items)
    cursor = page.next ?? undefined
  } while (cursor !== undefined)
  return found
}
