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

export function deadlinesOf(found: CaseView, nowMs: number): Deadline[] {
  if (found.state === 'closed' || found.state === 'dismissed') return []
  const deadlines: Deadline[] = []
  if (found.verified_at === null) deadlines.push(deadline('verify_due', found.verify_due_at, nowMs))
  if (found.close_due_at !== null) deadlines.push(deadline('close_due', found.close_due_at, nowMs))
  return deadlines
}

function deadline(word: 'verify_due' | 'close_due', at: string, nowMs: number): Deadline {
  const dueMs = Date.parse(at)
  const leftS = (dueMs - nowMs) / 1000
  const time = dateTime(dueMs, nowMs)
  const text = leftS < 0 ? t(`${word}_over`, { d: span(-leftS), time }) : t(`${word}_left`, { d: span(leftS), time })
  return { text, isOverdue: leftS < 0, isNear: leftS >= 0 && leftS < NEAR_S }
}
