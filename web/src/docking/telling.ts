/** How a target stands, in words. */
import type { PingAnswer, Target } from '../api/docking'
import { world } from '../live/world'
import { t, term } from '../words'
import { dateTime } from '../words/format'

export type Standing = 'off' | 'paused' | 'failing' | 'behind' | 'fine'

/** Behind by so many it is told; a few are on their way. */
const BEHIND = 20

export function standing(target: Target): Standing {
  if (target.state !== 'active') return target.state
  if (target.failures > 0) return 'failing'
  return target.behind > BEHIND ? 'behind' : 'fine'
}

/** Why an attempt failed: what the target answered, or why there was no answer. */
export function failure({ status, error }: Pick<PingAnswer, 'status' | 'error'>): string {
  if (status !== null) {
    const word = error === null ? term(String(status), 'docking_status_') : term(error, 'docking_error_')
    return word === `docking_status_${status}` ? t('docking_answered', { status }) : t('docking_answered_word', { status, word })
  }
  return error === null ? t('docking_no_answer') : term(error, 'docking_error_')
}

export function when(text: string | null): string {
  return text === null ? '—' : dateTime(Date.parse(text), world.nowMs.value)
}
