/** What a backtest tries, and what it compares with, in words. */
import type { Backtest } from '../api/backtests'
import { t } from '../words'

export function triedText(one: Backtest): string {
  return one.draft_id !== null ? t('try_of_draft', { n: one.draft_id }) : t('try_of_version', { n: one.version ?? '' })
}

export function againstText(one: Backtest): string {
  return one.against === 'as-judged' ? t('try_as_judged') : t('try_of_version', { n: one.against })
}
