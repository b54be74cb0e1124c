/** Demerit points: standings, ledgers, schemes, appeals and lists. */
import { send } from './client'
import type { components } from './schema'

type Schemas = components['schemas']
export type Scores = Schemas['ScoresView']
export type Cycle = Schemas['CycleView']
export type Standing = Schemas['StandingView']
export type Ledger = Schemas['LedgerView']
export type Line = Schemas['LineView']
export type Appeal = Schemas['AppealView']
export type AppealDetail = Schemas['AppealDetail']
export type Listed = Schemas['ListedView']
export type Lists = Schemas['ListsView']
export type SchemeVersion = Schemas['SchemeView']
export type SchemeCheck = Schemas['SchemeCheck']
export type Example = Schemas['ExampleView']
export type Grade = Standing['grade']
export type Follows = Standing['follows']
export type About = Standing['about']
export type ListName = Listed['list']
export type Decision = Pick<Schemas['NewDecision'], 'state' | 'reason'> & Partial<Schemas['NewDecision']>

export const GRADES: readonly Grade[] = ['excellent', 'good', 'watch', 'poor']
export const FOLLOWS: readonly Follows[] = ['none', 'watch', 'blacklist']

/** A scheme as its document says it; the service checks it. */
export interface SchemeDocument {
  version: 1
  name: Named
  source?: Named
  cycle: { months: number; first?: string }
  counting?: 'up' | 'down'
  counts?: 'standing' | 'confirmed'
  full?: Worth
  most_a_day?: Worth
  points?: Record<string, Record<string, Worth>>
  bands: Record<About, BandEntry[]>
  specials?: SpecialEntry[]
}
export interface Named {
  zh: string
  en: string
}
export type Worth = Record<About, number>
export interface BandEntry {
  from: number
  grade: Grade
  follows?: Follows
  name?: Named
}
export interface SpecialEntry {
  name: Named
  about: About
  rules: string[]
  count: number
  within: 'month' | 'cycle'
  follows: Follows
}

const query = (params: Readonly<Record<string, string | number | null>>): string =>
  `?${new URLSearchParams(Object.entries(params).flatMap(([name, value]) => (value === null ? [] : [[name, String(value)]])))}`

export const getScores = (day: string | null): Promise<Scores> => send('GET', `/api/scores${query({ day })}`)

export const getVehicleScores = (day: string | null, offset: number, company: string | null = null): Promise<Schemas['VehicleScores']> =>
  send('GET', `/api/scores/vehicles${query({ day, offset, company, limit: 50 })}`)

const ledgerPath = (about: About, id: string): string => `/api/scores/${about === 'company' ? 'companies' : 'vehicles'}/${encodeURIComponent(id)}/ledger`

export const getLedger = (about: About, id: string, day: string | null, offset: number): Promise<Ledger> =>
  send('GET', `${ledgerPath(about, id)}${query({ day, offset, limit: 100 })}`)

/** Where a file is had: the browser saves it. */
export const ledgerAddress = (about: About, id: string, day: string | null, lang: string): string => `${ledgerPath(about, id)}.csv${query({ day, lang })}`
export const standingsAddress = (about: About, day: string | null, lang: string): string => `/api/scores/standings.csv${query({ about, day, lang })}`

export const getLists = (): Promise<Lists> => send('GET', '/api/scores/lists')

export const putOnList = (about: About, id: string, list: ListName, reason: string, until: string | null): Promise<Lists> =>
  send('POST', '/api/scores/lists', { about, id, list, reason, until })

export const takeOffList = (listingId: number, reason: string): Promise<Lists> => send('POST', `/api/scores/lists/${listingId}/removal`, { reason })

export const getAppeals = (state: Appeal['state'] | null, before: number | null): Promise<Schemas['AppealPage']> =>
  send('GET', `/api/scores/appeals${query({ state, before, limit: 50 })}`)

export const fileAppeal = (alertId: string, reason: string, fileNumber: string): Promise<AppealDetail> =>
  send('POST', '/api/scores/appeals', { alert_id: alertId, reason, file_number: fileNumber })

export const decideAppeal = (id: number, decision: Decision): Promise<AppealDetail> => send('POST', `/api/scores/appeals/${id}/decisions`, decision)

export const getSchemes = (): Promise<Schemas['SchemesView']> => send('GET', '/api/scores/schemes')
export const getReadyMade = (): Promise<Example[]> => send('GET', '/api/scores/schemes/ready-made')
export const checkScheme = (document: unknown): Promise<SchemeCheck> => send('POST', '/api/scores/schemes/check', { document })
export const putScheme = (document: unknown, effectiveFrom: string, note: string): Promise<SchemeVersion> =>
  send('POST', '/api/scores/schemes', { document, effective_from: effectiveFrom, note })
