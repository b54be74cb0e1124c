/** The API as the page uses it; shapes come from the service's own OpenAPI document. */
import type { components } from './schema'

type Schemas = components['schemas']
export type Alert = Schemas['Alert']
export type AlertPage = Schemas['AlertPage']
export type Position = Schemas['Position']
export type RegistryView = Schemas['RegistryView']
export type Vehicle = Schemas['Vehicle']
export type Station = Schemas['Station']
export type Severity = Alert['severity']
export type CaseBrief = Schemas['CaseBrief']
export type CaseView = Schemas['CaseView']
export type CaseDetail = Schemas['CaseDetail']
export type CasePage = Schemas['CasePage']
export type CaseTabs = Schemas['CaseTabs']
export type GivenAct = Pick<Schemas['GivenAct'], 'act'> & Partial<Schemas['GivenAct']>
export type Act = GivenAct['act']
export type SignedIn = Schemas['SignedIn']
export type Door = Schemas['Door']

export const SEVERITIES: readonly Severity[] = ['critical', 'major', 'minor', 'info']

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

function get<T>(path: string): Promise<T> {
  return send<T>('GET', path)
}

export function getSession(): Promise<SignedIn> {
  return get<SignedIn>('/api/session')
}

export function getDoor(): Promise<Door> {
  return get<Door>('/api/session/door')
}

export function signIn(user: string, password: string): Promise<SignedIn> {
  return send<SignedIn>('POST', '/api/session', { user, password })
}

export function signOut(): Promise<void> {
  return send<void>('DELETE', '/api/session')
}

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

export type Explanation = Schemas['Explanation']

export function getExplanation(id: string): Promise<Explanation> {
  return get<Explanation>(`/api/alerts/${id}/explanation`)
}

export function getAlert(id: string): Promise<Alert> {
  return get<Alert>(`/api/alerts/${id}`)
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

export type User = Schemas['User']
export type Role = User['role']
export type Token = Schemas['Token']
export type Audit = Schemas['Audit']
export type Ruleset = Schemas['Ruleset']
export type RulesetDifference = Schemas['RulesetDifference']
export type EntryDifference = Schemas['EntryDifference']
export type FieldChange = Schemas['FieldChange']
export const ROLES: readonly Role[] = ['viewer', 'dispatcher', 'analyst', 'administrator']

export function getUsers(): Promise<User[]> {
  return get<User[]>('/api/users')
}

export function addUser(user: Schemas['NewUser']): Promise<User> {
  return send<User>('POST', '/api/users', user)
}

export function changeUser(id: string, change: Schemas['UserChange']): Promise<User> {
  return send<User>('PUT', `/api/users/${encodeURIComponent(id)}`, change)
}

export function setPassword(id: string, password: string): Promise<void> {
  return send<void>('PUT', `/api/users/${encodeURIComponent(id)}/password`, { password })
}

export function getTokens(): Promise<Token[]> {
  return get<Token[]>('/api/tokens')
}

export function addToken(token: Schemas['NewToken']): Promise<Schemas['MadeToken']> {
  return send('POST', '/api/tokens', token)
}

export function revokeToken(id: number): Promise<void> {
  return send<void>('DELETE', `/api/tokens/${id}`)
}

export function getAudit(before: number | null): Promise<Schemas['AuditPage']> {
  return get(`/api/audit?limit=100${before === null ? '' : `&before=${before}`}`)
}

export function getRulesets(before: number | null): Promise<Schemas['RulesetPage']> {
  return get(`/api/rulesets${before === null ? '' : `?before=${before}`}`)
}

export function getRulesetDifference(version: number): Promise<RulesetDifference> {
  return get(`/api/rulesets/${version}/difference`)
}

export type StationWindows = Schemas['StationWindows']
export type StationReadings = Schemas['StationReadings']
export type StationNow = Schemas['StationNow']

function ofStation(id: string, what: string, fromMs: number, toMs: number): string {
  const span = new URLSearchParams({ from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() })
  return `/api/stations/${encodeURIComponent(id)}/${what}?${span}`
}

export function getStations(): Promise<Schemas['StationsNow']> {
  return get('/api/stations')
}

export function getStationWindows(id: string, fromMs: number, toMs: number): Promise<StationWindows> {
  return get<StationWindows>(ofStation(id, 'windows', fromMs, toMs))
}

export function getStationReadings(id: string, fromMs: number, toMs: number): Promise<StationReadings> {
  return get<StationReadings>(ofStation(id, 'readings', fromMs, toMs))
}

export type Track = Schemas['Track']

/** Points enough that most of a day's are there, and the marker slides. */
const MOST_POINTS = 6000

export function getTrack(vehicleId: string, fromMs: number, toMs: number): Promise<Track> {
  const params = new URLSearchParams({
    from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString(), max_points: String(MOST_POINTS),
  })
  return get<Track>(`/api/vehicles/${encodeURIComponent(vehicleId)}/track?${params}`)
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

export type Crs = Schemas['PlacesToConvert']['from_crs']
export type ZoneEffect = Schemas['ZoneEffect']

export function judgeZone(kind: Schemas['DrawnShape']['kind'], entry: Record<string, unknown>): Promise<ZoneEffect> {
  return send<ZoneEffect>('POST', '/api/zones/effect', { kind, entry })
}

/** The same places in another coordinate system, and how far each moved by it, in metres. */
export function convertPlaces(fromCrs: Crs, toCrs: Crs, places: [number, number][]): Promise<Schemas['ConvertedPlaces']> {
  return send('POST', '/api/places/convert', { from_crs: fromCrs, to_crs: toCrs, places })
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

export type BaseMap = Schemas['BaseMapView']

export function getBaseMap(): Promise<BaseMap> {
  return get<BaseMap>('/api/map')
}

export type WorkTrips = Schemas['WorkTrips']
export type WorkCleaning = Schemas['WorkCleaning']
export type WorkCollection = Schemas['WorkCollection']
export type VehicleDays = Schemas['VehicleDays']
export type Works = { trips: WorkTrips; cleaning: WorkCleaning; collection: WorkCollection }

export function getWork<K extends keyof Works>(kind: K, days: readonly [string, string], by: string, only: Readonly<Record<string, string>>): Promise<Works[K]> {
  return get<Works[K]>(`/api/work/${kind}?${new URLSearchParams({ first: days[0], last: days[1], by, ...only })}`)
}
export function getVehicleDays(vehicle: string, days: readonly [string, string]): Promise<VehicleDays> {
  return get<VehicleDays>(`/api/work/days?${new URLSearchParams({ first: days[0], last: days[1], vehicle })}`)
}
export function workAddress(days: readonly [string, string], lang: string): string {
  return `/api/work/days.csv?${new URLSearchParams({ first: days[0], last: days[1], lang })}`
}

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

/** All that an alert rests on, as a zip that others can check. */
export function evidenceAddress(alertId: string, lang: string): string {
  return `/api/alerts/${alertId}/evidence.zip?lang=${lang}`
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
