/** Weeks and months as they were issued, and where their files are had. */
import { send } from './client'
import type { components } from './schema'

type Schemas = components['schemas']
export type StatedPeriod = Schemas['StatedPeriodView']
export type Amendments = Schemas['AmendmentsView']
export type Change = Schemas['ChangeView']
export type PeriodKind = StatedPeriod['kind']
export type FileFormat = 'xlsx' | 'csv' | 'geojson'

export function getStatements(kind: PeriodKind, limit: number): Promise<Schemas['StatedPeriods']> {
  return send('GET', `/api/statements?${new URLSearchParams({ kind, limit: String(limit) })}`)
}

export function issueStatement(period: string): Promise<StatedPeriod> {
  return send('POST', `/api/statements/${period}/issue`)
}

export function getAmendments(period: string): Promise<Amendments> {
  return send('GET', `/api/statements/${period}/amendments`)
}

export function fileAddress(period: string, format: FileFormat, lang: string, district: string): string {
  return `/api/statements/${period}/violations.${format}?${new URLSearchParams({ lang, ...(district && { district }) })}`
}
