/** The two clocks of a case: the check on site runs by the wall clock, the closing was set in working hours. */
import type { CaseView } from '../api/client'
import { t } from '../words'
import { dateTime, span } from '../words/format'

export interface Deadline {
  text: string
  isOverdue: boolean
  isNear: boolean
}

const NEAR_S = 6 * 3600

/** The check runs from the detection on, before there is a case as well. */
export const VERIFY_WITHIN_MS = 24 * 3_600_000

export function deadlinesOf(found: CaseView, nowMs: number): Deadline[] {
  if (found.state === 'closed' || found.state === 'dismissed') return []
  const deadlines: Deadline[] = []
  if (found.verified_at === null) deadlines.push(verifyDeadline(Date.parse(found.verify_due_at), nowMs))
  if (found.close_due_at !== null) deadlines.push(closeDeadline(Date.parse(found.close_due_at), nowMs))
  return deadlines
}

export function verifyDeadline(dueMs: number, nowMs: number): Deadline {
  const leftS = (dueMs - nowMs) / 1000
  const time = dateTime(dueMs, nowMs)
  const text = leftS < 0 ? t('verify_due_over', { d: span(-leftS), time }) : t('verify_due_left', { d: span(leftS), time })
  return { text, isOverdue: leftS < 0, isNear: leftS >= 0 && leftS < NEAR_S }
}

/** What is left is not told in hours: those of the wall clock are not the working hours it was set in. */
function closeDeadline(dueMs: number, nowMs: number): Deadline {
  const leftS = (dueMs - nowMs) / 1000
  const time = dateTime(dueMs, nowMs)
  const text = leftS < 0 ? t('close_due_over', { d: span(-leftS), time }) : t('close_due_by', { time })
  return { text, isOverdue: leftS < 0, isNear: leftS >= 0 && leftS < NEAR_S }
}
