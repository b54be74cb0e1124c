/** Alerts: the list, one in full, how many they are, and the shelf. */
import { type Alert, get, send, type Severity } from './client'
import type { components } from './schema'

type Schemas = components['schemas']
export type AlertPage = Schemas['AlertPage']
export type Explanation = Schemas['Explanation']

export function getExplanation(id: string): Promise<Explanation> {
  return get<Explanation>(`/api/alerts/${id}/explanation`)
}

export function getAlert(id: string): Promise<Alert> {
  return get<Alert>(`/api/alerts/${id}`)
}

export function getAlerts(
  query: { open?: boolean; cursor?: string; limit?: number; severity?: readonly Severity[] },
): Promise<AlertPage> {
  const params = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) for (const one of [value].flat()) params.append(name, String(one))
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

export type Shelf = Schemas['ShelfView']
export type ShelfLength = Schemas['NewShelf']['until']
export type AlertCounts = Schemas['AlertCountsView']
export const SHELF_LENGTHS: readonly ShelfLength[] = ['15min', '1h', '4h', 'shift', 'ended']

/** Alerts that nobody has taken, ended or not; a page of them, newest first. */
export function getUnacknowledged(severities: readonly Severity[], cursor?: string): Promise<AlertPage> {
  const params = new URLSearchParams({ unacknowledged: 'true', limit: '500' })
  for (const one of severities) params.append('severity', one)
  if (cursor !== undefined) params.set('cursor', cursor)
  return get<AlertPage>(`/api/alerts?${params}`)
}

export function getAlertCounts(): Promise<AlertCounts> {
  return get<AlertCounts>('/api/alerts/counts')
}

export function getBudget(hours = 24): Promise<Schemas['Budget']> {
  return get(`/api/alerts/budget?hours=${hours}`)
}

export function getShelves(): Promise<Shelf[]> {
  return get<Shelf[]>('/api/shelves')
}

export function shelve(alertId: string, until: ShelfLength, reason: string): Promise<Shelf> {
  return send<Shelf>('POST', '/api/shelves', { alert_id: alertId, until, reason })
}

export function unshelve(id: number): Promise<Shelf> {
  return send<Shelf>('DELETE', `/api/shelves/${id}`)
}

/** All that an alert rests on, as a zip that others can check. */
export function evidenceAddress(alertId: string, lang: string): string {
  return `/api/alerts/${alertId}/evidence.zip?lang=${lang}`
}
