/** What can be done with a case, in the page's order and words; what is possible is the service's to say. */
import type { Act, CaseView, WrongEvidence } from '../api/cases'
import { type Alert, ApiFailure } from '../api/client'
import { t, term, type Word } from '../words'
import { words } from '../words/words'

/** Acts that are done with one click. */
export const AT_ONCE: readonly Act[] = ['acknowledge', 'remind', 'supervise', 'review', 'take_back']
export const TAKE_BACK_MS = 10_000

/** The act that a state waits for comes first. */
export const AWAITED: Readonly<Record<string, Act>> = {
  new: 'acknowledge', reopened: 'acknowledge', acknowledged: 'assign', assigned: 'answer', answered: 'close',
}
export const OFFERED: readonly Act[] = [
  'review', 'acknowledge', 'assign', 'answer', 'close', 'return', 'dismiss', 'extend', 'remind', 'supervise', 'join', 'part',
  'reopen', 'dispute', 'comment',
]
/** Acts that are of no use where nothing asks for them: they are not listed among what is not possible now. */
const UNTOLD: readonly Act[] = ['take_back', 'review', 'part']

export const NEEDS_REASON: readonly Act[] = ['dismiss', 'close', 'return', 'reopen', 'extend', 'dispute', 'comment']
export const REASONS: Partial<Record<Act, readonly Word[]>> = {
  dismiss: ['reason_false_alarm', 'reason_authorised', 'reason_duplicate'],
  close: ['reason_cleaned', 'reason_penalised', 'reason_warned'],
  return: ['reason_photo_unclear', 'reason_not_cleaned', 'reason_wrong_place'],
  extend: ['reason_weather', 'reason_machines', 'reason_other_unit'],
  reopen: ['reason_found_again', 'reason_new_evidence'],
  dispute: ['reason_company_objects'],
}
export const HOURS: readonly number[] = [4, 8, 16, 40]

export interface NotNow {
  act: Act
  why: string
}

/** What cannot be done now, each with its reason. */
export function notNow(may: readonly { act: Act; why_not: string | null }[]): NotNow[] {
  return OFFERED.flatMap((act) => {
    const why = may.find((one) => one.act === act)?.why_not ?? null
    return why === null || UNTOLD.includes(act) ? [] : [{ act, why: whyNot(act, why) }]
  })
}

function whyNot(act: Act, code: string): string {
  if (!code.startsWith('is_')) return term(code, 'refused_')
  if (code === 'is_closed' || code === 'is_dismissed') return t('why_done', { state: term(code.slice(3), 'case_') })
  const ofState = `${act}_${code.slice(3)}`
  return `needs_${ofState}` in words ? term(ofState, 'needs_') : term(act, 'needs_')
}

export function explained(error: unknown): string {
  if (!(error instanceof ApiFailure)) return t('act_failed')
  return saidOf(error.code, error.message)
}

export function saidOf(code: string, message: string): string {
  if (code.startsWith('is_')) return t('why_state', { state: term(code.slice(3), 'case_') })
  return term(code, 'refused_') === code ? message : term(code, 'refused_')
}

const OF_RULE: Readonly<Record<string, readonly WrongEvidence[]>> = {
  illegal_dumping: ['lift', 'weight', 'load', 'zone'],
  off_route: ['route', 'load', 'permit'],
  out_of_hours: ['permit', 'time', 'load'],
  no_permit: ['permit', 'zone', 'load'],
  forbidden_zone: ['zone', 'permit'],
  cross_district: ['zone', 'load', 'permit'],
  uncovered_load: ['cover', 'load'],
  overload: ['weight', 'limit'],
  speeding: ['speed', 'limit', 'zone'],
  unexpected_stop: ['load', 'zone'],
  trip_overdue: ['load', 'permit', 'time'],
  wash_skipped: ['zone', 'time'],
  missed_collection: ['permit', 'time'],
  dust_exceedance: ['readings', 'background', 'limit'],
  noise_exceedance: ['readings', 'limit'],
  capped_readings: ['readings'],
  sensor_fault: ['readings'],
}

/** The evidence that a false alarm may have rested on. */
export function wrongChoices(alert: Alert | undefined): WrongEvidence[] {
  if (!alert) return ['place', 'time', 'vehicle', 'other']
  const own = OF_RULE[alert.rule] ?? []
  const moving: WrongEvidence[] = alert.station_id ? [] : ['place', 'vehicle']
  return [...own, ...moving, 'other']
}

/** What the list says of a case that has no alert of its own. */
export function externalTitle(one: CaseView): string {
  return [one.sender ?? '', one.title].filter(Boolean).join(t('colon')) || t('case')
}
