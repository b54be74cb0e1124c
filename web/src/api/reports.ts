/** Reports of days, and the hand-over. */
import { get, send } from './client'
import type { components } from './schema'

type Schemas = components['schemas']
export type Report = Schemas['Report']
export type Tally = Schemas['TallyView']
export type HandoverState = Schemas['HandoverState']
export type Handover = Schemas['HandoverView']

/** The alerts of days as far as the filters let them through; empty for what belongs to none. */
function reportOf(days: readonly [string, string], filters: Readonly<Record<string, string | undefined>> = {}): URLSearchParams {
  const params = new URLSearchParams({ first: days[0], last: days[1] })
  for (const [name, value] of Object.entries(filters)) if (value !== undefined) params.set(name, value)
  return params
}

export function getReport(first: string, last: string): Promise<Report> {
  return get<Report>(`/api/reports?${reportOf([first, last])}`)
}

export function getReportedAlerts(days: readonly [string, string], filters: Readonly<Record<string, string | undefined>>, offset: number): Promise<Schemas['ReportedAlerts']> {
  return get(`/api/reports/alerts?${reportOf(days, filters)}&limit=100&offset=${offset}`)
}

/** Where a file is had: the browser saves it. */
export function exportAddress(what: 'alerts' | 'cases', days: readonly [string, string], lang: string, filters: Readonly<Record<string, string | undefined>> = {}): string {
  return `/api/reports/${what}.csv?${reportOf(days, filters)}&lang=${lang}`
}

export function getHandoverState(): Promise<HandoverState> {
  return get<HandoverState>('/api/handovers/now')
}

export function getHandovers(limit: number): Promise<Schemas['HandoverPage']> {
  return get(`/api/handovers?limit=${limit}`)
}

export function handOver(handedTo: string, note: string): Promise<Handover> {
  return send<Handover>('POST', '/api/handovers', { handed_to: handedTo, note })
}
