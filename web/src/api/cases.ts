/** Cases: their lists, acts, units, links and warnings from outside. */
import { get, send } from './client'
import type { components } from './schema'

type Schemas = components['schemas']
export type CaseBrief = Schemas['CaseBrief']
export type CaseView = Schemas['CaseView']
export type CaseDetail = Schemas['CaseDetail']
export type CasePage = Schemas['CasePage']
export type CaseTabs = Schemas['CaseTabs']
export type GivenAct = Pick<Schemas['GivenAct'], 'act'> & Partial<Schemas['GivenAct']>
export type Act = GivenAct['act']

export function getCase(id: number): Promise<CaseDetail> {
  return get<CaseDetail>(`/api/cases/${id}`)
}

/** What a list of cases is narrowed to, as the address and the API name it. */
export type CaseQuery = Readonly<Record<string, string>>

export function getCases(tab: string, query: CaseQuery = {}, cursor?: string, limit = 100): Promise<CasePage> {
  const params = new URLSearchParams({ ...query, tab, limit: String(limit) })
  if (cursor !== undefined) params.set('cursor', cursor)
  return get<CasePage>(`/api/cases?${params}`)
}

export function getCaseCounts(query: CaseQuery = {}): Promise<CaseTabs> {
  return get<CaseTabs>(`/api/cases/counts?${new URLSearchParams(query)}`)
}

export function getCaseChanges(after: number | null): Promise<Schemas['CaseChanges']> {
  return get(`/api/cases/changes${after === null ? '' : `?after=${after}`}`)
}

export type UnitView = Schemas['UnitView']

/** Who was assigned such cases before, the last choice for their site, rule and district first. */
export function getUnits(district: string | null, alertIds: readonly string[] = []): Promise<UnitView[]> {
  const params = new URLSearchParams(alertIds.map((id) => ['alert', id]))
  if (district !== null) params.set('district', district)
  return get<UnitView[]>(`/api/cases/units?${params}`)
}

export function actOnAlert(alertId: string, act: GivenAct): Promise<CaseDetail> {
  return send<CaseDetail>('POST', `/api/alerts/${alertId}/acts`, act)
}

export function actOnCase(id: number, act: GivenAct): Promise<CaseDetail> {
  return send<CaseDetail>('POST', `/api/cases/${id}/acts`, act)
}

export function attach(id: number, file: File): Promise<Schemas['AttachmentView']> {
  return send('POST', `/api/cases/${id}/attachments?name=${encodeURIComponent(file.name)}`, file)
}

export type ActResult = Schemas['ActResult']
export type LinkView = Schemas['LinkView']
export type GivenWarning = Pick<Schemas['GivenWarning'], 'title'> & Partial<Schemas['GivenWarning']>
export type WrongEvidence = Schemas['WrongEvidence']

/** The same act on up to 200 cases, with what became of each. */
export function actOnCases(caseIds: readonly number[], act: GivenAct, messages: Readonly<Record<number, string>> = {}): Promise<ActResult[]> {
  return send('POST', '/api/cases/acts', { ...act, case_ids: caseIds, messages })
}

/** The same act on up to 200 alerts, as with their cases. */
export function actOnAlerts(alertIds: readonly string[], act: GivenAct, messages: Readonly<Record<string, string>> = {}): Promise<ActResult[]> {
  return send('POST', '/api/cases/acts', { ...act, on_alert_ids: alertIds, messages })
}

export function openWarning(warning: GivenWarning): Promise<CaseView> {
  return send<CaseView>('POST', '/api/cases', warning)
}

export function makeCaseLink(id: number): Promise<LinkView> {
  return send<LinkView>('POST', `/api/cases/${id}/link`)
}

export function revokeCaseLink(id: number): Promise<void> {
  return send<void>('DELETE', `/api/cases/${id}/link`)
}

/** Say that the case is open here; gives who else has it open. */
export function lookAtCase(id: number): Promise<Schemas['LookerView'][]> {
  return send('PUT', `/api/cases/${id}/presence`)
}

export function stopLookingAtCase(id: number): Promise<void> {
  return send<void>('DELETE', `/api/cases/${id}/presence`)
}

export function getWorkingHours(): Promise<Schemas['WorkingHoursView']> {
  return get('/api/cases/working-hours')
}
