/** The two clocks of a case, never mixed: the check on site by the wall clock, the closing in working hours. */
import type { CaseView } from '../api/cases'
import { t } from '../words'
import { dateTime, number, span } from '../words/format'
import { keepCalendar, workedHours } from './workhours'

export interface Deadline {
  text: string
  isOverdue: boolean
  /** A quarter of the time is left, or less. */
  isNear: boolean
}

/** The check runs from the detection on, before there is a case as well. */
export const VERIFY_WITHIN_MS = 24 * 3_600_000
const QUARTER = 0.25

export function deadlinesOf(found: CaseView, nowMs: number): Deadline[] {
  if (found.state === 'closed' || found.state === 'dismissed') return []
  const deadlines: Deadline[] = []
  if (found.verified_at === null) deadlines.push(verifyDeadline(Date.parse(found.verify_due_at), nowMs))
  if (found.close_due_at !== null) {
    const fromMs = Date.parse(found.assigned_at ?? found.opened_at)
    deadlines.push(closeDeadline(fromMs, Date.parse(found.close_due_at), nowMs))
  }
  return deadlines
}

export function verifyDeadline(dueMs: number, nowMs: number): Deadline {
  const leftMs = dueMs - nowMs
  const time = dateTime(dueMs, nowMs)
  const text = leftMs < 0
    ? t('verify_due_over', { d: span(-leftMs / 1000), time })
    : t('verify_due_left', { d: span(leftMs / 1000), time })
  return { text, isOverdue: leftMs < 0, isNear: leftMs >= 0 && leftMs <= QUARTER * VERIFY_WITHIN_MS }
}

function closeDeadline(fromMs: number, dueMs: number, nowMs: number): Deadline {
  keepCalendar()
  const time = dateTime(dueMs, nowMs)
  const isOverdue = nowMs > dueMs
  const hours = isOverdue ? workedHours(dueMs, nowMs) : workedHours(nowMs, dueMs)
  // Where the calendar is not known, hours of the wall clock would be others than those it was set in.
  if (hours === null) return { text: t('close_due_by', { time }), isOverdue, isNear: false }
  const all = workedHours(fromMs, dueMs)
  // Overdue since the end of the day's work: no working hour has passed since.
  const word = !isOverdue ? 'close_due_left' : hours < 0.05 ? 'close_due_past' : 'close_due_over_hours'
  return {
    text: t(word, { h: number(hours, 1), time }),
    isOverdue,
    isNear: !isOverdue && all !== null && hours <= QUARTER * all,
  }
}
